// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Noise sources for kernel tests: any trivially copyable type with `value` will do, so kernels can't lean on the
/// library's own generator.

#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::testing {

/// A hash (the finaliser of splitmix64) of everything that a value depends on.
KOKKOS_INLINE_FUNCTION std::uint64_t hash(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/// Uniform noise: float in [-2, 2); int8 in [-127, 127], or +-127 alone when `extreme`.
template <class Value>
struct HashNoise {
    using value_type = Value;
    std::uint64_t seed = 0;
    bool extreme = false;

    KOKKOS_FUNCTION Value value(std::uint32_t parameter, Factor factor, std::int64_t direction, std::int64_t column,
                                std::int64_t length, std::int64_t element) const {
        std::uint64_t bits = hash(seed + parameter);
        bits = hash(bits + static_cast<std::uint64_t>(factor));
        bits = hash(bits + static_cast<std::uint64_t>(direction));
        bits = hash(bits + static_cast<std::uint64_t>(column));
        bits = hash(bits + static_cast<std::uint64_t>(length));
        bits = hash(bits + static_cast<std::uint64_t>(element));
        if constexpr (std::is_same_v<Value, float>) {
            return static_cast<float>(bits >> 40) * 0x1p-22f - 2.0f;
        } else {
            int const drawn = static_cast<int>((bits >> 32) % 255) - 127;
            return static_cast<Value>(extreme ? (drawn < 0 ? -127 : 127) : drawn);
        }
    }
};

} // namespace eggroll::testing
