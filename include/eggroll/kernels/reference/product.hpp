// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The product of one row with one output's weights and with its noise (paper section 4.2: the perturbed matrix is
/// never formed). `linear` and `linear_transposed` are loops over these.

#include <eggroll/error.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/reference/dot.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/kernels/strided_matrix.hpp>
#include <eggroll/random/noise.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

namespace eggroll::kernels::reference {

/// base[i] = sum_k x[k] W[i, k]: float, one fma chain in increasing k from zero.
template <class Stored>
float shared_product(StridedMatrix<Stored> const& w, float const* x, std::int64_t i) {
    float sum = 0.0f;
    for (std::int64_t k = 0; k < w.in; ++k) {
        sum = std::fma(x[k], w(i, k), sum);
    }
    return sum;
}

template <class Stored>
std::int32_t shared_product(StridedMatrix<Stored> const& w, std::int8_t const* x, std::int64_t i) {
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < w.in; ++k) {
        sum += x[k] * w(i, k);
    }
    return sum;
}

/// t[k] = x . B_k of the row's direction.
template <class T>
void project(LowRankNoise<T> const& noise, std::int64_t in, std::int64_t direction, T const* x, Accumulator<T>* t) {
    for (int k = 0; k < noise.rank; ++k) {
        t[k] = dot(x, noise.b + (direction * noise.rank + k) * in, in);
    }
}

/// y = base + sum_k (factor g t_k) A_k[i], g the member's sign, one fma for each k.
inline float with_noise(float base, LowRankNoise<float> const& noise, std::int64_t out, std::int64_t direction,
                        int sign, std::int64_t i, float const* t) {
    float const factor = noise.scale.factor * static_cast<float>(sign);
    for (int k = 0; k < noise.rank; ++k) {
        float const c = factor * t[k];
        base = std::fma(c, noise.a[(direction * noise.rank + k) * out + i], base);
    }
    return base;
}

/// base + sum_k ((floor(t_k / divisor) g A_k[i]) >> shift): the sign comes before the shift, so the members of a pair
/// are not exact mirror images. The product passes 32 bits above 1048 inputs.
inline std::int64_t with_noise(std::int32_t base, LowRankNoise<std::int8_t> const& noise, std::int64_t out,
                               std::int64_t direction, int sign, std::int64_t i, std::int32_t const* t) {
    std::int64_t sum = base;
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const c = floor_divide(t[k], noise.scale.divisor);
        sum += (c * sign * noise.a[(direction * noise.rank + k) * out + i]) >> noise.scale.shift;
    }
    return sum;
}

/// What is stored: a float as it is, an integer as sat(floor(sum / (16 root(in)))).
template <class Sum>
auto finish(Sum sum, std::int64_t fan_in) {
    if constexpr (std::is_same_v<Sum, float>) {
        return sum;
    } else {
        return saturate(floor_divide(std::int64_t{sum}, fan_in_divisor(fan_in)));
    }
}

/// Integer sums are exact up to this fan-in; refused above, never wrapped.
template <class T>
void expect_exact_sums(std::int64_t fan_in) {
    EGGROLL_EXPECTS((std::is_same_v<T, float>) || fan_in <= largest_integer_fan_in,
                    "an int8 product over " + std::to_string(fan_in) + " inputs may pass 32 bits: use at most " +
                        std::to_string(largest_integer_fan_in) + " inputs, or split the matrix");
}

/// y = x W^T with no noise, or with noise of low rank, for `linear` and, with the transposes of both,
/// `linear_transposed`. `scratch`: t (row, component).
template <class Stored, class T>
void multiply(StridedMatrix<Stored> const& w, Input<T> const& x, MemberRows const&, NoNoise const&, Accumulator<T>*,
              Array2<T> const& y) {
    expect_exact_sums<T>(w.in);
    for (std::int64_t row = 0; row < y.rows; ++row) {
        for (std::int64_t i = 0; i < w.out; ++i) {
            y(row, i) = finish(shared_product(w, x.data.row(x.data_row(row)), i), w.in);
        }
    }
}

template <class Stored, class T>
void multiply(StridedMatrix<Stored> const& w, Input<T> const& x, MemberRows const& members,
              LowRankNoise<T> const& noise, Accumulator<T>* scratch, Array2<T> const& y) {
    expect_exact_sums<T>(w.in);
    for (std::int64_t row = 0; row < y.rows; ++row) {
        T const* const features = x.data.row(x.data_row(row));
        std::int64_t const direction = members.direction(row);
        Accumulator<T>* const t = scratch + row * noise.rank;
        project(noise, w.in, direction, features, t);
        for (std::int64_t i = 0; i < w.out; ++i) {
            auto const base = shared_product(w, features, i);
            y(row, i) = finish(with_noise(base, noise, w.out, direction, members.sign(row), i, t), w.in);
        }
    }
}

} // namespace eggroll::kernels::reference
