// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/isa.hpp>

#include <cstdint>

namespace eggroll::detail {

/// The library's own row functors: compiled for the place's instruction set.
template <class Place, class RowFunctor>
void apply_rows(Place const& place, std::int64_t rows, RowFunctor const& functor) {
    for_each_row(place, rows, functor);
}

/// A user's functor: a kernel...
template <class Place, class Functor>
void for_each(Place const& place, std::int64_t count, Functor const& functor) {
    for_each_row(place, count, functor);
}

/// ...or, in a host slice, a plain loop with the user's own flags, so that the user's floats are the same on every CPU.
template <class Functor>
void for_each(kernels::host::Thread const&, std::int64_t count, Functor const& functor) {
    for (std::int64_t i = 0; i < count; ++i) {
        functor(i);
    }
}

} // namespace eggroll::detail
