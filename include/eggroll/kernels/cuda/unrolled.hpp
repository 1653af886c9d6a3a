// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <utility>

namespace eggroll::kernels::cuda {

/// body(0) to body(count - 1) without a loop: indices of register arrays must be known when the code is compiled.
template <int count, class Body>
KOKKOS_FORCEINLINE_FUNCTION void unrolled(Body const& body) {
    [&]<int... i>(std::integer_sequence<int, i...>) {
        (body(i), ...);
    }
    (std::make_integer_sequence<int, count>{});
}

} // namespace eggroll::kernels::cuda
