// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The factors of the update's product, generated once for many tiles: at 8192 x 8192 and 128 x 128 tiles each element
/// would otherwise be generated 64 times, which costs more than the product.

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/cuda/update/components.hpp>
#include <eggroll/random/noise.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// Powers of two, inverse to each other: float weights times `down` are below 2^11 and the largest is at least 2^10, so
/// that they and their products with noise, half down to 2^-25 of the largest without loss, don't leave its range.
struct WeightScale {
    float down;
    float up;
};

/// Finds the scale of all weights; one block.
struct FindWeightScale {
    static constexpr int threads = 1024;
    static constexpr std::size_t shared_bytes = threads / 32 * sizeof(float);

    float const* weights; // (direction)
    std::int64_t directions;
    WeightScale* scale;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        float largest = 0;
        for (std::int64_t d = block.thread(); d < directions; d += threads) {
            largest = ::fmaxf(largest, ::fabsf(weights[d]));
        }
        auto* const of_warp = reinterpret_cast<float*>(block.shared());
        for (int mask = 16; mask > 0; mask /= 2) {
            largest = ::fmaxf(largest, block.shuffle_xor(largest, mask));
        }
        if (block.lane() == 0) {
            of_warp[block.warp()] = largest;
        }
        block.synchronize();
        if (block.thread() == 0) {
            for (int warp = 1; warp < threads / 32; ++warp) {
                largest = ::fmaxf(largest, of_warp[warp]);
            }
            // Exponents with their bias of 127. The bound keeps the inverse normal.
            std::uint32_t const exponent = __builtin_bit_cast(std::uint32_t, largest) >> 23;
            std::uint32_t const down = exponent < 11 ? 253 : 264 - exponent;
            *scale = {__builtin_bit_cast(float, down << 23), __builtin_bit_cast(float, (254 - down) << 23)};
        }
    }
};

/// Some elements of a factor, of whole tiles: a factor's end may lie within, and what is beyond it has no meaning.
struct FactorStrip {
    std::int64_t length;  // of the factor's columns
    std::int64_t first;   // element, a multiple of the tile
    std::int64_t count;   // of elements, a multiple of the tile
    std::uint32_t* words; // (tile, word, element of the tile): what a block of the product reads is in one piece
};

/// Writes strips of w A and of B for a chunk of components, numbered direction x rank + k. Components from `components`
/// on are zero in A. A thread has one random block of each component of a word.
template <class DistributionA, class DistributionB, class Weight>
struct GenerateFactors {
    static constexpr int threads = 128;
    using Components = ComponentsOf<Weight>;

    NoiseStream<DistributionA, DistributionB> source;
    std::uint32_t parameter;
    std::int64_t rank;
    Weight const* weights;    // (direction)
    WeightScale const* scale; // of float weights
    std::int64_t components;  // of all directions
    std::int64_t first_component;
    std::int64_t words; // of the chunk
    FactorStrip a;
    FactorStrip b;

    template <class Distribution>
    KOKKOS_FUNCTION static std::int64_t random_blocks(FactorStrip const& strip) {
        using Layout = NoiseLayout<Distribution::field_bits>;
        return strip.count / Layout::period * Layout::blocks_per_period;
    }
    KOKKOS_FUNCTION std::int64_t items_of_a() const { return words * random_blocks<DistributionA>(a); }
    KOKKOS_FUNCTION std::int64_t items() const { return items_of_a() + words * random_blocks<DistributionB>(b); }
    std::int64_t blocks() const { return (items() + threads - 1) / threads; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const item = block.index() * threads + block.thread();
        if (item < items_of_a()) {
            generate<DistributionA, Factor::a>(block, a, item);
        } else if (item < items()) {
            generate<DistributionB, Factor::b>(block, b, item - items_of_a());
        }
    }

private:
    struct alignas(8) TwoElements {
        std::uint32_t word[2];
    };

    template <class Distribution, Factor factor, class Block>
    KOKKOS_FUNCTION void generate(Block& block, FactorStrip const& strip, std::int64_t item) const {
        using Layout = NoiseLayout<Distribution::field_bits>;
        constexpr int per_word = Components::per_word;
        std::int64_t const blocks_of_word = random_blocks<Distribution>(strip);
        std::int64_t const word = item / blocks_of_word;
        std::int64_t const random_block = item % blocks_of_word;
        std::int64_t const blocks_of_column = Layout::periods(strip.length) * Layout::blocks_per_period;
        std::int64_t const first = strip.first / Layout::period * Layout::blocks_per_period + random_block;
        std::int64_t const component = first_component + word * per_word;
        std::int64_t direction = component / rank;
        std::int64_t column = component % rank;
        PhiloxBlock random[per_word];
        Weight weight[per_word];
        for (int i = 0; i < per_word; ++i) {
            weight[i] = factor == Factor::a && component + i < components ? weights[direction] : Weight{0};
            random[i] = philox4x32_10(source.counter(parameter, factor, direction,
                                                     static_cast<std::uint32_t>(column * blocks_of_column + first)),
                                      source.key);
            if (++column == rank) {
                column = 0;
                ++direction;
            }
        }
        if constexpr (std::is_same_v<Weight, float> && factor == Factor::a) {
            float const down = scale->down;
            for (int i = 0; i < per_word; ++i) {
                weight[i] *= down;
            }
        }
        constexpr int tile = UpdateTile::rows;
        static_assert(tile == UpdateTile::columns && tile % Layout::period == 0);
        std::int64_t const element = random_block / 4 * Layout::period + random_block % 4 * 2;
        std::uint32_t* const to = strip.words + (element / tile * words + word) * tile + element % tile;
        unrolled<static_cast<int>(Layout::period / 8)>([&](int pair) {
            TwoElements both;
            for (int h = 0; h < 2; ++h) {
                Weight value[per_word];
                for (int i = 0; i < per_word; ++i) {
                    auto const field = Layout::field(random[i], static_cast<std::uint32_t>(2 * pair + h));
                    value[i] = noise_cast<Weight>(Distribution::value(field));
                    if (factor == Factor::a) {
                        value[i] = static_cast<Weight>(weight[i] * value[i]);
                    }
                }
                both.word[h] = Components::pack(block, value);
            }
            *reinterpret_cast<TwoElements*>(to + 8 * pair) = both;
        });
    }
};

} // namespace eggroll::kernels::cuda
