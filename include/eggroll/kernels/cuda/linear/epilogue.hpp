// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/low_rank_epilogue.hpp>
#include <eggroll/kernels/cuda/linear/pair_of_floats.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// What becomes of the sums of a tile: noise is added, and they are written. Where rows share noise, the block first
/// generates the tile's part of A into shared memory, once for all of them; a row of its own has it generated in
/// registers. Both give the same bits.
template <class FactorA>
struct LinearEpilogue {
    LowRankTerms terms;
    FactorA a;
    Array2<float> y; // (row, out)

    /// The tile at (first_slot, first_column), of which this warp has 32 by 64 at (slot, column) within. Shared memory
    /// is free.
    template <int tile_slots, int tile_columns, class Block>
    KOKKOS_FORCEINLINE_FUNCTION void finish(Block& block, int first_slot, int first_column, int slot, int column,
                                            std::size_t shared_bytes, float (&sums)[2][8][4]) const {
        int const g = block.lane() / 4;
        int const q = block.lane() % 4;
        int const upper = first_slot + slot + g;
        int const left = first_column + column;
        if constexpr (std::is_same_v<FactorA, StoredA>) {
            unrolled<2>([&](int i) { terms.add(sums[i], a, upper + 16 * i, left, q, 0, terms.rank); });
        } else if constexpr (!std::is_same_v<FactorA, NoA>) {
            if (terms.rows.members.rows_per_member == 1) {
                unrolled<2>([&](int i) { terms.add(sums[i], a, upper + 16 * i, left, q, 0, terms.rank); });
            } else {
                add_staged<tile_slots, tile_columns>(block, first_slot, first_column, upper, left, shared_bytes, sums);
            }
        }
        unrolled<2>([&](int i) { store(sums[i], upper + 16 * i, left, q); });
    }

    /// The columns of this lane in rows slot and slot + 8.
    KOKKOS_FORCEINLINE_FUNCTION void store(float const (&sums)[8][4], std::int64_t slot, std::int64_t column,
                                           int q) const {
        for (int h = 0; h < 2; ++h) {
            std::int64_t const row = terms.rows.row(slot + 8 * h);
            if (row < y.rows) {
                for (int j = 0; j < 8; ++j) {
                    store_pair(y.row(row), column + 8 * j + 2 * q, y.columns, {sums[j][2 * h], sums[j][2 * h + 1]});
                }
            }
        }
    }

private:
    template <int tile_slots, int tile_columns, class Block>
    KOKKOS_FORCEINLINE_FUNCTION void add_staged(Block& block, int first_slot, int first_column, int upper, int left,
                                                std::size_t shared_bytes, float (&sums)[2][8][4]) const {
        // Directions of the tile: slots follow directions, so those of the first and last row bound them. A row of A is
        // padded so that those of eight directions begin in different banks.
        constexpr int pitch = tile_columns + 8;
        std::uint32_t const first = terms.rows.direction(terms.rows.row(first_slot));
        std::uint32_t const last = terms.rows.direction(terms.rows.row(first_slot + tile_slots - 1));
        auto const directions = static_cast<int>(last - first + 1);
        auto const room = static_cast<int>(shared_bytes / (sizeof(float) * pitch)) / directions;
        int const at_once = room < terms.rank ? room : terms.rank;     // components
        auto* const staged = reinterpret_cast<float*>(block.shared()); // (direction, component, pitch)
        for (int component = 0; component < terms.rank; component += at_once) {
            int const components = terms.rank - component < at_once ? terms.rank - component : at_once;
            block.synchronize();                                            // what was in shared memory has been read
            constexpr int threads = tile_slots * tile_columns / 64;         // each has 64 sums
            constexpr int span = static_cast<int>(FactorA::Layout::period); // columns of four random blocks
            constexpr int units = tile_columns / span * 4;                  // random blocks of a row of A
            for (int index = block.thread(); index < directions * components * units; index += threads) {
                int const line = index / units; // a row of A
                int const q = index % 4;
                int const column = index % units / 4 * span;
                auto const direction = first + static_cast<std::uint32_t>(line / components);
                float values[span / 8][4] = {}; // A in the first two, as sums from nothing
                a.add(values, direction, component + line % components, first_column + column, q, 1.0f, 0.0f);
                float* const to = staged + (line / components * at_once + line % components) * pitch + column + 2 * q;
                for (int j = 0; j < span / 8; ++j) {
                    for (int h = 0; h < 2; ++h) {
                        to[8 * j + h] = values[j][h];
                    }
                }
            }
            block.synchronize();
            StoredA const part{staged, at_once * pitch, pitch, tile_columns, first, first_column};
            unrolled<2>([&](int i) {
                terms.add(sums[i], part, upper + 16 * i, left, block.lane() % 4, component, components);
            });
        }
    }
};

} // namespace eggroll::kernels::cuda
