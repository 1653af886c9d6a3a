// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/epilogue.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// What HopperProduct does with the sums of a tile, rows being slots of `epilogue.terms.rows`. Each lane generates A
/// for its own rows, however many rows a member has: shared memory is full of the next tile's operands.
///
/// At rank 1 the members of a pair need 64 elements of A a lane. Its registers hold 48 beside the sums: these are
/// generated while the tensor cores are busy with the tile's first steps.
template <class FactorA>
struct LowRankOutput {
    static constexpr int preparations = 3; // of 64 columns each
    /// (64 columns, tile of 8 columns, column of this lane)
    using Prepared = float[preparations][8][2];

    LinearEpilogue<FactorA> epilogue;

    KOKKOS_FORCEINLINE_FUNCTION bool prepares() const {
        return !std::is_same_v<FactorA, NoA> && !std::is_same_v<FactorA, StoredA> && epilogue.terms.rank == 1 &&
               epilogue.terms.rows.members.members_per_direction == 2;
    }
    /// A of rows slot and slot + 8, and the columns of this lane in the 64 from `column` on.
    KOKKOS_FORCEINLINE_FUNCTION void prepare(float (&values)[8][2], std::int64_t slot, std::int64_t column,
                                             int q) const {
        float sums[8][4] = {}; // A in the first two, as sums from nothing
        epilogue.a.add(sums, epilogue.terms.at(slot).direction, 0, column, q, 1.0f, 0.0f);
        unrolled<8>([&](int j) {
            values[j][0] = sums[j][0];
            values[j][1] = sums[j][1];
        });
    }

    KOKKOS_FORCEINLINE_FUNCTION void operator()(float (&sums)[4][8][4], Prepared const& prepared, std::int64_t slot,
                                                std::int64_t column, int q) const {
        LowRankTerms const& terms = epilogue.terms;
        if (prepares()) {
            LowRankTerms::Row const first = terms.at(slot);
            LowRankTerms::Row const second = terms.at(slot + 8);
            float const upper = first.factor * first.t[0];
            float const lower = second.factor * second.t[0];
            unrolled<8 * preparations>([&](int n) {
                float(&sum)[4] = sums[n / 8][n % 8];
                unrolled<4>([&](int i) {
                    sum[i] = multiply_add(i < 2 ? upper : lower, prepared[n / 8][n % 8][i % 2], sum[i]);
                });
            });
            terms.add(sums[3], epilogue.a, slot, column + 64 * 3, q, 0, 1);
        } else {
            unrolled<4>([&](int i) { terms.add(sums[i], epilogue.a, slot, column + 64 * i, q, 0, terms.rank); });
        }
        unrolled<4>([&](int i) { epilogue.store(sums[i], slot, column + 64 * i, q); });
    }
};

} // namespace eggroll::kernels::cuda
