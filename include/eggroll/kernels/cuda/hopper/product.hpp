// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/hopper/tensor_map.hpp>
#include <eggroll/kernels/cuda/hopper/tile_operand.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// The product x W^T of 16-bit matrices by Hopper's tensor cores, in tiles of 128 x 256 that `finish` takes as
/// fragments. A block stays and works through tiles: one thread copies operands into a ring of stages, two warpgroups
/// multiply, 64 rows of the tile each. While they finish a tile, the copies for the next go on.
///
/// A step of 64 columns copies 48 KiB for 2 M multiplications, 1024 cycles of the tensor cores: four stages are under
/// way, over two microseconds of them. An element's sum runs over the columns in their order, whatever the grid.
template <class Stored, class Finish>
struct HopperProduct {
    static constexpr int threads = 384;
    static constexpr unsigned blocks_per_multiprocessor = 1; // setmaxnreg wants it said
    static constexpr int tile_rows = 128;
    static constexpr int tile_columns = 256;
    static constexpr int step = 64; // columns of x and W, 128 bytes
    static constexpr int stages = 4;
    static constexpr int x_bytes = tile_rows * 128;
    static constexpr int stage_bytes = x_bytes + tile_columns * 128;
    static constexpr std::size_t shared_bytes = stages * stage_bytes + 2 * stages * sizeof(SharedBarrier);

    TensorMap x;        // (row, in), tiles of tile_rows
    TensorMap w;        // (out, in), tiles of tile_columns
    std::int64_t steps; // that cover `in`, at least Finish::preparations
    std::int64_t row_tiles;
    std::int64_t column_tiles;
    /// finish(sums, prepared, row, column, q): sums[i][j] are those of rows `row` and `row` + 8 and columns
    /// column + 64 i + 8 j + 2 q + {0, 1}. What it can compute without them, `finish.prepare` does during the first
    /// steps, a part in each, if `finish.prepares()`.
    Finish finish;

    KOKKOS_FUNCTION std::int64_t tiles() const { return row_tiles * column_tiles; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const full = reinterpret_cast<SharedBarrier*>(block.shared() + stages * stage_bytes);
        SharedBarrier* const empty = full + stages;
        if (block.thread() == 0) {
            for (int stage = 0; stage < stages; ++stage) {
                block.initialize(full + stage, 1);
                block.initialize(empty + stage, 8); // the multiplying warps
            }
            block.fence_barriers();
        }
        block.synchronize();
        if (block.warp() < 4) {
            block.template give_registers<24>(); // of 168; 128 of 240 hold a multiplying thread's sums
            if (block.thread() == 0) {
                copy(block, full, empty);
            }
        } else {
            block.template take_registers<240>();
            multiply(block, full, empty);
        }
    }

private:
    /// Which stage of the ring comes next, and the parity of its phase.
    struct Position {
        int stage = 0;
        int parity = 0;

        KOKKOS_FORCEINLINE_FUNCTION void advance() {
            if (++stage == stages) {
                stage = 0;
                parity ^= 1;
            }
        }
    };
    struct Tile {
        std::int64_t row;    // first
        std::int64_t column; // first
    };

    /// Tiles at work at the same time make about a square, so that each operand is read by many of them from the cache:
    /// in bands of 16 tiles of rows, columns of tiles one after another.
    KOKKOS_FORCEINLINE_FUNCTION Tile tile(std::int64_t index) const {
        constexpr std::int64_t band = 16;
        std::int64_t const first = index / (band * column_tiles) * band;
        std::int64_t const height = row_tiles - first < band ? row_tiles - first : band;
        std::int64_t const within = index - first * column_tiles;
        return {(first + within % height) * tile_rows, within / height * tile_columns};
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void copy(Block& block, SharedBarrier* full, SharedBarrier* empty) const {
        Position at;
        for (std::int64_t index = block.index(); index < tiles(); index += block.count()) {
            Tile const to = tile(index);
            for (std::int64_t i = 0; i < steps; ++i) {
                block.wait(empty + at.stage, at.parity ^ 1); // the first time round at once
                block.arrive_expecting(full + at.stage, stage_bytes);
                std::byte* const stage = block.shared() + at.stage * stage_bytes;
                int const column = static_cast<int>(i) * step;
                block.copy_tile(stage, x, static_cast<int>(to.row), column, full + at.stage);
                block.copy_tile(stage + x_bytes, w, static_cast<int>(to.column), column, full + at.stage);
                at.advance();
            }
        }
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void multiply(Block& block, SharedBarrier* full, SharedBarrier* empty) const {
        int const group = block.warp() / 4 - 1; // which half of a tile's rows
        int const q = block.lane() % 4;
        Position at;
        for (std::int64_t index = block.index(); index < tiles(); index += block.count()) {
            Tile const from = tile(index);
            std::int64_t const row = from.row + group * 64 + block.warp() % 4 * 16 + block.lane() / 4;
            float sums[4][8][4];
            std::int64_t i = 0;
            auto const next_step = [&](auto const& meanwhile) {
                std::byte const* const stage = block.shared() + at.stage * stage_bytes;
                block.wait(full + at.stage, at.parity);
                block.begin_products();
                for (int k = 0; k < 4; ++k) {
                    add_product(block, sums, block.operand(stage + group * (x_bytes / 2), 32 * k),
                                block.operand(stage + x_bytes, 32 * k), i + k > 0);
                }
                block.commit_products();
                meanwhile();
                block.template wait_for_products<1>();
                if (i > 0) { // the products before these have read their stage
                    release(block, empty + (at.stage + stages - 1) % stages);
                }
                at.advance();
                ++i;
            };
            typename Finish::Prepared prepared;
            if (finish.prepares()) {
                unrolled<Finish::preparations>([&](int part) {
                    next_step([&] { finish.prepare(prepared[part], row, from.column + 64 * part, q); });
                });
            }
            while (i < steps) {
                next_step([] {});
            }
            block.wait_for_products(sums);
            release(block, empty + (at.stage + stages - 1) % stages);
            finish(sums, prepared, row, from.column, q);
        }
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void release(Block& block, SharedBarrier* empty) {
        if (block.lane() == 0) {
            block.arrive(empty);
        }
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void add_product(Block& block, float (&sums)[4][8][4], std::uint64_t rows,
                                                        std::uint64_t columns, bool add) {
        if constexpr (tensor_element<Stored> == TensorElement::half) {
            block.multiply_tiles_half(sums, rows, columns, add);
        } else {
            block.multiply_tiles_bfloat16(sums, rows, columns, add);
        }
    }
};

} // namespace eggroll::kernels::cuda
