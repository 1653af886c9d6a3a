// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The parts of `fill`. Noise is generated period by period (noise_layout.hpp) in two steps: the fields, in the order
/// of the elements, then the values. Fields have a function for each instruction set; values are one loop that takes
/// the instruction set of the function it is inlined into.

#include <eggroll/kernels/host/fixed_point_table.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/random/noise.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::host {

/// Periods of one parameter and factor waiting to be generated, and where their elements go. The functions take groups,
/// so there may be empty periods behind the last.
template <class T>
struct Periods {
    static constexpr int capacity = 64; // a multiple of `group`
    static constexpr int group = 8;     // the most that a function takes at a time

    PhiloxKey key;
    std::uint32_t parameter_word = 0;
    std::uint32_t generation = 0;
    int size = 0;
    alignas(16) std::uint32_t first_block[capacity]; // (period)
    alignas(16) std::uint32_t direction[capacity];   // (period)
    T* out[capacity];                                // (period)
    int count[capacity];                             // (period), elements wanted of each
};

/// Fields are std::uint8_t or std::uint16_t.
template <class Field>
using LayoutOf = NoiseLayout<8 * sizeof(Field)>;
template <class Field>
inline constexpr int period_of = static_cast<int>(LayoutOf<Field>::period);
template <class Distribution>
using field_type = std::conditional_t<Distribution::field_bits == 8, std::uint8_t, std::uint16_t>;

/// fields (period, element), for any CPU.
template <class Field, class T>
void generate_fields_scalar(Periods<T> const& periods, Field (*fields)[period_of<Field>]) {
    using Layout = LayoutOf<Field>;
    for (int i = 0; i < periods.size; ++i) {
        PhiloxBlock blocks[Layout::blocks_per_period];
        for (std::uint32_t q = 0; q < Layout::blocks_per_period; ++q) {
            blocks[q] = philox4x32_10(
                {{periods.first_block[i] + q, periods.direction[i], periods.parameter_word, periods.generation}},
                periods.key);
        }
        for (int e = 0; e < period_of<Field>; ++e) {
            FieldPosition const at = Layout::position(e);
            fields[i][e] = static_cast<Field>(Layout::field(blocks[at.block], at.field));
        }
    }
}

/// Values of FixedPointGaussian in place of its fields (period, element), for any CPU.
inline void look_up_fixed_point_scalar(std::uint8_t (*fields)[64], int size) {
    for (int i = 0; i < size; ++i) {
        for (std::uint8_t& field : fields[i]) {
            field = static_cast<std::uint8_t>(fixed_point_value(field));
        }
    }
}

/// One period of fields to stored values.
template <class Distribution, class T>
EGGROLL_ALWAYS_INLINE void store_period(field_type<Distribution> const* __restrict fields, int count,
                                        T* __restrict out) {
    for (int e = 0; e < count; ++e) {
        if constexpr (std::same_as<Distribution, FixedPointGaussian>) {
            out[e] = noise_cast<T>(static_cast<std::int8_t>(fields[e])); // looked up already
        } else {
            out[e] = noise_cast<T>(Distribution::value(fields[e]));
        }
    }
}

/// Fields (period, element) to stored values, where the list wants them.
template <class Distribution, class T, class Field>
EGGROLL_ALWAYS_INLINE void store_periods(Periods<T> const& periods, Field const (*fields)[period_of<Field>]) {
    constexpr int period = period_of<Field>;
    for (int i = 0; i < periods.size; ++i) {
        if (periods.count[i] == period) { // a constant count, for a loop without tail
            store_period<Distribution>(fields[i], period, periods.out[i]);
        } else {
            alignas(64) T partial[period];
            store_period<Distribution>(fields[i], period, partial);
            std::copy_n(partial, periods.count[i], periods.out[i]);
        }
    }
}

} // namespace eggroll::kernels::host
