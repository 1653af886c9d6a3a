// SPDX-License-Identifier: Apache-2.0

// Kokkos lives exactly as long as the tests: the library never initialises it.

#include "shared_heap.hpp"

#include <catch2/catch_session.hpp>

#include <Kokkos_Core.hpp>

int main(int argc, char* argv[]) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
#if defined(KOKKOS_ENABLE_CUDA)
    eggroll::testing::share_heap_with_device();
#endif
    return Catch::Session().run(argc, argv);
}
