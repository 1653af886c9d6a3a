// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The kernels that `linear` and `linear_transposed` are made of: products shared by members, projections on the
/// factor B, and outputs. The formulas are those of reference/linear.hpp.

#include <eggroll/kernels/device/on.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/kernels/strided_matrix.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::device {

KOKKOS_FORCEINLINE_FUNCTION float accumulate(float a, float b, float sum) {
    return multiply_add(a, b, sum);
}
KOKKOS_FORCEINLINE_FUNCTION std::int32_t accumulate(std::int8_t a, std::int8_t b, std::int32_t sum) {
    return sum + a * b;
}

/// sum_k x[k] W[i, k], in increasing k.
template <class Stored, class T>
KOKKOS_FUNCTION Accumulator<T> shared_product(StridedMatrix<Stored> const& w, T const* x, std::int64_t i) {
    Stored const* const weights = w.data + i * w.out_stride;
    Accumulator<T> sum = 0;
    for (std::int64_t k = 0; k < w.in; ++k) {
        T const weight = weights[k * w.in_stride];
        sum = accumulate(x[k], weight, sum);
    }
    return sum;
}

/// What is stored: a float as it is, an integer as sat(floor(sum / divisor)).
KOKKOS_FORCEINLINE_FUNCTION float finish(float sum, std::int64_t) {
    return sum;
}
KOKKOS_FORCEINLINE_FUNCTION std::int8_t finish(std::int64_t sum, std::int64_t divisor) {
    return saturate(floor_divide(sum, divisor));
}

/// base (data row, out): what members that share the rows of x have in common.
template <class Stored, class T>
struct SharedProduct {
    StridedMatrix<Stored> w;
    Array2<T const> x;    // (data row, in)
    Accumulator<T>* base; // (data row, out)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        base[index] = shared_product(w, x.row(index / w.out), index % w.out);
    }
};

/// x . B_k of a direction, in increasing k.
template <class T>
KOKKOS_FUNCTION Accumulator<T> project(LowRankNoise<T> const& noise, T const* x, std::int64_t in,
                                       std::int64_t direction, int component) {
    StridedMatrix<T> const factor{noise.b, 1, in, in, 1}; // (direction x component, in)
    return shared_product(factor, x, direction * noise.rank + component);
}
template <class Source, class T>
KOKKOS_FUNCTION Accumulator<T> project(GeneratedLowRank<Source, T> const& noise, T const* x, std::int64_t in,
                                       std::int64_t direction, int component) {
    Accumulator<T> sum = 0;
    for (std::int64_t j = 0; j < in; ++j) {
        sum = accumulate(x[j], noise.b(direction, component, in, j), sum);
    }
    return sum;
}

/// t (row, component) = x . B_k; divided for int8.
template <class T, class Noise>
struct Projection {
    Noise noise;
    Input<T> x; // (data row, in)
    MemberRows members;
    std::int64_t in;
    Accumulator<T>* t; // (row, component)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const row = index / noise.rank;
        auto const product = project(noise, x.data.row(x.data_row(row)), in, members.direction(row),
                                     static_cast<int>(index % noise.rank));
        if constexpr (std::is_same_v<T, float>) {
            t[index] = product;
        } else {
            t[index] = floor_divide(product, noise.scale.divisor);
        }
    }
};

KOKKOS_FORCEINLINE_FUNCTION float add_noise(float base, NoNoise const&, std::int64_t, std::int64_t, int, std::int64_t,
                                            float const*) {
    return base;
}
KOKKOS_FORCEINLINE_FUNCTION std::int64_t add_noise(std::int32_t base, NoNoise const&, std::int64_t, std::int64_t, int,
                                                   std::int64_t, std::int32_t const*) {
    return base;
}

