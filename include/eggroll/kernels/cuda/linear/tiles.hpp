// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/epilogue.hpp>
#include <eggroll/kernels/cuda/linear/fragment_product.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// A matrix whose rows tensor cores multiply.
template <class Stored>
struct TileOperand {
    Stored const* data; // (row, stride)
    std::int64_t rows;
    std::int64_t stride; // elements
    bool aligned;        // every row begins at a multiple of 16 bytes

    static TileOperand of(Array2<Stored const> const& rows) {
        bool const aligned = reinterpret_cast<std::uintptr_t>(rows.data) % 16 == 0 &&
                             static_cast<std::size_t>(rows.stride) * sizeof(Stored) % 16 == 0;
        return {rows.data, rows.rows, rows.stride, aligned};
    }
};

/// y = x W^T and what the epilogue adds, a tile for each block: every warp computes 32 slots by 64 columns from
/// fragments in shared memory, where copies of the next three steps of k are under way.
///
/// Shared memory holds 64 bytes of a row, in four groups of 16, so that two rows share 128 bytes, all banks. Group c of
/// row r stands at c ^ (r / 2 mod 4): the eight rows of a matrix that is loaded (same c, consecutive r) are then in
/// eight different sixteenths of these, and so are the groups that eight neighbouring threads write (two rows, all c).
///
/// An element is summed in increasing k by fragments, the same whatever the tile and wherever it lies in it.
template <class Stored, class Epilogue, int warps_down, int warps_across>
struct LinearTiles {
    static constexpr int threads = 32 * warps_down * warps_across;
    static constexpr unsigned blocks_per_multiprocessor =
        threads == 256 ? 2 : 1; // one multiplies while the other adds noise
    static constexpr int rows = 32 * warps_down;
    static constexpr int columns = 64 * warps_across;
    static constexpr int stages = 4;
    static constexpr int row_bytes = 64;
    static constexpr int group = 16 / sizeof(Stored); // elements
    static constexpr int depth = 4 * group;           // elements of k in a stage
    static constexpr std::size_t stage_bytes = (rows + columns) * row_bytes;
    static constexpr std::size_t shared_bytes = stages * stage_bytes;

    TileOperand<Stored> x; // (row, in)
    TileOperand<Stored> w; // (out, in)
    std::int64_t in;
    Epilogue epilogue;

    KOKKOS_FUNCTION std::int64_t tiles_down() const { return (epilogue.terms.rows.slots() + rows - 1) / rows; }
    KOKKOS_FUNCTION std::int64_t tiles_across() const { return (w.rows + columns - 1) / columns; }
    std::int64_t blocks() const { return tiles_down() * tiles_across(); }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        // Blocks that run at the same time should share rows and columns: bands of 16 tiles down, within a band column
        // by column.
        constexpr std::uint32_t band = 16;
        auto const index = static_cast<std::uint32_t>(block.index());
        auto const across = static_cast<std::uint32_t>(tiles_across());
        std::uint32_t const first_of_band = index / (band * across) * band;
        std::uint32_t const left = static_cast<std::uint32_t>(tiles_down()) - first_of_band;
        std::uint32_t const height = left < band ? left : band;
        std::uint32_t const within = index - first_of_band * across;
        int const first_slot = static_cast<int>(first_of_band + within % height) * rows;
        int const first_column = static_cast<int>(within / height) * columns;

        float sums[2][8][4] = {};
        multiply(block, first_slot, first_column, sums);
        epilogue.template finish<rows, columns>(block, first_slot, first_column, block.warp() / warps_across * 32,
                                                block.warp() % warps_across * 64, shared_bytes, sums);
    }

