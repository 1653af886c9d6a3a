// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>
#include <eggroll/kernels/device/perturbed.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

template <class Stored>
KOKKOS_FUNCTION ValueOf<Stored> look_up(Weights<Stored> const& table, NoNoise const&, std::int64_t, int, std::int64_t t,
                                        std::int64_t j) {
    return table.data[t * table.in + j];
}

template <class Stored>
KOKKOS_FUNCTION float look_up(Weights<Stored> const& table, LowRankNoise<float> const& noise, std::int64_t direction,
                              int sign, std::int64_t t, std::int64_t j) {
    float const factor = noise.scale.factor * static_cast<float>(sign);
    float sum = table.data[t * table.in + j];
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const column = direction * noise.rank + k;
        sum = multiply_add(factor * noise.a[column * table.out + t], noise.b[column * table.in + j], sum);
    }
    return sum;
}

template <class Stored, class Source>
KOKKOS_FUNCTION float look_up(Weights<Stored> const& table, GeneratedLowRank<Source, float> const& noise,
                              std::int64_t direction, int sign, std::int64_t t, std::int64_t j) {
    float const factor = noise.scale.factor * static_cast<float>(sign);
    float sum = table.data[t * table.in + j];
    for (int k = 0; k < noise.rank; ++k) {
        sum = multiply_add(factor * noise.a(direction, k, table.out, t), noise.b(direction, k, table.in, j), sum);
    }
    return sum;
}

KOKKOS_INLINE_FUNCTION std::int8_t look_up(Weights<std::int8_t> const& table, LowRankNoise<std::int8_t> const& noise,
                                           std::int64_t direction, int sign, std::int64_t t, std::int64_t j) {
    std::int32_t sum = table.data[t * table.in + j];
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const column = direction * noise.rank + k;
        std::int32_t const product = sign * noise.a[column * table.out + t] * noise.b[column * table.in + j];
        sum += floor_divide(product, noise.scale.divisor) >> noise.scale.shift;
    }
    return saturate(sum);
}

template <class Stored, class T, class Source>
KOKKOS_FUNCTION T look_up(Weights<Stored> const& table, FullRankNoise<Source, T> const& noise, std::int64_t direction,
                          int sign, std::int64_t t, std::int64_t j) {
    T const e = noise_cast<T>(
        noise.source.value(noise.parameter, Factor::full, noise.first_direction + direction, t, table.in, j));
    return perturbed(table.data[t * table.in + j], e, noise.scale, sign);
}

template <class Stored, class Token, class Noise>
struct LookUp {
    Weights<Stored> table; // (token, feature)
    Input<Token> tokens;   // (data row, 1)
    MemberRows members;
    Noise noise;
    Array2<ValueOf<Stored>> y; // (row, feature)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const row = index / table.in;
        std::int64_t const t = tokens.data(tokens.data_row(row), 0);
        y(row, index % table.in) =
            look_up(table, noise, members.direction(row), members.sign(row), t, index % table.in);
    }
};

/// y (row, feature) = the rows of each member's perturbed table that its tokens name: see reference/embedding.hpp.
template <class Space, class Stored, class T, class Token, class Noise>
void embedding(On<Space> const& place, Weights<Stored> table, Input<Token> tokens, MemberRows members,
               Noise const& noise, Array2<T> y) {
    launch(place, "eggroll::embedding", y.rows * table.in,
           LookUp<Stored, Token, Noise>{table, tokens, members, noise, y});
}

} // namespace eggroll::kernels::device
