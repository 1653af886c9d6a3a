// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// functor(row) for row = 0 .. rows - 1, a work item each: functors of kernels/rows, and a user's own.
template <class Space, class RowFunctor>
void for_each_row(On<Space> const& place, std::int64_t rows, RowFunctor const& functor) {
    launch(place, "eggroll::for_each", rows, functor);
}

} // namespace eggroll::kernels::device