private:
    KOKKOS_FORCEINLINE_FUNCTION static int position(int row, int group_of_row) {
        return row * row_bytes + ((group_of_row ^ (row >> 1 & 3)) << 4);
    }

    /// 16 bytes of a row, null for a row that isn't there, from element k on, of which `left` are still in the row;
    /// zeros beyond.
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void copy(Block& block, std::byte* to, TileOperand<Stored> const& from,
                                          Stored const* row, int k, int left) const {
        int const valid = row == nullptr || left < 0 ? 0 : (left < group ? left : group);
        if (from.aligned) {
            block.copy_async(to, valid > 0 ? row + k : from.data, valid * static_cast<int>(sizeof(Stored)));
        } else {
            for (int i = 0; i < group; ++i) {
                reinterpret_cast<Stored*>(to)[i] = i < valid ? row[k + i] : Stored{};
            }
        }
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void multiply(Block& block, int first_slot, int first_column,
                                              float (&sums)[2][8][4]) const {
        // This thread copies one group of every `step`-th row; `step` is a multiple of 8, so they stand alike.
        constexpr int step = threads / 4;
        constexpr int x_copies = rows / step;
        constexpr int w_copies = columns / step;
        int const row = block.thread() / 4;
        int const group_of_row = block.thread() % 4;
        Stored const* x_rows[x_copies];
        Stored const* w_rows[w_copies];
        for (int i = 0; i < x_copies; ++i) {
            std::int64_t const of_x = epilogue.terms.rows.row(first_slot + row + i * step);
            x_rows[i] = of_x < x.rows ? x.data + of_x * x.stride : nullptr;
        }
        for (int i = 0; i < w_copies; ++i) {
            std::int64_t const of_w = first_column + row + i * step;
            w_rows[i] = of_w < w.rows ? w.data + of_w * w.stride : nullptr;
        }
        int const copied = position(row, group_of_row);
        auto const features = static_cast<int>(in);
        auto const load_stage = [&](int number) {
            std::byte* const to = block.shared() + number % stages * static_cast<int>(stage_bytes) + copied;
            int const k = number * depth + group_of_row * group;
            for (int i = 0; i < x_copies; ++i) {
                copy(block, to + i * step * row_bytes, x, x_rows[i], k, features - k);
            }
            for (int i = 0; i < w_copies; ++i) {
                copy(block, to + (rows + i * step) * row_bytes, w, w_rows[i], k, features - k);
            }
        };

        int const count = (features + depth - 1) / depth;
        for (int s = 0; s < stages - 1; ++s) {
            if (s < count) {
                load_stage(s);
            }
            block.commit_copies();
        }
        for (int number = 0; number < count; ++number) {
            block.template wait_for_copies<stages - 2>();
            block.synchronize(); // the stage is there, and the one before has been read
            if (number + stages - 1 < count) {
                load_stage(number + stages - 1);
            }
            block.commit_copies();
            multiply_stage(block, block.shared() + number % stages * static_cast<int>(stage_bytes), sums);
        }
    }

    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void multiply_stage(Block& block, std::byte const* stage,
                                                    float (&sums)[2][8][4]) const {
        int const lane = block.lane();
        int const x_row = block.warp() / warps_across * 32 + lane % 16;
        int const w_row = rows + block.warp() % warps_across * 64 + lane % 8 + lane / 16 * 8;
        int const x_at = position(x_row, lane / 16);
        int const w_at = position(w_row, lane / 8 % 2);
        for (int s = 0; s < 2; ++s) { // 32 bytes of k each: groups 2 s and 2 s + 1
            std::uint32_t a[2][4];
            for (int i = 0; i < 2; ++i) {
                block.load_matrices(a[i], stage + (x_at ^ (32 * s)) + 16 * i * row_bytes);
            }
            for (int pair = 0; pair < 4; ++pair) {
                std::uint32_t b[4];
                block.load_matrices(b, stage + (w_at ^ (32 * s)) + 16 * pair * row_bytes);
                for (int i = 0; i < 2; ++i) {
                    FragmentProduct<Stored>::add(block, sums[i][2 * pair], a[i], {b[0], b[1]});
                    FragmentProduct<Stored>::add(block, sums[i][2 * pair + 1], a[i], {b[2], b[3]});
                }
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
