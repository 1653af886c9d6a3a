// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// The number of the step that the device runs becomes the next, or 0 to begin with.
struct AdvanceStep {
    static constexpr int threads = 32;

    std::int64_t* number;
    int begin; // 1: it becomes 0

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        if (block.thread() == 0) {
            *number = begin != 0 ? 0 : *number + 1;
        }
    }
};

} // namespace eggroll::kernels::cuda
