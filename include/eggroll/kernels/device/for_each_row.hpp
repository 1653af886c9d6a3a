// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// functor(index) for index = 0 .. count - 1, a work item each. For a user's own loops.
template <class Space, class Functor>
void for_each_index(On<Space> const& place, std::int64_t count, Functor const& functor) {
    launch(place, "eggroll::for_each", count, functor);
}

/// The same for a functor of kernels/rows, a work item for each row.
template <class Space, class RowFunctor>
void for_each_row(On<Space> const& place, std::int64_t rows, RowFunctor const& functor) {
    launch(place, "eggroll::for_each", rows, functor);
}

} // namespace eggroll::kernels::device
