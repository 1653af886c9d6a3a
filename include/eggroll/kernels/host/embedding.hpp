// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/perturb_vector.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::host {

namespace detail {

/// floor(product / divisor) for |product| <= 127^2, with `reciprocal` = 1.0f / divisor. product + 1/2 is exact, and its
/// quotient differs from every integer by at least 1 / (2 divisor); reciprocal and multiplication are off by at most
/// 2^-23 of 16129.5 / divisor, less than 0.002 / divisor.
KOKKOS_FORCEINLINE_FUNCTION std::int32_t floor_quotient(std::int32_t product, float reciprocal) {
    float const quotient = (static_cast<float>(product) + 0.5f) * reciprocal;
    auto const cut = static_cast<std::int32_t>(quotient);
    return cut - (quotient < 0.0f ? 1 : 0);
}

/// Rows of tables perturbed with noise of low rank, a component at a time: of all floats, and below of int8.
template <class Stored, class Token>
struct LookUpLowRank {
    Weights<Stored> table;
    Input<Token> tokens;
    MemberRows members;
    LowRankNoise<float> noise;
    Array2<float> y;

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int64_t const token = tokens.data(tokens.data_row(row), 0);
        std::int64_t const in = table.in;
        float const factor = noise.scale.factor * static_cast<float>(members.sign(row));
        Stored const* const mean = table.data + token * in;
        float* const values = y.row(row);
        for (std::int64_t j = 0; j < in; ++j) {
            values[j] = mean[j];
        }
        for (int k = 0; k < noise.rank; ++k) {
            std::int64_t const column = members.direction(row) * noise.rank + k;
            float const c = factor * noise.a[column * table.out + token];
            float const* const b = noise.b + column * in;
            for (std::int64_t j = 0; j < in; ++j) {
                values[j] = std::fma(c, b[j], values[j]);
            }
        }
    }
};

template <class Token>
struct LookUpLowRank<std::int8_t, Token> {
    Weights<std::int8_t> table;
    Input<Token> tokens;
    MemberRows members;
    LowRankNoise<std::int8_t> noise;
    Array2<std::int8_t> y;

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        constexpr std::int64_t chunk = 256;
        std::int32_t sums[chunk];
        std::int64_t const token = tokens.data(tokens.data_row(row), 0);
        std::int64_t const first_column = members.direction(row) * noise.rank;
        int const shift = noise.scale.shift;
        bool const divides = noise.scale.divisor != 1;
        float const reciprocal = 1.0f / static_cast<float>(noise.scale.divisor);
        for (std::int64_t begin = 0; begin < table.in; begin += chunk) {
            std::int64_t const count = table.in - begin < chunk ? table.in - begin : chunk;
            std::int8_t const* const mean = table.data + token * table.in + begin;
            for (std::int64_t j = 0; j < count; ++j) {
                sums[j] = mean[j];
            }
            for (int k = 0; k < noise.rank; ++k) {
                std::int32_t const c = members.sign(row) * noise.a[(first_column + k) * table.out + token];
                std::int8_t const* const b = noise.b + (first_column + k) * table.in + begin;
                if (divides) {
                    for (std::int64_t j = 0; j < count; ++j) {
                        sums[j] += floor_quotient(c * b[j], reciprocal) >> shift;
                    }
                } else {
                    for (std::int64_t j = 0; j < count; ++j) {
                        sums[j] += (c * b[j]) >> shift;
                    }
                }
            }
            std::int8_t* const values = y.row(row) + begin;
            for (std::int64_t j = 0; j < count; ++j) {
                values[j] = saturate(sums[j]);
            }
        }
    }
};

/// y += the row of the table; y holds the row of E.
template <class Stored, class Token>
struct AddTableRow {
    using T = ValueOf<Stored>;

    Weights<Stored> table;
    Input<Token> tokens;
    MemberRows members;
    typename ScaleOf<T>::type scale;
    Array2<T> y;

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        Stored const* const mean = table.data + tokens.data(tokens.data_row(row), 0) * table.in;
        int const sign = members.sign(row);
        T* const values = y.row(row);
        std::int64_t const in = table.in;
        for (std::int64_t j = 0; j < in; ++j) {
            values[j] = perturbed(mean[j], values[j], scale, sign);
        }
    }
};

} // namespace detail

/// y (row, in) = the rows of each member's perturbed table (out, in) that its tokens name;
/// kernels/reference/embedding.hpp has the formulas.
///
/// \param tokens  (data row, 1), each in [0, table.out)
template <class Stored, class T, class Token>
void embedding(Thread thread, Weights<Stored> const& table, Input<Token> const& tokens, MemberRows const& members,
               LowRankNoise<T> const& noise, Array2<T> const& y) {
    for_each_row(thread, y.rows, detail::LookUpLowRank<Stored, Token>{table, tokens, members, noise, y});
}

template <class Stored, class T, class Token>
void embedding(Thread, Weights<Stored> const& table, Input<Token> const& tokens, MemberRows const&, NoNoise const&,
               Array2<T> const& y) {
    for (std::int64_t row = 0; row < y.rows; ++row) {
        std::int64_t const token = tokens.data(tokens.data_row(row), 0);
        std::copy_n(table.data + token * table.in, table.in, y.row(row));
    }
}

/// Full rank: of E, only the row of the token is generated, straight into y.
template <class Stored, class T, class Token, class Source>
void embedding(Thread thread, Weights<Stored> const& table, Input<Token> const& tokens, MemberRows const& members,
               FullRankNoise<Source, T> const& noise, Array2<T> const& y) {
    for (std::int64_t row = 0; row < y.rows; ++row) {
        std::int64_t const token = tokens.data(tokens.data_row(row), 0);
        fill(thread, noise.source, noise.parameter, Factor::full, noise.first_direction + members.direction(row),
             std::int64_t{1}, token, std::int64_t{1}, table.in, y.row(row));
    }
    for_each_row(thread, y.rows, detail::AddTableRow<Stored, Token>{table, tokens, members, noise.scale, y});
}

} // namespace eggroll::kernels::host
