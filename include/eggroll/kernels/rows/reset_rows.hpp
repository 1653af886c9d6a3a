// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// Zeroes the state of the rows whose token is 0: a document begins.
struct ResetRows {
    Input<std::uint8_t> tokens; // (data row, 1)
    Array2<std::int8_t> state;  // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        if (tokens.data(tokens.data_row(row), 0) != 0) {
            return;
        }
        std::int8_t* const values = state.row(row);
        std::int64_t const columns = state.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            values[j] = 0;
        }
    }
};

} // namespace eggroll::kernels::rows
