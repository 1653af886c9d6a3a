// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How an environment of trivially copyable states stands on MuJoCo: a state is what a simulation's future depends on.
/// It is copied into the thread's mjData before a step and back after it, so any thread may take any step.

#include <eggroll/random/distributions.hpp>
#include <eggroll/tasks/environments/mujoco/model.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace eggroll::environments {

/// What a model must have to be an environment's.
struct MujocoShape {
    int positions = 0; // nq
    int velocities = 0;
    int controls = 0;
    int bodies = 0; // the world is one
    int sites = 0;

    bool operator==(MujocoShape const&) const = default;
};

/// A pointer to a model of the given shape.
template <MujocoShape shape>
class MujocoSimulation {
public:
    /// Of models without actuator activations, mocap bodies or plugins, that is all.
    struct State {
        mjtNum position[shape.positions] = {};
        mjtNum velocity[shape.velocities] = {};
        mjtNum warm_start[shape.velocities] = {}; // accelerations, where the constraint solver begins
    };

    /// Throws eggroll::Error unless the model has the shape. The model must outlive this.
    MujocoSimulation(MujocoModel const& model) : model_(&model) { // NOLINT: an environment's options take a model
        mjModel const& m = model.get();
        MujocoShape const given{int(m.nq), int(m.nv), int(m.nu), int(m.nbody), int(m.nsite)}; // 64 bits in MuJoCo 4
        EGGROLL_EXPECTS(given == shape, "the model '" + model.path() + "' has " + text(given) +
                                            "; the environment needs one of " + text(shape));
        EGGROLL_EXPECTS(m.na == 0 && m.nmocap == 0, "the model '" + model.path() +
                                                        "' has actuators with activations or mocap bodies, which an "
                                                        "environment's state doesn't hold; use one without");
    }

    MujocoSimulation(MujocoModel const&&) = delete; // would be gone at once

    mjModel const& model() const { return model_->get(); }

    /// The time of one step of MuJoCo.
    double seconds() const { return model_->get().opt.timestep; }

    /// The model's rest, with positions moved uniformly within +-noise, and velocities normal of deviation `noise`: the
    /// start of Gymnasium's environments. Normal numbers are the 2^16 midpoint quantiles of Gaussian, the library's
    /// distribution, drawn with index(2^16). Returns the thread's mjData after mj_forward.
    template <class Random>
    mjData const& start(State& state, double noise, Random& random) const {
        mjModel const& model = model_->get();
        for (int i = 0; i < shape.positions; ++i) {
            state.position[i] = model.qpos0[i] + random.uniform(-noise, noise);
        }
        for (mjtNum& velocity : state.velocity) {
            velocity = noise * double{Gaussian::value(static_cast<std::uint32_t>(random.index(1 << 16)))};
        }
        std::fill_n(state.warm_start, shape.velocities, 0);

        mjData& data = model_->data();
        load(state, data);
        std::fill_n(data.ctrl, shape.controls, 0);
        mj_forward(&model, &data);
        store(data, state);
        return data;
    }

    /// `count` steps of MuJoCo, which clips the controls as the model says. Returns the thread's mjData after them:
    /// what it derives from the state is of the last step's beginning, as MuJoCo leaves it.
    ///
    /// A simulation that has become unstable gets positions of NaN, by which its member fails. (MuJoCo itself, and so
    /// Gymnasium, goes on from the model's rest. It warns on stderr and in MUJOCO_LOG.TXT, or by mju_user_warning.)
    template <class Real>
    mjData& advance(State& state, Real const (&controls)[shape.controls], int count) const {
        mjModel const& model = model_->get();
        mjData& data = model_->data();
        load(state, data);
        std::copy_n(controls, shape.controls, data.ctrl);
        // MuJoCo starts its clock anew where it gives a simulation up; nothing else depends on it.
        constexpr mjtNum begin = 1;
        data.time = begin;
        for (int i = 0; i < count && data.time >= begin; ++i) {
            mj_step(&model, &data);
        }
        if (data.time < begin) {
            constexpr mjtNum nan = std::numeric_limits<mjtNum>::quiet_NaN();
            std::fill_n(data.qpos, shape.positions, nan);
            std::fill_n(data.xpos, 3 * shape.bodies, nan);
            std::fill_n(data.site_xpos, 3 * shape.sites, nan);
        }
        store(data, state);
        return data;
    }

private:
    static void load(State const& state, mjData& data) {
        std::copy_n(state.position, shape.positions, data.qpos);
        std::copy_n(state.velocity, shape.velocities, data.qvel);
        std::copy_n(state.warm_start, shape.velocities, data.qacc_warmstart);
    }
    static void store(mjData const& data, State& state) {
        std::copy_n(data.qpos, shape.positions, state.position);
        std::copy_n(data.qvel, shape.velocities, state.velocity);
        std::copy_n(data.qacc_warmstart, shape.velocities, state.warm_start);
    }
    static std::string text(MujocoShape const& s) {
        return std::to_string(s.positions) + " positions, " + std::to_string(s.velocities) + " velocities, " +
               std::to_string(s.controls) + " controls, " + std::to_string(s.bodies) + " bodies and " +
               std::to_string(s.sites) + " sites";
    }

    MujocoModel const* model_;
};

} // namespace eggroll::environments
