// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands_update.hpp>
#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/random/noise.hpp>

#include <cmath>
#include <cstddef>

namespace eggroll::kernels::reference {

/// sum + w a b, or without b, sum + w a.
inline float add_term(float sum, float w, float a, float b) {
    return std::fma(w * a, b, sum);
}
inline float add_term(float sum, float w, float a) {
    return std::fma(w, a, sum);
}
inline std::int64_t add_term(std::int64_t sum, std::int64_t w, std::int8_t a, std::int8_t b) {
    return sum + w * a * b;
}
inline std::int64_t add_term(std::int64_t sum, std::int64_t w, std::int8_t a) {
    return sum + w * a;
}

/// The sum of one element.
template <class Source, class Weight>
UpdateSum<Weight> update_sum(LowRankUpdate<Source, Weight> const& u, std::int64_t row, std::int64_t column) {
    UpdateSum<Weight> sum = 0;
    for (std::int64_t d = 0; d < u.directions; ++d) {
        for (int k = 0; k < u.rank; ++k) {
            auto const a = noise_cast<Weight>(u.source.value(u.parameter, Factor::a, d, k, u.out, row));
            auto const b = noise_cast<Weight>(u.source.value(u.parameter, Factor::b, d, k, u.in, column));
            sum = add_term(sum, u.weights[d], a, b);
        }
    }
    return sum;
}

template <class Source, class Weight>
UpdateSum<Weight> update_sum(FullRankUpdate<Source, Weight> const& u, std::int64_t row, std::int64_t column) {
    UpdateSum<Weight> sum = 0;
    for (std::int64_t d = 0; d < u.directions; ++d) {
        auto const e = noise_cast<Weight>(u.source.value(u.parameter, Factor::full, d, row, u.in, column));
        sum = add_term(sum, u.weights[d], e);
    }
    return sum;
}

template <class Source, class Weight>
UpdateSum<Weight> update_sum(ProductUpdate<Source, Weight> const& u, std::int64_t, std::int64_t column) {
    UpdateSum<Weight> sum = 0;
    for (std::int64_t d = 0; d < u.directions; ++d) {
        auto const a = noise_cast<Weight>(u.source.value(u.parameter, Factor::a, d, 0, u.length, column));
        auto const b = noise_cast<Weight>(u.source.value(u.parameter, Factor::b, d, 0, u.length, column));
        sum = add_term(sum, u.weights[d], a, b);
    }
    return sum;
}

/// Calls rule(element, sum) for every element of rows [row_begin, row_end). Needs no scratch.
template <class Update, class Rule>
void update_rows(Place, Update const& update, std::int64_t row_begin, std::int64_t row_end, std::byte*,
                 Rule const& rule) {
    for (std::int64_t row = row_begin; row < row_end; ++row) {
        for (std::int64_t column = 0; column < update.columns(); ++column) {
            rule(row * update.columns() + column, update_sum(update, row, column));
        }
    }
}

/// Calls rule(element, sum) for every element of the parameter.
template <class Update, class Rule>
void update(Place place, Update const& update, Rule const& rule) {
    update_rows(place, update, 0, update.rows(), nullptr, rule);
}

} // namespace eggroll::kernels::reference
