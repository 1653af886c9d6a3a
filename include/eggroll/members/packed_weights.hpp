// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/launch.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/storage/storage.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace eggroll {

/// Weights in the host kernels' form, made once a generation and read by every slice. Which matrices are needed, and
/// whether transposed, is learnt when a slice first asks; from then on they are packed in parallel beforehand.
template <class Storage>
class PackedWeights {
public:
    PackedWeights(ParameterLayout const& layout, Storage const* parameters)
        : layout_(layout), parameters_(parameters), packs_(2 * layout.parameters().size()) {}

    /// Parameters have changed.
    void invalidate() {
        for (auto& pack : packs_) {
            pack.fresh.store(false, std::memory_order_relaxed);
        }
    }

    /// Packs in parallel whatever was asked for before. Outside slices.
    template <class Space>
    void refresh(Space const& space, int workers) {
        kernels::run_workers(space, workers, static_cast<std::int64_t>(packs_.size()), [&](int, std::int64_t index) {
            auto& pack = packs_[static_cast<std::size_t>(index)];
            if (pack.bytes && !pack.fresh.load(std::memory_order_relaxed)) {
                make(static_cast<std::size_t>(index));
            }
        });
    }

    /// The packed form of a matrix; callable from any slice.
    void const* get(Matrix const& matrix, bool transposed) {
        std::size_t const index = 2 * matrix.id + (transposed ? 1 : 0);
        auto& pack = packs_[index];
        if (!pack.fresh.load(std::memory_order_acquire)) {
            std::lock_guard const lock(mutex_);
            if (!pack.fresh.load(std::memory_order_relaxed)) {
                make(index);
            }
        }
        return pack.bytes.get();
    }

private:
    struct Release {
        void operator()(std::byte* pointer) const { ::operator delete (pointer, std::align_val_t{64}); }
    };
    struct Pack {
        std::atomic<bool> fresh{false};
        std::unique_ptr<std::byte, Release> bytes;
    };

    void make(std::size_t index) {
        auto const& info = layout_.parameters()[index / 2];
        bool const transposed = index % 2 != 0;
        auto& pack = packs_[index];
        if (!pack.bytes) {
            std::size_t const bytes = kernels::host::packed_bytes<ValueOf<Storage>>(transposed ? info.in : info.out,
                                                                                    transposed ? info.out : info.in);
            pack.bytes.reset(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64})));
        }
        kernels::host::pack(parameters_ + info.offset, info.out, info.in, transposed, pack.bytes.get());
        pack.fresh.store(true, std::memory_order_release);
    }

    ParameterLayout const& layout_;
    Storage const* parameters_;
    std::mutex mutex_;
    std::vector<Pack> packs_; // (parameter, transposed)
};

} // namespace eggroll
