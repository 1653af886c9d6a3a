// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/reference/full_rank.hpp>
#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/storage/storage.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll::kernels::reference {

/// Element j of row t of a table without noise.
template <class Stored>
ValueOf<Stored> look_up(Weights<Stored> const& table, NoNoise const&, std::int64_t, int, std::int64_t t,
                        std::int64_t j) {
    return table.data[t * table.in + j];
}

/// W[t, j] + sum_k (factor g A_k[t]) B_k[j]
template <class Stored>
float look_up(Weights<Stored> const& table, LowRankNoise<float> const& noise, std::int64_t direction, int sign,
              std::int64_t t, std::int64_t j) {
    float sum = table.data[t * table.in + j];
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const column = direction * noise.rank + k;
        float const c = noise.scale.factor * static_cast<float>(sign) * noise.a[column * table.out + t];
        sum = std::fma(c, noise.b[column * table.in + j], sum);
    }
    return sum;
}

/// sat(W[t, j] + sum_k (floor(g A_k[t] B_k[j] / divisor) >> shift))
inline std::int8_t look_up(Weights<std::int8_t> const& table, LowRankNoise<std::int8_t> const& noise,
                           std::int64_t direction, int sign, std::int64_t t, std::int64_t j) {
    std::int32_t sum = table.data[t * table.in + j];
    for (int k = 0; k < noise.rank; ++k) {
        std::int64_t const column = direction * noise.rank + k;
        std::int32_t const product = sign * noise.a[column * table.out + t] * noise.b[column * table.in + j];
        sum += floor_divide(product, noise.scale.divisor) >> noise.scale.shift;
    }
    return saturate(sum);
}

/// float: W[t, j] + factor g E[t, j]; int8: sat(W[t, j] + ((g E[t, j]) >> shift)). Row t alone is regenerated.
template <class Stored, class T, class Source>
T look_up(Weights<Stored> const& table, FullRankNoise<Source, T> const& noise, std::int64_t direction, int sign,
          std::int64_t t, std::int64_t j) {
    T const e = element(noise, direction, table.in, t, j);
    return perturbed(table.data[t * table.in + j], e, noise.scale, sign);
}

/// y[row] = row t of the member's perturbed table, t the row's token: only the noise of that row is needed, so a
/// table of any size costs as much as a vector.
///
/// \param table   (token, feature)
/// \param tokens  (data row, 1), of an integer type; each below table.out
/// \param y       (row, feature), rows grouped by member
template <class Stored, class T, class Token, class Noise>
void embedding(Place, Weights<Stored> table, Input<Token> tokens, MemberRows members, Noise const& noise, Array2<T> y) {
    for (std::int64_t row = 0; row < y.rows; ++row) {
        std::int64_t const t = tokens.data(tokens.data_row(row), 0);
        for (std::int64_t j = 0; j < table.in; ++j) {
            y(row, j) = look_up(table, noise, members.direction(row), members.sign(row), t, j);
        }
    }
}

} // namespace eggroll::kernels::reference
