// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// y = max(y, 0), in place; NaN stays NaN.
template <class T>
struct Relu {
    Array2<T> y; // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        T* const values = y.row(row);
        std::int64_t const columns = y.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            values[j] = values[j] < T{0} ? T{0} : values[j];
        }
    }
};
template <class T>
Relu(Array2<T>) -> Relu<T>;

/// tanh(|x|) = -m / (2 + m) with m = exp(-2|x|) - 1, without branches or libm, so that loops vectorise. Within 4 units
/// in the last place of the true value; odd, and NaN stays NaN.
KOKKOS_FORCEINLINE_FUNCTION float hyperbolic_tangent(float x) {
    constexpr std::uint32_t sign = 0x80000000u;
    constexpr std::uint32_t end = 0x4111999au; // 9.1: 1 - tanh(9.1) is below half a unit
    constexpr std::uint32_t infinity = 0x7f800000u;
    constexpr std::uint32_t nan = 0x7fc00000u;
    // Sizes are compared as integers: NaN is the largest, and GCC makes no branches of it.
    auto const bits = __builtin_bit_cast(std::uint32_t, x);
    std::uint32_t const size = bits & ~sign;
    float const z = -2.0f * __builtin_bit_cast(float, size < end ? size : end);
    // exp(z) = 2^n exp(r), |r| <= ln(2)/2; ln(2) in two parts, the first with few digits, so that n times it is exact.
    int const n = static_cast<int>(multiply_add(z, 1.44269504f, -0.5f));
    auto const whole = static_cast<float>(n);
    float r = multiply_add(whole, -0.693359375f, z);
    r = multiply_add(whole, 2.12194440e-4f, r);
    float p = multiply_add(r, 1.0f / 5040, 1.0f / 720); // the Taylor series of (exp(r) - 1 - r) / r^2
    p = multiply_add(p, r, 1.0f / 120);
    p = multiply_add(p, r, 1.0f / 24);
    p = multiply_add(p, r, 1.0f / 6);
    p = multiply_add(p, r, 0.5f);
    p = multiply_add(p, r * r, r); // exp(r) - 1
    float const power = __builtin_bit_cast(float, (n + 127) << 23);
    float const m = multiply_add(power, p, power - 1.0f);
    float const tangent = (0.0f - m) / (2.0f + m);
    return __builtin_bit_cast(float, __builtin_bit_cast(std::uint32_t, tangent) | (bits & sign) |
                                         (size > infinity ? nan : 0u));
}

/// y = tanh(y), in place.
template <class T>
struct Tanh {
    Array2<T> y; // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        T* const values = y.row(row);
        std::int64_t const columns = y.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            values[j] = hyperbolic_tangent(values[j]);
        }
    }
};
template <class T>
Tanh(Array2<T>) -> Tanh<T>;

} // namespace eggroll::kernels::rows
