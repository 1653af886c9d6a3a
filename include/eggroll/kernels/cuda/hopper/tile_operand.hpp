// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// A barrier in shared memory, aligned to 8 bytes. A phase ends when all arrivals have come and as many bytes were
/// copied as announced; the first phase has parity 0.
using SharedBarrier = std::uint64_t;

/// How Hopper's tensor cores are told of rows of 128 bytes in shared memory, swizzled as copies of tiles leave them,
/// that begin at the shared address `start`: start / 16 in bits 0 to 13, the distance of groups of eight rows / 16 in
/// bits 32 to 45, and 1, the swizzle of 128 bytes, in bits 62 and 63. (Bits 16 to 29 don't count in this swizzle.)
KOKKOS_FUNCTION constexpr std::uint64_t tile_operand(std::uint32_t start) {
    return static_cast<std::uint64_t>((start & 0x3ffffu) >> 4) | std::uint64_t{1} << 16 |
           std::uint64_t{1024 >> 4} << 32 | std::uint64_t{1} << 62;
}

} // namespace eggroll::kernels::cuda
