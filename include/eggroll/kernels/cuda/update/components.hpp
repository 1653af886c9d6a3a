// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The operands of the update's tensor-core product: words of neighbouring components of one element of a factor,
/// stored (tile, word, element). One layout serves both types: word q of a product's eight is what lane (g, q) of a
/// fragment takes.
///
/// Floats are rounded to half: noise is of the order of 1, and weights are scaled by a power of two
/// (update_factors.hpp) so that the range of half suffices. Each factor is then off by 2^-11 at most, as in tf32
/// products, at the rate of 16-bit ones: an element's sum is within 2^-10 sum |w A B| of the exact one plus the
/// roundings of float sums. The errors of directions are unrelated, so they add up to about 3e-4 of the sum's own
/// deviation, which is itself noise of the estimate. Integers are exact.

#include <eggroll/config.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

struct HalfComponents {
    static constexpr int per_word = 2;
    using sum_type = float;

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t pack(Block& block, float const (&value)[per_word]) {
        return block.pack_half(value[0], value[1]);
    }
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void multiply(Block& block, float (&sum)[4], std::uint32_t const (&a)[4],
                                                     std::uint32_t const (&b)[2]) {
        block.multiply_half(sum, a, b);
    }
};

struct Int8Components {
    static constexpr int per_word = 4;
    using sum_type = std::int32_t;

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t pack(Block&, std::int8_t const (&value)[per_word]) {
        std::uint32_t word = 0;
        for (int i = 0; i < per_word; ++i) {
            word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(value[i])) << (8 * i);
        }
        return word;
    }
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void multiply(Block& block, std::int32_t (&sum)[4], std::uint32_t const (&a)[4],
                                                     std::uint32_t const (&b)[2]) {
        block.multiply_int8(sum, a, b);
    }
};

template <class Weight>
using ComponentsOf = std::conditional_t<std::is_same_v<Weight, float>, HalfComponents, Int8Components>;

/// What a block of the product computes, and what it holds in shared memory meanwhile.
struct UpdateTile {
    static constexpr int rows = 128;
    static constexpr int columns = 128;
    static constexpr int words = 16; // of each element in a stage
    static constexpr int stages = 4;
    static constexpr int stride = 136; // from word to word: reads of a fragment meet every bank once
    static constexpr int stage_words = 2 * words * stride;
    static constexpr std::size_t shared_bytes = std::size_t{4} * stages * stage_words;
};

} // namespace eggroll::kernels::cuda
