// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a stored scalar is: how a real number becomes one, what is computed from it, and in what products are
/// accumulated. Leaves of the design's storage policy; a model chooses one through `storage_type`. The 16-bit floats
/// have headers of their own.

#include <eggroll/config.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll {

template <class Storage>
struct StorageTraits;

namespace detail {
/// What storage types have in common whose arithmetic is float.
struct FloatTraits {
    using value_type = float; // activations, inputs, noise, members' states
    using accumulator_type = float;
    using gradient_type = float;         // the sum over directions that an update rule receives
    using direction_weight_type = float; // shaped fitness of one direction
    static constexpr bool integer = false;
};
} // namespace detail

template <>
struct StorageTraits<float> : detail::FloatTraits {
    static constexpr char const* name = "float";
    KOKKOS_FUNCTION static constexpr float from_real(float value) { return value; }
    KOKKOS_FUNCTION static constexpr float to_real(float value) { return value; }
};

/// Integer storage of EGG: a value v stands for v / 16, within [-127, 127]; -128 never occurs.
template <>
struct StorageTraits<std::int8_t> {
    using value_type = std::int8_t;
    using accumulator_type = std::int32_t;
    using gradient_type = std::int64_t;
    using direction_weight_type = std::int8_t;
    static constexpr bool integer = true;
    static constexpr char const* name = "int8";
    static constexpr float unit = 1.0F / 16.0F;
    static std::int8_t from_real(float value) {
        float const rounded = std::nearbyint(value / unit);
        return static_cast<std::int8_t>(rounded < -127.0F ? -127.0F : (rounded > 127.0F ? 127.0F : rounded));
    }
    static float to_real(std::int8_t value) { return static_cast<float>(value) * unit; }
};

/// What is computed from parameters of this storage: float for the floating types, std::int8_t for itself.
template <class Storage>
using ValueOf = typename StorageTraits<Storage>::value_type;

/// A type that parameters can be stored in.
template <class Storage>
concept storage = requires {
    typename StorageTraits<Storage>::value_type;
    typename StorageTraits<Storage>::accumulator_type;
    typename StorageTraits<Storage>::gradient_type;
};

} // namespace eggroll
