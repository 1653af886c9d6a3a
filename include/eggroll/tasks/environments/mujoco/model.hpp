// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A MuJoCo model, loaded once and read by all threads. Link eggroll::mujoco.

#include <eggroll/error.hpp>

#include <mujoco/mujoco.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace eggroll::environments {

/// Owns an mjModel, and an mjData for each thread that has simulated it. Environments point to it, so it must outlive
/// them, and has one place for life.
class MujocoModel {
public:
    /// Reads a model in MuJoCo's XML. Throws eggroll::Error with the path and MuJoCo's reason.
    explicit MujocoModel(std::string const& path) : path_(path) {
        char reason[1000] = "";
        model_.reset(mj_loadXML(path.c_str(), nullptr, reason, sizeof(reason)));
        EGGROLL_EXPECTS(model_ != nullptr, "MuJoCo " + std::string(mj_versionString()) + " can't load '" + path +
                                               "'; give the path of a model in MuJoCo's XML. It says: " + reason);
    }
    MujocoModel(MujocoModel const&) = delete;
    MujocoModel& operator=(MujocoModel const&) = delete;

    std::string const& path() const { return path_; }
    mjModel const& get() const { return *model_; }

    /// The calling thread's, made when the thread first asks. Whoever uses it sets all that the result depends on.
    mjData& data() const {
        // Remembers the model's number, not its address, which a later model may have again.
        thread_local struct {
            std::uint64_t number = 0;
            mjData* data = nullptr;
        } last;
        if (last.number != number_) {
            last = {number_, &data_of(std::this_thread::get_id())};
        }
        return *last.data;
    }

private:
    struct Delete {
        void operator()(mjModel* model) const { mj_deleteModel(model); }
        void operator()(mjData* data) const { mj_deleteData(data); }
    };

    mjData& data_of(std::thread::id thread) const {
        std::lock_guard const lock(mutex_);
        auto& data = data_[thread];
        if (data == nullptr) {
            data.reset(mj_makeData(model_.get()));
            EGGROLL_EXPECTS(data != nullptr, "MuJoCo has no memory for a simulation of the model '" + path_ + "'");
        }
        return *data;
    }

    static std::uint64_t next_number() {
        static std::atomic<std::uint64_t> last = 0;
        return ++last;
    }

    std::string path_;
    std::uint64_t number_ = next_number();
    std::unique_ptr<mjModel, Delete> model_;
    mutable std::mutex mutex_; // of data_
    mutable std::map<std::thread::id, std::unique_ptr<mjData, Delete>> data_;
};

} // namespace eggroll::environments
