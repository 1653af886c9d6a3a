// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Where in the random words an element of noise lies.
///
/// Four consecutive blocks, 16 words, make a period of 32 elements of 16 bits or 64 of 8 bits. Within a period element
/// 8 j + 2 q + h (q < 4, h < 2) is the h-th field of the j-th pair of fields of block q. So a GPU lane whose
/// accumulator fragment has the columns 8 j + 2 q + {0, 1} uses all of one block, and a CPU that computes the four
/// blocks in neighbouring lanes finds eight consecutive elements in each register.

#include <eggroll/random/philox.hpp>

#include <cstdint>

namespace eggroll {

/// A field of a block: bits [field * Bits, (field + 1) * Bits) of its four words, lowest first.
struct FieldPosition {
    std::uint32_t block = 0;
    std::uint32_t field = 0;

    friend constexpr bool operator==(FieldPosition const&, FieldPosition const&) = default;
};

template <int Bits>
struct NoiseLayout {
    static_assert(Bits == 8 || Bits == 16, "Fields have 8 or 16 bits.");
    static constexpr int fields_per_word = 32 / Bits;
    static constexpr int blocks_per_period = 4;
    static constexpr std::int64_t period = 16 * fields_per_word; // elements

    /// How many periods hold `length` elements. A column starts at a multiple of the period, so a column doesn't depend
    /// on how many follow it.
    static KOKKOS_FUNCTION constexpr std::int64_t periods(std::int64_t length) {
        return (length + period - 1) / period;
    }

    /// The position of `element` counted from the first column's beginning (padded columns).
    static KOKKOS_FUNCTION constexpr FieldPosition position(std::int64_t element) {
        auto const e = static_cast<std::uint64_t>(element);
        constexpr auto length = static_cast<std::uint64_t>(period);
        auto const within = static_cast<std::uint32_t>(e % length);
        return {static_cast<std::uint32_t>(e / length * blocks_per_period) + within % 8 / 2,
                within / 8 * 2 + within % 2};
    }

    /// The position of an element of a column of `length` elements.
    static KOKKOS_FUNCTION constexpr FieldPosition position(std::int64_t column, std::int64_t length,
                                                            std::int64_t element) {
        return position(column * periods(length) * period + element);
    }

    static KOKKOS_FUNCTION constexpr std::uint32_t field(PhiloxBlock const& block, std::uint32_t index) {
        return block.word[index / fields_per_word] >> (index % fields_per_word * Bits) & ((1u << Bits) - 1);
    }
};

} // namespace eggroll
