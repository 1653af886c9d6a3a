// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear_epilogue.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// What HopperProduct does with the sums of a tile, rows being slots of `epilogue.terms.rows`. Each lane generates A for
/// its own rows, however many rows a member has: shared memory is full of the next tile's operands.
template <class FactorA>
struct LowRankOutput {
    LinearEpilogue<FactorA> epilogue;

    KOKKOS_FORCEINLINE_FUNCTION void operator()(float (&sums)[4][8][4], std::int64_t slot, std::int64_t column,
                                                int q) const {
        LowRankTerms const& terms = epilogue.terms;
        unrolled<4>([&](int i) { terms.add(sums[i], epilogue.a, slot, column + 64 * i, q, 0, terms.rank); });
        unrolled<4>([&](int i) { epilogue.store(sums[i], slot, column + 64 * i, q); });
    }
};

} // namespace eggroll::kernels::cuda
