// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

namespace eggroll::kernels::device {

/// Kernels on any Kokkos execution space. Arrays must be reachable from it. Kernels are launched on this instance, in
/// order, and not fenced: the caller fences before it reads a result elsewhere or frees what a kernel uses.
///
/// Each element of a result is computed by one work item in one order, so results depend on neither the number of
/// threads nor the shape of a launch. Floats use a fused multiply-add where the target has one, so they agree with the
/// reference within rounding, not in every bit; integers agree exactly.
template <class Space>
struct On {
    Space space;
};

/// functor(index) for index = 0 .. count - 1, in parallel. `functor` is a named type: extended lambdas have too many
/// restrictions to be used in headers. The label belongs to the type and is kept: a string made for every launch would
/// allocate every time.
template <class Space, class Functor>
void launch(On<Space> const& place, char const* label, std::int64_t count, Functor const& functor) {
    using Policy = Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>;
    static std::string const kept(label);
    Kokkos::parallel_for(kept, Policy(place.space, 0, count), functor);
}

} // namespace eggroll::kernels::device
