// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How digits that don't fit are dropped: what conversions to 16-bit floats are made of. Integer arithmetic only, so
/// every compiler, flag and device gets the same bits.

#include <eggroll/config.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::rounding {

/// significand / 2^dropped, to nearest, ties to even. significand < 2^31, dropped > 0.
struct Nearest {
    KOKKOS_FORCEINLINE_FUNCTION constexpr std::uint32_t operator()(std::uint32_t significand, int dropped) const {
        if (dropped > 32) {
            return 0; // below half a unit
        }
        std::uint64_t const below_half = (std::uint64_t{1} << (dropped - 1)) - 1;
        std::uint64_t const odd = (std::uint64_t{significand} >> dropped) & 1;
        return static_cast<std::uint32_t>((significand + below_half + odd) >> dropped);
    }
};

/// significand / 2^dropped, up with a probability equal to the remainder, else down; `bits` are uniform. Only the
/// lowest `dropped` of them count. Beyond 32 dropped digits the probability is cut to a multiple of 2^-32.
struct Stochastic {
    std::uint32_t bits = 0;
    KOKKOS_FORCEINLINE_FUNCTION constexpr std::uint32_t operator()(std::uint32_t significand, int dropped) const {
        if (dropped > 32) {
            significand = dropped < 64 ? significand >> (dropped - 32) : 0;
            dropped = 32;
        }
        std::uint64_t const mask = (std::uint64_t{1} << dropped) - 1;
        return static_cast<std::uint32_t>((significand + (bits & mask)) >> dropped);
    }
};

} // namespace eggroll::rounding
