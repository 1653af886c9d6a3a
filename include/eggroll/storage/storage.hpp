// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a stored scalar is: how a real number becomes one, and in what products of it are accumulated. Leaves of the
/// design's storage policy; a model chooses one through `storage_type`.

#include <eggroll/config.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll {

template <class Storage>
struct StorageTraits;

template <>
struct StorageTraits<float> {
    using accumulator_type = float;
    using gradient_type = float;         // the sum over directions that an update rule receives
    using direction_weight_type = float; // shaped fitness of one direction
    static constexpr bool integer = false;
    static constexpr char const* name = "float";
    static float from_real(float value) { return value; }
    static float to_real(float value) { return value; }
};

/// Integer storage of EGG: a value v stands for v / 16, within [-127, 127]; -128 never occurs.
template <>
struct StorageTraits<std::int8_t> {
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

/// A type that parameters can be stored in.
template <class Storage>
concept storage = requires {
    typename StorageTraits<Storage>::accumulator_type;
    typename StorageTraits<Storage>::gradient_type;
};

} // namespace eggroll
