// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/reference/place.hpp>

#include <cstdint>

namespace eggroll::kernels::reference {

/// functor(index) for index = 0 .. count - 1, in order.
template <class Functor>
void for_each_index(Place, std::int64_t count, Functor const& functor) {
    for (std::int64_t index = 0; index < count; ++index) {
        functor(index);
    }
}

/// The same for a functor of kernels/rows, each of which computes one row: elementwise operations, normalisation,
/// losses.
template <class RowFunctor>
void for_each_row(Place place, std::int64_t rows, RowFunctor const& functor) {
    for_each_index(place, rows, functor);
}

} // namespace eggroll::kernels::reference
