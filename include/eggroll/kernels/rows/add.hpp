// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Sums of rows. Functors of this folder handle one row; a place's `for_each_row` calls them for all rows. They copy
/// their members to locals before a loop, so that compilers see that the loop doesn't change them.

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

KOKKOS_FORCEINLINE_FUNCTION float stored_sum(float a, float b) {
    return a + b;
}
KOKKOS_FORCEINLINE_FUNCTION std::int8_t stored_sum(std::int8_t a, std::int8_t b) {
    return saturate(a + b);
}

/// y = a + b, saturated for int8. y may be a or b; compilers vectorise `AddVector{y, b, 1}` more surely than y = y + b.
template <class T>
struct Add {
    Array2<T const> a; // (row, column)
    Array2<T const> b; // (row, column)
    Array2<T> y;       // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        T const* const left = a.row(row);
        T const* const right = b.row(row);
        T* const sum = y.row(row);
        std::int64_t const columns = y.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            sum[j] = stored_sum(left[j], right[j]);
        }
    }
};

/// y += the vector of the row's member, saturated for int8. A bias.
template <class T>
struct AddVector {
    Array2<T> y;            // (row, column)
    Array2<T const> vector; // (member, column); one row with stride 0 serves all members
    std::int64_t rows_per_member = 1;
    std::int32_t const* selected = nullptr; // MemberRows::selected

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int64_t const block = row / rows_per_member;
        T const* const added = vector.row(selected == nullptr ? block : selected[block]);
        T* const sum = y.row(row);
        std::int64_t const columns = y.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            sum[j] = stored_sum(sum[j], added[j]);
        }
    }
};
template <class T>
AddVector(Array2<T>, Array2<T const>, std::int64_t, std::int32_t const* = nullptr) -> AddVector<T>;

} // namespace eggroll::kernels::rows
