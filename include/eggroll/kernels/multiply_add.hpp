// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <cmath>

namespace eggroll {

/// a * b + c, rounded once where the target has such an instruction, twice where it would have to be emulated. For
/// code whose results are compared within a tolerance; where bits must agree, call std::fma or the intrinsic.
KOKKOS_FORCEINLINE_FUNCTION float multiply_add(float a, float b, float c) {
#if defined(EGGROLL_HAS_FMA)
    return ::fmaf(a, b, c);
#else
#if defined(__clang__)
#pragma clang fp contract(off)
#endif
    return a * b + c;
#endif
}

} // namespace eggroll
