// SPDX-License-Identifier: Apache-2.0

// Kokkos lives exactly as long as the tests: the library never initialises it.

#include <catch2/catch_session.hpp>

#include <Kokkos_Core.hpp>

int main(int argc, char* argv[]) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
    return Catch::Session().run(argc, argv);
}
