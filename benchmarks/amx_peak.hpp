// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/amx_tiles.hpp>

#include <cstdint>

namespace benchmarks {

#if defined(EGGROLL_HAS_X86_TARGETS)

/// Products of tiles of bytes for the instruction peak: four accumulators of 16 x 16, two tiles of each operand, as a
/// product's inner loop has them. Returns the operations (a multiplication and an addition are two).
inline double run_amx(std::int64_t rounds) {
    using namespace eggroll::kernels::host::detail;
    ConfiguredTiles const tiles; // all zero
    for (std::int64_t round = 0; round < rounds; ++round) {
        add_tile_products<0, 4, 6>();
        add_tile_products<1, 4, 7>();
        add_tile_products<2, 5, 6>();
        add_tile_products<3, 5, 7>();
    }
    return static_cast<double>(rounds) * 4 * 16 * 16 * 64 * 2;
}

#endif

} // namespace benchmarks
