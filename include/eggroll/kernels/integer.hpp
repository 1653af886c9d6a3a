// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The integer arithmetic of EGG training. Every quotient rounds towards minus infinity, every stored value lies in
/// [-127, 127], and `a >> k` is floor(a / 2^k) for negative `a` too, as C++20 defines it. All routes use these, so
/// they agree bit for bit.

#include <eggroll/config.hpp>

#include <cstdint>

namespace eggroll {

/// The largest number of products of two int8 values that an int32 holds: 127^2 n < 2^31.
inline constexpr std::int64_t largest_integer_fan_in = 133'144;

/// Clips to [-127, 127]; -128 never occurs.
template <class Integer>
KOKKOS_FORCEINLINE_FUNCTION constexpr std::int8_t saturate(Integer value) {
    Integer const low = value < Integer{-127} ? Integer{-127} : value;
    return static_cast<std::int8_t>(low > Integer{127} ? Integer{127} : low);
}

/// floor(numerator / divisor) for a positive divisor.
template <class Integer>
KOKKOS_FORCEINLINE_FUNCTION constexpr Integer floor_divide(Integer numerator, Integer divisor) {
    Integer const quotient = numerator / divisor; // cut towards zero
    return numerator - quotient * divisor < 0 ? quotient - 1 : quotient;
}

/// The largest integer whose square is not above `n`, for n >= 0.
KOKKOS_FUNCTION constexpr std::int64_t root(std::int64_t n) {
    std::uint64_t result = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
        std::uint64_t const candidate = result + bit; // below 2^32: its square fits
        if (candidate * candidate <= static_cast<std::uint64_t>(n)) {
            result = candidate;
        }
    }
    return static_cast<std::int64_t>(result);
}

/// What the sum of `fan_in` products is divided by: 16 root(fan_in). Weights are in units of 1/16.
KOKKOS_FUNCTION constexpr std::int64_t fan_in_divisor(std::int64_t fan_in) {
    return 16 * root(fan_in);
}

/// floor(log2(n)) for n > 0.
KOKKOS_FORCEINLINE_FUNCTION constexpr int floor_log2(std::uint32_t n) {
    int result = 0;
    for (int step = 16; step != 0; step /= 2) {
        if ((n >> step) != 0) {
            n >>= step;
            result += step;
        }
    }
    return result;
}

} // namespace eggroll
