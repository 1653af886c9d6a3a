// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The tile products of AMX for the instruction peak: cpuid says whether the CPU has them, Linux must be asked for the
/// registers once a process, and every thread configures its tiles.

#include <eggroll/kernels/host/intrinsics.hpp>

#include <cstdint>

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace benchmarks {

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)

/// Whether the CPU has AMX for bytes and the kernel lets this process use it.
inline bool request_amx() {
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    bool const has = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 24 & 1) != 0 && (d >> 25 & 1) != 0;
    constexpr long request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;              // the state component of the tile registers
    return has && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

/// The operand of ldtilecfg.
struct alignas(64) TileConfiguration {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64}; // eight tiles
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// Four accumulators of 16 x 16, two tiles of each operand: as a product's inner loop has them. Returns the operations.
__attribute__((target("amx-tile,amx-int8"))) inline double run_amx(std::int64_t rounds) {
    static constexpr TileConfiguration configuration{}; // in memory whole: the intrinsic names only its first bytes
    _tile_loadconfig(&configuration);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (std::int64_t round = 0; round < rounds; ++round) {
        _tile_dpbssd(0, 4, 6);
        _tile_dpbssd(1, 4, 7);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_release();
    return static_cast<double>(rounds) * 4 * 16 * 16 * 64 * 2;
}

#endif

} // namespace benchmarks
