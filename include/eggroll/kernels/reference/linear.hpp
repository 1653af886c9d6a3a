// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/reference/full_rank.hpp>
#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/kernels/reference/product.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/kernels/strided_matrix.hpp>

#include <cstdint>
#include <vector>

namespace eggroll::kernels::reference {

/// y[row, i] = sum_k x[row, k] (W + sigma g E)[i, k], E of the row's member, never formed.
///
/// float, low rank (E = A B^T / sqrt(r), paper section 4.2): with t_k = x . B_k,
///     y[i] = sum_j x[j] W[i, j] + sum_k (factor g t_k) A_k[i].
/// int8, low rank (EGG, paper section 6), with t_k divided by round(sqrt(r)):
///     y[i] = sat(floor((sum_j x[j] W[i, j] + sum_k ((t_k g A_k[i]) >> shift)) / (16 root(in)))).
///
/// \param x        (data row, in); several members may share rows
/// \param scratch  `linear_scratch(rows, data rows, out, rank, shares rows)` accumulators
/// \param y        (row, out), rows grouped by member
template <class Stored, class T, class Noise>
void linear(Place, Weights<Stored> w, Input<T> x, MemberRows members, Noise const& noise, Accumulator<T>* scratch,
            Array2<T> y) {
    multiply(as_stored(w), x, members, noise, scratch, y);
}

/// Full rank (OpenES): float y[i] = sum_j x[j] W[i, j] + factor g (x . E_i); int8 with
/// (g sum_j x[j] E[i, j]) >> shift in place of the second term. E_i is generated for each row that meets it.
template <class Stored, class T, class Source>
void linear(Place, Weights<Stored> w, Input<T> x, MemberRows members, FullRankNoise<Source, T> const& noise,
            Accumulator<T>*, Array2<T> y) {
    expect_exact_sums<T>(w.in);
    std::vector<T> e(static_cast<std::size_t>(w.in)); // row i of E
    for (std::int64_t row = 0; row < y.rows; ++row) {
        T const* const features = x.data.row(x.data_row(row));
        for (std::int64_t i = 0; i < w.out; ++i) {
            for (std::int64_t j = 0; j < w.in; ++j) {
                e[static_cast<std::size_t>(j)] = element(noise, members.direction(row), w.in, i, j);
            }
            auto const base = shared_product(as_stored(w), features, i);
            auto const product = dot(features, e.data(), w.in);
            y(row, i) = finish(add_full_rank(base, product, noise.scale, members.sign(row)), w.in);
        }
    }
}

} // namespace eggroll::kernels::reference
