// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// From the unit of a distribution's values to the unit of a storage type.

#include <eggroll/random/distributions.hpp>

#include <concepts>
#include <cstdint>

namespace eggroll {

/// Noise of a source as kernels store it. To float: of unit variance, so fixed-point values (std::int8_t, unit 1/16)
/// are divided by their deviation and float values stay. To std::int8_t: fixed-point values stay, others don't compile,
/// because rounding a continuous distribution would lose its tested moments.
template <class T, class V>
KOKKOS_FUNCTION constexpr T noise_cast(V value) {
    static_assert(std::same_as<T, float> || std::same_as<T, std::int8_t>, "Noise is stored as float or std::int8_t.");
    static_assert(std::same_as<V, float> || std::same_as<V, std::int8_t>,
                  "A noise source's value_type is float (unit variance) or std::int8_t (unit 1/16).");
    if constexpr (std::same_as<T, V>) {
        return value;
    } else {
        static_assert(std::same_as<V, std::int8_t>,
                      "Integer storage needs an integer distribution such as eggroll::FixedPointGaussian.");
        constexpr auto inverse_deviation = static_cast<float>(1.0 / FixedPointGaussian::deviation);
        return static_cast<float>(value) * inverse_deviation;
    }
}

} // namespace eggroll
