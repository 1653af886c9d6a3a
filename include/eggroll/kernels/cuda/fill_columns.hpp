// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Noise of columns, a random block for each thread: four neighbouring threads have the four blocks of a period, whose
/// elements 8 j + 2 q + {0, 1} are those of thread q, so that each store of a warp writes whole sectors.
template <class Distribution, class T>
struct FillColumns {
    static constexpr int threads = 256;
    using Layout = NoiseLayout<Distribution::field_bits>;

    NoiseStream<Distribution> source;
    std::uint32_t parameter;
    Factor factor;
    std::int64_t first_direction;
    std::int64_t all_columns; // of all directions
    std::int64_t first_column;
    std::int64_t columns; // of a direction
    std::int64_t length;
    T* out; // (direction, column, element)

    KOKKOS_FUNCTION std::int64_t random_blocks() const {
        return all_columns * Layout::periods(length) * Layout::blocks_per_period;
    }
    std::int64_t blocks() const { return (random_blocks() + threads - 1) / threads; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const index = block.index() * threads + block.thread();
        if (index >= random_blocks()) {
            return;
        }
        std::int64_t const per_column = Layout::periods(length) * Layout::blocks_per_period;
        std::int64_t const column = index / per_column; // of all
        std::int64_t const random_block = index % per_column;
        std::int64_t const first_of_direction = (first_column + column % columns) * per_column;
        PhiloxBlock const words =
            philox4x32_10(source.counter(parameter, factor, first_direction + column / columns,
                                         static_cast<std::uint32_t>(first_of_direction + random_block)),
                          source.key);
        std::int64_t const first = random_block / 4 * Layout::period + random_block % 4 * 2;
        T* const to = out + column * length;
        for (int pair = 0; pair < Layout::period / 8; ++pair) {
            for (int h = 0; h < 2; ++h) {
                std::int64_t const element = first + pair * 8 + h;
                if (element < length) {
                    auto const field = Layout::field(words, static_cast<std::uint32_t>(2 * pair + h));
                    to[element] = noise_cast<T>(Distribution::value(field));
                }
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
