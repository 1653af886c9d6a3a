// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/update/components.hpp>
#include <eggroll/kernels/cuda/update/factors.hpp>
#include <eggroll/kernels/cuda/update/rule.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// A lane's 4 x 4 fragments of a warp's 64 x 32 elements. Fragment rows are dealt out so that four neighbouring words
/// of shared memory belong to four fragments: sum[i][j][2 h + e] is of row 32 h + 4 g + i, column 8 q + 4 e + j.
template <class Sum>
struct TileSums {
    Sum sum[4][4][4];

    /// use(row of the tile, column of the tile, its sum and those of the three columns after it)
    template <class Use>
    KOKKOS_FORCEINLINE_FUNCTION void for_each_four(int thread, Use const& use) {
        int const warp = thread / 32;
        int const g = thread % 32 / 4;
        int const q = thread % 4;
        for (int i = 0; i < 4; ++i) {
            for (int h = 0; h < 2; ++h) {
                for (int e = 0; e < 2; ++e) {
                    int const at = 2 * h + e;
                    Sum four[4] = {sum[i][0][at], sum[i][1][at], sum[i][2][at], sum[i][3][at]};
                    use(warp / 4 * 64 + 32 * h + 4 * g + i, warp % 4 * 32 + 8 * q + 4 * e, four);
                    for (int j = 0; j < 4; ++j) {
                        sum[i][j][at] = four[j];
                    }
                }
            }
        }
    }
};

template <class T>
struct alignas(16) FourWords {
    T word[4];
};

/// Where a block's tile is in the region, and whose components it sums.
struct TilePosition {
    unsigned slot;
    unsigned row;
    unsigned column;
};

/// The sums of all directions are complete after this chunk: they go to the rule.
template <class Weight, class Rule>
struct ApplyToTile {
    using Chunk = typename ComponentsOf<Weight>::sum_type;
    static constexpr bool continues = false;

    Rule rule;
    WeightScale const* scale; // of float weights
    std::int64_t first_row;   // of the region, in the parameter
    std::int64_t first_column;
    std::int64_t end_row; // of what is wanted
    std::int64_t columns; // of the parameter
    Tally* of_block;      // (block)

    template <class Block>
    KOKKOS_FUNCTION void finish(Block& block, TileSums<Chunk>& sums, TilePosition const& at) const {
        constexpr int stride = UpdateTile::columns + 4;
        static_assert(sizeof(Chunk) * UpdateTile::rows * stride <= UpdateTile::shared_bytes);
        auto* const shared = reinterpret_cast<Chunk*>(block.shared()); // (row, column)
        block.synchronize();                                           // all have read their operands
        sums.for_each_four(block.thread(), [&](int row, int column, Chunk const(&four)[4]) {
            *reinterpret_cast<FourWords<Chunk>*>(shared + row * stride + column) = {four[0], four[1], four[2], four[3]};
        });
        block.synchronize();
        Chunk up{1};
        if constexpr (std::is_same_v<Weight, float>) {
            up = scale->up;
        }
        constexpr int warps = 8;
        Tally tally;
        for (int row = block.warp(); row < UpdateTile::rows; row += 2 * warps) { // two rows of four lines of lanes
            std::int64_t const parameter_row = first_row + at.row + row;
            std::int64_t const parameter_column = first_column + at.column + block.lane();
            std::int64_t const first = parameter_row * columns + parameter_column;
            apply_rule<8>(
                rule,
                [&](int i) {
                    return parameter_row + i / 4 * warps < end_row && parameter_column + i % 4 * 32 < columns;
                },
                [&](int i) { return first + i / 4 * warps * columns + i % 4 * 32; },
                [&](int i) {
                    Chunk const sum = shared[(row + i / 4 * warps) * stride + i % 4 * 32 + block.lane()];
                    return static_cast<UpdateSum<Weight>>(sum * up);
                },
                tally);
        }
        keep_tally<Rule, 32 * warps>(block, tally, of_block);
    }
};

/// The sums go to memory, one plane for each slot, or continue what is there.
template <class Weight>
struct KeepTile {
    using Chunk = typename ComponentsOf<Weight>::sum_type;
    static constexpr bool continues = true;

    Chunk* sums;          // (slot, row, column)
    std::int64_t plane;   // elements of a slot
    std::int64_t columns; // of the region
    bool from_zero;

    template <class Block>
    KOKKOS_FUNCTION void begin(Block& block, TileSums<Chunk>& tile, TilePosition const& position) const {
        if (!from_zero) {
            tile.for_each_four(block.thread(), [&](int row, int column, Chunk(&four)[4]) {
                auto const kept = *at(position, row, column);
                for (int j = 0; j < 4; ++j) {
                    four[j] = kept.word[j];
                }
            });
        }
    }
    template <class Block>
    KOKKOS_FUNCTION void finish(Block& block, TileSums<Chunk>& tile, TilePosition const& position) const {
        tile.for_each_four(block.thread(), [&](int row, int column, Chunk const(&four)[4]) {
            *at(position, row, column) = {four[0], four[1], four[2], four[3]};
        });
    }

private:
    KOKKOS_FORCEINLINE_FUNCTION FourWords<Chunk>* at(TilePosition const& position, int row, int column) const {
        std::int64_t const first = position.slot * plane + position.row * columns + position.column;
        return reinterpret_cast<FourWords<Chunk>*>(sums + first + row * columns + column);
    }
};

