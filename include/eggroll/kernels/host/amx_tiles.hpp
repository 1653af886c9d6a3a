// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The instructions of AMX, on the eight tiles of the calling thread. Not by intrinsics: GCC 12's take tile numbers as
/// literals only, and don't say which memory they read.

#include <eggroll/kernels/host/isa.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

#include <cstdint>

namespace eggroll::kernels::host::detail {

inline constexpr int rows_per_tile = 16;
inline constexpr std::int64_t bytes_per_tile_row = 64;

/// All tiles in full size, as long as it lives; afterwards the operating system needn't save them any more.
class ConfiguredTiles {
public:
    ConfiguredTiles() {
        static constexpr Configuration full_size;
        asm volatile("{ldtilecfg (%0)|ldtilecfg [%0]}" : : "r"(&full_size), "m"(full_size));
    }
    ~ConfiguredTiles() { asm volatile("tilerelease"); }
    ConfiguredTiles(ConfiguredTiles const&) = delete;
    ConfiguredTiles& operator=(ConfiguredTiles const&) = delete;

private:
    struct alignas(64) Configuration {
        std::uint8_t palette = 1;
        std::uint8_t start_row = 0;
        std::uint8_t reserved[14] = {};
        std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    };
    static_assert(sizeof(Configuration) == 64);
};

/// `stride` bytes from one row to the next.
template <int Tile>
EGGROLL_ALWAYS_INLINE void load_tile(void const* rows, std::int64_t stride) {
    asm volatile("{tileloadd (%0,%1,1), %%tmm%c2|tileloadd tmm%c2, [%0+%1*1]}"
                 :
                 : "r"(rows), "r"(stride), "i"(Tile)
                 : "memory");
}

template <int Tile>
EGGROLL_ALWAYS_INLINE void store_tile(void* rows, std::int64_t stride) {
    asm volatile("{tilestored %%tmm%c2, (%0,%1,1)|tilestored [%0+%1*1], tmm%c2}"
                 :
                 : "r"(rows), "r"(stride), "i"(Tile)
                 : "memory");
}

/// Sums (row, 16 integers) += X (row, 64 signed bytes) times W (16 steps, 16 outputs, 4 unsigned bytes).
template <int Sums, int X, int W>
EGGROLL_ALWAYS_INLINE void add_tile_products() {
    asm volatile("{tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbsud tmm%c0, tmm%c1, tmm%c2}" : : "i"(Sums), "i"(X), "i"(W));
}

} // namespace eggroll::kernels::host::detail

#endif
