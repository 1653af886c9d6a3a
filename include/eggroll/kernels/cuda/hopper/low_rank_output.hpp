// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/low_rank_epilogue.hpp>
#include <eggroll/kernels/cuda/pair_of_floats.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// What HopperProduct does with the sums of a tile: y = sums + (factor g t) A, rows being slots of `terms.rows`.
template <class FactorA>
struct LowRankOutput {
    LowRankTerms terms; // of rank 0 where nothing is added
    FactorA a;
    Array2<float> y; // (row, out)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(float (&sums)[4][8][4], std::int64_t slot, std::int64_t column,
                                                int q) const {
        unrolled<4>([&](int i) { terms.add(sums[i], a, slot, column + 64 * i, q, 0, terms.rank); });
        unrolled<2>([&](int half) {
            std::int64_t const row = terms.rows.row(slot + 8 * half);
            if (row < y.rows) {
                unrolled<32>([&](int n) {
                    float const(&pair)[4] = sums[n / 8][n % 8];
                    store_pair(y.row(row), column + 8 * n + 2 * q, y.columns, {pair[2 * half], pair[2 * half + 1]});
                });
            }
        });
    }
};

} // namespace eggroll::kernels::cuda
