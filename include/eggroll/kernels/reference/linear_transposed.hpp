// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/reference/dot.hpp>
#include <eggroll/kernels/reference/full_rank.hpp>
#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/kernels/reference/product.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/kernels/strided_matrix.hpp>

#include <cstdint>
#include <vector>

namespace eggroll::kernels::reference {

/// y[row, j] = sum_i x[row, i] (W + sigma g E)[i, j]: `linear` with the transposes of W and E, so A and B swap roles
/// and the fan-in of int8 is `out`. For output heads tied to an embedding.
///
/// \param x        (data row, out)
/// \param scratch  `linear_scratch(rows, data rows, in, rank, shares rows)` accumulators
/// \param y        (row, in)
template <class Stored, class T>
void linear_transposed(Place, Weights<Stored> w, Input<T> x, MemberRows members, NoNoise const& noise,
                       Accumulator<T>* scratch, Array2<T> y) {
    multiply(transposed(w), x, members, noise, scratch, y);
}

template <class Stored, class T>
void linear_transposed(Place, Weights<Stored> w, Input<T> x, MemberRows members, LowRankNoise<T> const& noise,
                       Accumulator<T>* scratch, Array2<T> y) {
    multiply(transposed(w), x, members, transposed(noise), scratch, y);
}

/// Full rank: sum_i x[i] E[i, j] in increasing i, for float by one fma chain from zero.
template <class Stored, class T, class Source>
void linear_transposed(Place, Weights<Stored> w, Input<T> x, MemberRows members, FullRankNoise<Source, T> const& noise,
                       Accumulator<T>*, Array2<T> y) {
    expect_exact_sums<T>(w.out);
    // Column j of E, first generated and then multiplied: g++ 12 with AVX-512 VNNI vectorises the two steps in one loop
    // to wrong values.
    std::vector<T> e(static_cast<std::size_t>(w.out));
    for (std::int64_t row = 0; row < y.rows; ++row) {
        T const* const features = x.data.row(x.data_row(row));
        for (std::int64_t j = 0; j < w.in; ++j) {
            for (std::int64_t i = 0; i < w.out; ++i) {
                e[static_cast<std::size_t>(i)] = element(noise, members.direction(row), w.in, i, j);
            }
            auto const base = shared_product(transposed(w), features, j);
            auto const product = chain(features, e.data(), w.out);
            y(row, j) = finish(add_full_rank(base, product, noise.scale, members.sign(row)), w.out);
        }
    }
}

} // namespace eggroll::kernels::reference
