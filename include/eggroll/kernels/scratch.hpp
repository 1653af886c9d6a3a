// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What sums of products are held in, and how much scratch a linear operation asks of its caller.

#include <eggroll/config.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll {

/// The type of the sums of products of T: float for float, std::int32_t for std::int8_t.
template <class T>
using Accumulator = typename StorageTraits<T>::accumulator_type;

/// How many rows of the input's data the first `rows` rows of a slice read; the data may have more.
template <class T>
KOKKOS_FUNCTION std::int64_t used_data_rows(Input<T> const& x, std::int64_t rows) {
    return rows == 0 ? 0 : x.data_row(rows - 1) + 1;
}

/// What room a linear operation needs depends on.
struct LinearShape {
    std::int64_t rows = 0;
    std::int64_t data_rows = 0; // used_data_rows
    std::int64_t in = 0;        // width of the input, as the operation sees it
    std::int64_t out = 0;       // width of the result
    int rank = 0;               // of low-rank noise; 0 for other noise
    bool shares_rows = false;   // Input::members_per_block > 1
    int stored_bytes = 4;       // of a weight
};

/// Accumulators that `linear` (and `linear_transposed`, with `out` the width of its result) needs as scratch:
///   t     (row, component)   the projections x . B of low-rank noise; rank 0 for other noise
///   base  (data row, out)    the unperturbed products, when several members share the rows of the input
/// one after the other. `data_rows` is `used_data_rows`, `shares_rows` is `Input::members_per_block > 1`.
KOKKOS_FUNCTION constexpr std::int64_t linear_scratch(std::int64_t rows, std::int64_t data_rows, std::int64_t out,
                                                      int rank, bool shares_rows) {
    return rows * rank + (shares_rows ? data_rows * out : 0);
}

/// What a place's kernels need; an overload for the place may ask for more.
template <class Place>
std::int64_t linear_scratch(Place const&, LinearShape const& shape) {
    return linear_scratch(shape.rows, shape.data_rows, shape.out, shape.rank, shape.shares_rows);
}

} // namespace eggroll
