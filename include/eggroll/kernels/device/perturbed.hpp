// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// v + factor g e
KOKKOS_FORCEINLINE_FUNCTION float perturbed(float v, float e, FloatScale const& scale, int sign) {
    return multiply_add(scale.factor * static_cast<float>(sign), e, v);
}

/// sat(v + ((g e) >> shift)); e may be a product of two int8 values.
KOKKOS_FORCEINLINE_FUNCTION std::int8_t perturbed(std::int8_t v, int e, IntegerScale const& scale, int sign) {
    return saturate(v + ((sign * e) >> scale.shift));
}

} // namespace eggroll::kernels::device