/// sum over the components of a chunk of w A B, for tiles of a region; each slot has components of its own. An element
/// adds its components in their order, in groups of one tensor-core product, whatever tile, slot or chunk they are in.
template <class Weight, class Finish>
struct UpdateProduct {
    static constexpr int threads = 256;
    static constexpr unsigned blocks_per_multiprocessor = 2; // one waits for optimizer state while another multiplies
    using Components = ComponentsOf<Weight>;
    using Chunk = typename Components::sum_type;

    std::uint32_t const* a; // (tile, word, row)
    std::uint32_t const* b; // (tile, word, column)
    std::int64_t rows;      // of the region, a multiple of the tile's; so are
    std::int64_t columns;
    std::int64_t words;          // of the chunk, a multiple of the stage's; so are
    std::int64_t words_per_slot; // of all slots but the last
    Finish finish;

    std::int64_t slots() const { return (words + words_per_slot - 1) / words_per_slot; }
    std::int64_t blocks() const { return slots() * (rows / UpdateTile::rows) * (columns / UpdateTile::columns); }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto const index = static_cast<unsigned>(block.index());
        auto const tile_columns = static_cast<unsigned>(columns / UpdateTile::columns);
        unsigned const tiles = static_cast<unsigned>(rows / UpdateTile::rows) * tile_columns;
        TilePosition const at{index / tiles, index % tiles / tile_columns * UpdateTile::rows,
                              index % tile_columns * UpdateTile::columns};
        std::int64_t const first = at.slot * words_per_slot;
        std::int64_t const of_slot = words - first < words_per_slot ? words - first : words_per_slot;
        auto const stages = static_cast<int>(of_slot / UpdateTile::words);
        constexpr int tile_words = UpdateTile::rows; // of each word of the tile's elements
        std::uint32_t const* from_a = a + at.row * words + first * tile_words + 4 * block.thread();
        std::uint32_t const* from_b = b + at.column * words + first * tile_words + 4 * block.thread();

        TileSums<Chunk> sums{};
        if constexpr (Finish::continues) {
            finish.begin(block, sums, at);
        }
        // Each word's 128 elements are 32 pieces of 16 bytes: a warp copies them.
        auto const copy_stage = [&](int stage) {
            if (stage < stages) {
                std::uint32_t* const to =
                    memory_of(block, stage) + block.warp() * UpdateTile::stride + 4 * block.lane();
                constexpr int warps = threads / 32;
                for (int word = 0; word < UpdateTile::words; word += warps) {
                    block.copy_async(to + word * UpdateTile::stride, from_a + word * tile_words);
                    block.copy_async(to + (UpdateTile::words + word) * UpdateTile::stride, from_b + word * tile_words);
                }
            }
            block.commit_copies();
            from_a += UpdateTile::words * tile_words;
            from_b += UpdateTile::words * tile_words;
        };
        for (int stage = 0; stage < UpdateTile::stages - 1; ++stage) {
            copy_stage(stage);
        }
        for (int stage = 0; stage < stages; ++stage) {
            block.template wait_for_copies<UpdateTile::stages - 2>();
            block.synchronize(); // the stage is there, and its predecessor's memory is free
            copy_stage(stage + UpdateTile::stages - 1);
            multiply_stage(block, memory_of(block, stage), sums);
        }
        block.template wait_for_copies<0>();
        finish.finish(block, sums, at);
    }

private:
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t* memory_of(Block& block, int stage) {
        return reinterpret_cast<std::uint32_t*>(block.shared()) + stage % UpdateTile::stages * UpdateTile::stage_words;
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void multiply_stage(Block& block, std::uint32_t const* memory,
                                                           TileSums<Chunk>& sums) {
        using Four = FourWords<std::uint32_t>;
        int const g = block.lane() / 4;
        int const q = block.lane() % 4;
        std::uint32_t const* const left = memory + q * UpdateTile::stride + block.warp() / 4 * 64 + 4 * g;
        std::uint32_t const* const right =
            memory + (UpdateTile::words + q) * UpdateTile::stride + block.warp() % 4 * 32 + 4 * g;
        for (int step = 0; step < UpdateTile::words / 8; ++step) {
            auto const four = [&](std::uint32_t const* from, int word, int element) {
                return *reinterpret_cast<Four const*>(from + (8 * step + word) * UpdateTile::stride + element);
            };
            Four const a_low[2] = {four(left, 0, 0), four(left, 0, 32)};
            Four const a_high[2] = {four(left, 4, 0), four(left, 4, 32)};
            Four const b_low = four(right, 0, 0);
            Four const b_high = four(right, 4, 0);
            for (int i = 0; i < 4; ++i) {
                std::uint32_t const rows_of_a[4] = {a_low[0].word[i], a_low[1].word[i], a_high[0].word[i],
                                                    a_high[1].word[i]};
                for (int j = 0; j < 4; ++j) {
                    std::uint32_t const columns_of_b[2] = {b_low.word[j], b_high.word[j]};
                    Components::multiply(block, sums.sum[i][j], rows_of_a, columns_of_b);
                }
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
