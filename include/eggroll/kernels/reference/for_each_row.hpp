// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/reference/place.hpp>

#include <cstdint>

namespace eggroll::kernels::reference {

/// functor(row) for row = 0 .. rows - 1, in this order: functors of kernels/rows, and a user's own.
template <class RowFunctor>
void for_each_row(Place, std::int64_t rows, RowFunctor const& functor) {
    for (std::int64_t row = 0; row < rows; ++row) {
        functor(row);
    }
}

} // namespace eggroll::kernels::reference
