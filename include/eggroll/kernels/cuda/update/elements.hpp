// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The update of noise that is no product of factors: a thread sums the elements of one random block, so that each
/// block is generated once and nothing but sums is stored. The generator is the limit, about 25 operations an element.

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/cuda/update/rule.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands_update.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

KOKKOS_FORCEINLINE_FUNCTION float add_weighted(float sum, float weight, float e) {
    return multiply_add(weight, e, sum);
}
KOKKOS_FORCEINLINE_FUNCTION std::int32_t add_weighted(std::int32_t sum, std::int8_t weight, std::int8_t e) {
    return sum + weight * e;
}
KOKKOS_FORCEINLINE_FUNCTION float add_weighted(float sum, float weight, float u1, float u2) {
    return multiply_add(weight * u1, u2, sum);
}
KOKKOS_FORCEINLINE_FUNCTION std::int32_t add_weighted(std::int32_t sum, std::int8_t weight, std::int8_t u1,
                                                      std::int8_t u2) {
    return sum + weight * u1 * u2;
}

/// What a direction adds to the elements of a random block of a row, by kind of noise.
template <class Update>
struct BlockOfNoise;

template <class DistributionA, class DistributionB, class Weight>
struct BlockOfNoise<FullRankUpdate<NoiseStream<DistributionA, DistributionB>, Weight>> {
    static constexpr bool whole_blocks = true;
    using Layout = NoiseLayout<DistributionA::field_bits>;
    static constexpr int elements = static_cast<int>(Layout::period) / 4;

    template <class Update, class Sum>
    KOKKOS_FORCEINLINE_FUNCTION static void add(Update const& update, std::int64_t direction, std::uint32_t block,
                                                Sum (&sums)[elements]) {
        Weight const weight = update.weights[direction];
        PhiloxBlock const random =
            philox4x32_10(update.source.counter(update.parameter, Factor::full, direction, block), update.source.key);
        unrolled<elements>([&](int i) {
            auto const field = Layout::field(random, static_cast<std::uint32_t>(i));
            sums[i] = add_weighted(sums[i], weight, noise_cast<Weight>(DistributionA::value(field)));
        });
    }
};

template <class DistributionA, class DistributionB, class Weight>
struct BlockOfNoise<ProductUpdate<NoiseStream<DistributionA, DistributionB>, Weight>> {
    /// Two distributions of different fields don't have the same elements in a block.
    static constexpr bool whole_blocks = DistributionA::field_bits == DistributionB::field_bits;
    using Layout = NoiseLayout<DistributionA::field_bits>;
    static constexpr int elements = static_cast<int>(Layout::period) / 4;

    template <class Update, class Sum>
    KOKKOS_FORCEINLINE_FUNCTION static void add(Update const& update, std::int64_t direction, std::uint32_t block,
                                                Sum (&sums)[elements]) {
        Weight const weight = update.weights[direction];
        auto const& source = update.source;
        PhiloxBlock const first =
            philox4x32_10(source.counter(update.parameter, Factor::a, direction, block), source.key);
        PhiloxBlock const second =
            philox4x32_10(source.counter(update.parameter, Factor::b, direction, block), source.key);
        unrolled<elements>([&](int i) {
            auto const u1 = DistributionA::value(Layout::field(first, static_cast<std::uint32_t>(i)));
            auto const u2 = DistributionB::value(Layout::field(second, static_cast<std::uint32_t>(i)));
            sums[i] = add_weighted(sums[i], weight, noise_cast<Weight>(u1), noise_cast<Weight>(u2));
        });
    }
};

/// Noise whose random blocks are used whole.
template <class Update>
concept noise_of_whole_blocks = requires {
    requires BlockOfNoise<Update>::whole_blocks;
};

/// Directions of a segment: int32 can't wrap.
inline constexpr std::int64_t update_segment = 1024;

/// Sums over segments of directions, to which the segments' own sums are added in their order. A thread has all
/// segments of its elements and hands the totals to the rule; or, where there are few elements, one segment, whose sums
/// it keeps for AddSegments.
template <class Update, class Rule, bool one_segment>
struct UpdateElements {
    static constexpr int threads = 128;
    using Noise = BlockOfNoise<Update>;
    using Layout = typename Noise::Layout;
    using Weight = typename Update::weight_type;
    using Sum = UpdateSum<Weight>;
    using Chunk = std::conditional_t<std::is_same_v<Weight, float>, float, std::int32_t>;

    Update update;
    std::int64_t first_row;
    std::int64_t rows;
    std::int64_t first_segment; // one_segment: of `segments`
    std::int64_t segments;
    Chunk* sums; // one_segment: (segment, row, padded column)
    Rule rule;
    Tally* of_block; // (block)

    KOKKOS_FUNCTION std::int64_t padded_columns() const { return Layout::periods(update.columns()) * Layout::period; }
    KOKKOS_FUNCTION std::int64_t blocks_of_row() const { return padded_columns() / Noise::elements; }
    KOKKOS_FUNCTION std::int64_t items() const { return rows * blocks_of_row() * (one_segment ? segments : 1); }
    std::int64_t blocks() const { return (items() + threads - 1) / threads; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const item = block.index() * threads + block.thread();
        std::int64_t const row = item / blocks_of_row() % rows;
        std::int64_t const of_row = item % blocks_of_row();
        auto const random_block = static_cast<std::uint32_t>((first_row + row) * blocks_of_row() + of_row);
        std::int64_t const first = of_row / 4 * Layout::period + of_row % 4 * 2;
        auto const column = [&](int i) { return first + i / 2 * 8 + i % 2; };
        if constexpr (one_segment) {
            std::int64_t const which = item / blocks_of_row() / rows;
            if (which < segments) {
                Chunk chunk[Noise::elements] = {};
                add_segment(first_segment + which, random_block, chunk);
                Chunk* const to = sums + (which * rows + row) * padded_columns();
                unrolled<Noise::elements>([&](int i) { to[column(i)] = chunk[i]; });
            }
        } else {
            Sum total[Noise::elements] = {};
            if (item < items()) {
                for (std::int64_t which = 0; which < segments; ++which) {
                    Chunk chunk[Noise::elements] = {};
                    add_segment(which, random_block, chunk);
                    unrolled<Noise::elements>([&](int i) { total[i] += chunk[i]; });
                }
            }
            Tally tally;
            apply_rule<Noise::elements>(
                rule, [&](int i) { return item < items() && column(i) < update.columns(); },
                [&](int i) { return (first_row + row) * update.columns() + column(i); },
                [&](int i) { return total[i]; }, tally);
            keep_tally<Rule, threads>(block, tally, of_block);
        }
    }

private:
    KOKKOS_FUNCTION void add_segment(std::int64_t which, std::uint32_t random_block,
                                     Chunk (&chunk)[Noise::elements]) const {
        std::int64_t const begin = which * update_segment;
        std::int64_t const end =
            begin + update_segment < update.directions ? begin + update_segment : update.directions;
        for (std::int64_t direction = begin; direction < end; ++direction) {
            Noise::add(update, direction, random_block, chunk);
        }
    }
};

} // namespace eggroll::kernels::cuda
