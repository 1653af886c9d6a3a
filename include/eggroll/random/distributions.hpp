// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The distributions of noise. A field is read as a two's complement integer k, so complementing its bits negates the
/// value: means are exactly zero. Values are computed with integer steps, exact conversions and explicit fma in a fixed
/// order, without tables or branches: every backend gets the same bits, and loops over fields become plain SIMD.

#include <eggroll/random/distribution_concept.hpp>

#include <cmath>

namespace eggroll {

namespace detail {

/// The field as a signed integer k.
template <int Bits>
KOKKOS_FUNCTION constexpr std::int32_t signed_field(std::uint32_t field) {
    return static_cast<std::int32_t>(field << (32 - Bits)) >> (32 - Bits);
}

/// The standard normal quantile at (1 + n / 2^16) / 2 for odd n in (-2^16, 2^16), within 6e-4.
///
/// With x = n / 2^16, the quantile is x P(w), P smooth in w = -log2(1 - x^2): the logarithm takes the singularities of
/// both tails away. w is the exponent and mantissa of 1 - x^2 read as one integer, corrected by a cubic in the mantissa
/// that vanishes at both ends of an octave. P has degree 5. Coefficients: Chebyshev fit (a linear program that
/// minimises the largest error) over all n, alternating with the cubic's two free parameters; then P was scaled until
/// the variance over all fields, in float arithmetic, was 1.
KOKKOS_FUNCTION inline float normal_quantile(std::int32_t n) {
    auto const x = static_cast<float>(n);
    float const v = std::fma(-x, x, 0x1p32f); // 2^32 (1 - x^2)
    // The builtin, because std::bit_cast can't be called from a device, and behind memcpy Clang doesn't vectorise.
    auto const bits = __builtin_bit_cast(std::int32_t, v);
    auto const mantissa = __builtin_bit_cast(float, (bits & 0x007FFFFF) | 0x3F800000); // in [1, 2)

    float w = std::fma(-0x1.44e0dep-3f, mantissa, 0x1.0d6f58p+0f);
    w = std::fma(w, mantissa, -0x1.0604a2p+1f);
    w = std::fma(w, mantissa, 0x1.404e6cp+7f);
    w = std::fma(static_cast<float>(bits), -0x1p-23f, w);

    float p = std::fma(-0x1.e88776p-36f, w, 0x1.7821b6p-30f);
    p = std::fma(p, w, -0x1.a3044cp-26f);
    p = std::fma(p, w, 0x1.12fb4p-23f);
    p = std::fma(p, w, 0x1.d31c78p-19f);
    p = std::fma(p, w, 0x1.4094f8p-16f);
    return x * p;
}

} // namespace detail

/// Standard normal: the midpoint quantiles of 2^16 equal strata. Largest value 4.325.
struct Gaussian {
    using value_type = float;
    static constexpr int field_bits = 16;
    static constexpr double variance = 1.0;       // within 1e-7
    static constexpr double kurtosis = 2.9998312; // within 1e-7

    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        return detail::normal_quantile(2 * detail::signed_field<16>(field) + 1);
    }
};

/// Uniform of unit variance, on the midpoints of 2^16 strata of (-sqrt 3, sqrt 3).
struct Uniform {
    using value_type = float;
    static constexpr int field_bits = 16;
    static constexpr double variance = 1.0; // within 1e-7
    static constexpr double kurtosis = 1.8; // within 1e-9

    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        return static_cast<float>(2 * detail::signed_field<16>(field) + 1) * 0x1.bb67aep-16f; // sqrt(3) 2^-16
    }
};

/// +1 or -1.
struct Rademacher {
    using value_type = float;
    static constexpr int field_bits = 8;
    static constexpr double variance = 1.0;
    static constexpr double kurtosis = 1.0;

    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        return static_cast<float>(1 + 2 * (detail::signed_field<8>(field) >> 7));
    }
};

/// Normal in fixed point: 16 times the midpoint quantiles of 2^8 strata, cut towards zero, so in units of 1/16.
/// Largest value 46; deviation 15.584. The noise of integer training.
struct FixedPointGaussian {
    using value_type = std::int8_t;
    static constexpr int field_bits = 8;
    static constexpr double variance = 242.8671875; // exact
    static constexpr double kurtosis = 3.0308717679658486;
    static constexpr double deviation = 15.584196722962657; // sqrt(variance)

    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        std::int32_t const stratum = 2 * detail::signed_field<8>(field) + 1;
        return static_cast<std::int8_t>(16.0f * detail::normal_quantile(256 * stratum));
    }
};

} // namespace eggroll