KOKKOS_FORCEINLINE_FUNCTION float add_noise(float base, LowRankNoise<float> const& noise, std::int64_t out,
                                            std::int64_t direction, int sign, std::int64_t i, float const* t) {
    float const factor = noise.scale.factor * static_cast<float>(sign);
    for (int k = 0; k < noise.rank; ++k) {
        base = multiply_add(factor * t[k], noise.a[(direction * noise.rank + k) * out + i], base);
    }
    return base;
}
KOKKOS_FORCEINLINE_FUNCTION std::int64_t add_noise(std::int32_t base, LowRankNoise<std::int8_t> const& noise,
                                                   std::int64_t out, std::int64_t direction, int sign, std::int64_t i,
                                                   std::int32_t const* t) {
    std::int64_t sum = base;
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const c = t[k] * sign; // times A it passes 32 bits above 1048 inputs
        sum += (c * noise.a[(direction * noise.rank + k) * out + i]) >> noise.scale.shift;
    }
    return sum;
}

template <class Source>
KOKKOS_FORCEINLINE_FUNCTION float add_noise(float base, GeneratedLowRank<Source, float> const& noise, std::int64_t out,
                                            std::int64_t direction, int sign, std::int64_t i, float const* t) {
    float const factor = noise.scale.factor * static_cast<float>(sign);
    for (int k = 0; k < noise.rank; ++k) {
        base = multiply_add(factor * t[k], noise.a(direction, k, out, i), base);
    }
    return base;
}

KOKKOS_FORCEINLINE_FUNCTION int rank_of(NoNoise const&) {
    return 0;
}
template <class Noise>
KOKKOS_FORCEINLINE_FUNCTION int rank_of(Noise const& noise) {
    return noise.rank;
}

/// y (row, out), from the row's projections and the shared product.
template <class Stored, class T, class Noise>
struct Output {
    StridedMatrix<Stored> w;
    Input<T> x; // (data row, in)
    MemberRows members;
    Noise noise;
    std::int64_t divisor;
    Accumulator<T> const* t;    // (row, component)
    Accumulator<T> const* base; // (data row, out), or null where nothing is shared
    Array2<T> y;                // (row, out)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const row = index / w.out;
        std::int64_t const i = index % w.out;
        std::int64_t const data_row = x.data_row(row);
        auto const product = base != nullptr ? base[data_row * w.out + i] : shared_product(w, x.data.row(data_row), i);
        y(row, i) = finish(
            add_noise(product, noise, w.out, members.direction(row), members.sign(row), i, t + row * rank_of(noise)),
            divisor);
    }
};

/// The unperturbed products, if members share rows of x: into `base`, which is returned, or null.
template <class Space, class Stored, class T>
Accumulator<T>* share_products(On<Space> const& place, StridedMatrix<Stored> const& w, Input<T> const& x,
                               std::int64_t rows, Accumulator<T>* base) {
    if (x.members_per_block <= 1) {
        return nullptr;
    }
    launch(place, "eggroll::linear_shared_product", used_data_rows(x, rows) * w.out,
           SharedProduct<Stored, T>{w, x.data, base});
    return base;
}

/// y = x W^T with no noise or noise of low rank; both transposed for `linear_transposed`.
template <class Space, class Stored, class T, class Noise>
void multiply(On<Space> const& place, StridedMatrix<Stored> const& w, Input<T> const& x, MemberRows const& members,
              Noise const& noise, Accumulator<T>* scratch, Array2<T> const& y) {
    Accumulator<T>* const t = scratch;
    if constexpr (!std::is_same_v<Noise, NoNoise>) {
        launch(place, "eggroll::linear_projection", y.rows * noise.rank,
               Projection<T, Noise>{noise, x, members, w.in, t});
    }
    auto const* const base = share_products(place, w, x, y.rows, scratch + y.rows * rank_of(noise));
    launch(place, "eggroll::linear", y.rows * w.out,
           Output<Stored, T, Noise>{w, x, members, noise, fan_in_divisor(w.in), t, base, y});
}

} // namespace eggroll::kernels::device
