// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The noise of full rank, E (out, in) of each direction, regenerated element by element: row i of E is column i of the
/// noise source.

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll::kernels::reference {

/// E[i, j] of a direction of the slice; `in` is the length of a row of E.
template <class Source, class T>
T element(FullRankNoise<Source, T> const& noise, std::int64_t direction, std::int64_t in, std::int64_t i,
          std::int64_t j) {
    return noise_cast<T>(
        noise.source.value(noise.parameter, Factor::full, noise.first_direction + direction, i, in, j));
}

/// base + factor g (x . E_i)
inline float add_full_rank(float base, float product, FloatScale const& scale, int sign) {
    return std::fma(scale.factor * static_cast<float>(sign), product, base);
}

/// base + ((g sum_j x[j] E[i, j]) >> shift)
inline std::int64_t add_full_rank(std::int32_t base, std::int32_t product, IntegerScale const& scale, int sign) {
    return std::int64_t{base} + ((std::int64_t{sign} * product) >> scale.shift);
}

/// One stored value with its noise e: v + factor g e
inline float perturbed(float v, float e, FloatScale const& scale, int sign) {
    return std::fma(scale.factor * static_cast<float>(sign), e, v);
}

/// sat(v + ((g e) >> shift)); e may be a product of two int8 values
inline std::int8_t perturbed(std::int8_t v, int e, IntegerScale const& scale, int sign) {
    return saturate(v + ((sign * e) >> scale.shift));
}

} // namespace eggroll::kernels::reference
