// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Elementary functions for environments. Without branches and calls in float, so that a loop over environments becomes
/// SIMD with any instruction set.

#include <eggroll/config.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <numbers>

namespace eggroll::environments {

/// The value within [low, high] next to x.
template <std::floating_point Real>
KOKKOS_FUNCTION constexpr Real clamp(Real x, Real low, Real high) {
    return x < low ? low : x > high ? high : x;
}

/// The angle within [-pi, pi] that differs from x by whole turns. |x| below 2^20.
template <std::floating_point Real>
KOKKOS_FUNCTION constexpr Real wrap_angle(Real x) {
    // Adding it leaves no bits for a fraction, so rounds to the nearest integer.
    constexpr Real to_integer = std::same_as<Real, float> ? Real(0x1.8p23) : Real(0x1.8p52);
    constexpr Real turn = 2 * std::numbers::pi_v<Real>;
    Real const turns = (x * (1 / turn) + to_integer) - to_integer;
    return x - turns * turn;
}

template <std::floating_point Real>
struct SineCosine {
    Real sine;
    Real cosine;
};

KOKKOS_FUNCTION inline SineCosine<double> sine_cosine(double x) {
    return {std::sin(x), std::cos(x)};
}

/// Within 2 units in the last place for |x| <= 400 radians.
///
/// x = n pi/2 + r with |r| <= pi/4, pi/2 in three parts of 16, 16 and 24 bits, so that n times the first two is exact;
/// the rounding of the second difference is made good in the third. Then polynomials in r^2, sine relative and cosine
/// to 2^-28 (Lawson's algorithm for the least largest relative error).
KOKKOS_FUNCTION inline SineCosine<float> sine_cosine(float x) {
    float const shifted = x * 0x1.45f306p-1F + 0x1.8p23F; // the low bits are n
    auto const quadrant = __builtin_bit_cast(std::uint32_t, shifted);
    float const n = shifted - 0x1.8p23F;

    float const first = x - n * 0x1.921ep+0F;
    float const second = first - n * 0x1.b544p-16F;
    float const r = second + (((first - second) - n * 0x1.b544p-16F) - n * 0x1.0b4612p-34F);
    float const r2 = r * r;
    float const sine = r + r * r2 * (-0x1.555546p-3F + r2 * (0x1.11075ep-7F + r2 * -0x1.994e02p-13F));
    float const cosine = 1 - 0.5F * r2 + r2 * r2 * (0x1.55554ap-5F + r2 * (-0x1.6c0c32p-10F + r2 * 0x1.99eaf8p-16F));

    // An odd quadrant swaps the two; the signs are the second bits of n and of n + 1. In bits, because GCC makes
    // branches of a choice between polynomials.
    auto const sine_bits = __builtin_bit_cast(std::uint32_t, sine);
    auto const cosine_bits = __builtin_bit_cast(std::uint32_t, cosine);
    std::uint32_t const swapped = (sine_bits ^ cosine_bits) & (0 - (quadrant & 1));
    return {__builtin_bit_cast(float, sine_bits ^ swapped ^ (quadrant & 2) << 30),
            __builtin_bit_cast(float, cosine_bits ^ swapped ^ ((quadrant + 1) & 2) << 30)};
}

} // namespace eggroll::environments
