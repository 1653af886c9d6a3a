// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/storage/rounding.hpp>
#include <eggroll/storage/storage.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll::detail {

/// StorageTraits of a 16-bit float: parameters take 2 bytes, everything computed from them is float.
template <class T>
struct SixteenBitTraits : FloatTraits {
    /// To nearest, ties to even. A finite value stays finite: beyond the largest it becomes the largest, because one
    /// infinite parameter would make every later result of its model NaN. Infinities and NaN stay what they are.
    KOKKOS_FUNCTION static constexpr T from_real(float value) { return bounded(value, rounding::Nearest{}); }
    KOKKOS_FUNCTION static constexpr float to_real(T value) { return value; }

    /// To one of the two neighbours of `value`, whose expectation over uniform `bits` is `value`: the one farther from
    /// zero with a probability equal to the remainder, exactly. A representable value stays; finite ones are bounded as
    /// by from_real. bfloat16 and normal halves use the lowest 16 bits or fewer; subnormal halves more, down to 2^-32
    /// units' probability.
    KOKKOS_FUNCTION static constexpr T round_stochastically(float value, std::uint32_t bits) {
        return bounded(value, rounding::Stochastic{bits});
    }

private:
    template <class Rounding>
    KOKKOS_FUNCTION static constexpr T bounded(float value, Rounding const& rounding) {
        constexpr auto largest = static_cast<float>(T::largest());
        constexpr auto most_finite = 0x1.fffffep127F;
        bool const beyond = (value > largest && value <= most_finite) || (value < -largest && value >= -most_finite);
        return T::round(beyond ? (value < 0 ? -largest : largest) : value, rounding);
    }
};

} // namespace eggroll::detail
