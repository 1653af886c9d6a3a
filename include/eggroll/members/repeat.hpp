// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/repeat.hpp>
#include <eggroll/kernels/step.hpp>
#include <eggroll/members/place.hpp>

#include <cstdint>

namespace eggroll::detail {

/// body(step) for step = 0 .. count - 1: a loop...
template <class Place, class Slice, class Body>
void repeat(Place const&, Slice&, std::int64_t count, Body const& body) {
    for (std::int64_t index = 0; index < count; ++index) {
        body(Step{index});
    }
}

/// ...or, on CUDA, a graph. Until the scratch is one block, each step's arrays lie elsewhere: nothing is recorded then.
template <class Launcher, class Slice, class Body>
void repeat(kernels::cuda::On<Launcher> const& place, Slice& slice, std::int64_t count, Body const& body) {
    std::size_t const mark = slice.scratch.mark();
    auto* const number = slice.scratch.template allocate<std::int64_t>(1);
    kernels::cuda::repeat(
        place, slice.graph, number, count, [&] { return slice.scratch.has_fitted(); }, body);
    slice.scratch.return_to(mark);
}

} // namespace eggroll::detail
