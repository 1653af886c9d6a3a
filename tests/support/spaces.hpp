// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <tuple>

namespace eggroll::testing {

/// An execution space with a storage type.
template <class S, class T>
struct On {
    using Space = S;
    using Storage = T;
};

template <class... S>
using OnEach = std::tuple<On<S, float>..., On<S, std::int8_t>...>;

/// Where device kernels are tested: one thread of the host, and the host's threads or, in a build for one, the GPU,
/// which there can read and write what a std::vector has allocated (shared_heap.hpp).
using Spaces = OnEach<Kokkos::Serial, Kokkos::DefaultExecutionSpace>;

} // namespace eggroll::testing
