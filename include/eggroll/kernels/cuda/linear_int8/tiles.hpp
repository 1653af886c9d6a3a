// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The int8 perturbed product on tensor cores: exact, so the order of sums is free. Two kernels: the projections
/// t = x . B of every row, which read each row once (memory-bound), and the product, whose epilogue adds the noise.
///
/// A block multiplies a tile of rows by a tile of outputs, 64 inputs at a time, four steps deep in shared memory. The
/// tile of 128 x 128 takes 64 (16) tensor instructions for 12 fragment loads a step and warp; its epilogue costs about
/// 8 operations an output and rank, against 8 tensor instructions of 32 lanes for 256 outputs at 256 inputs.

#include <eggroll/kernels/cuda/linear_int8/fragments.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// t (row, component) = floor(x . B_k / divisor): eight lanes for each.
struct IntegerProjection {
    static constexpr int threads = 256;
    static constexpr int lanes = 8;

    LowRankNoise<std::int8_t> noise;
    Input<std::int8_t> x; // (data row, in)
    MemberRows members;
    std::int64_t rows;
    std::int64_t in;
    bool aligned;    // rows of x and columns of B begin at multiples of 16 bytes
    std::int32_t* t; // (row, component)

    std::int64_t blocks() const { return (rows * noise.rank * lanes + threads - 1) / threads; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const asked = (block.index() * threads + block.thread()) / lanes;
        bool const valid = asked < rows * noise.rank;
        std::int64_t const index = valid ? asked : 0; // all lanes take part in the sum
        std::int64_t const row = index / noise.rank;
        std::int8_t const* const values = x.data.row(x.data_row(row));
        std::int8_t const* const factor = noise.b + (members.direction(row) * noise.rank + index % noise.rank) * in;
        int const lane = block.lane() % lanes;
        std::int32_t sum = 0;
        std::int64_t const whole = aligned ? in / 16 * 16 : 0;
        for (std::int64_t k = 16 * lane; k < whole; k += 16 * lanes) {
            auto const left = Packed<16>::at(values + k);
            auto const right = Packed<16>::at(factor + k);
            for (int i = 0; i < 4; ++i) {
                sum = block.dot4(left.word[i], right.word[i], sum);
            }
        }
        for (std::int64_t k = whole + lane; k < in; k += lanes) {
            sum += values[k] * factor[k];
        }
        for (int mask = lanes / 2; mask > 0; mask /= 2) {
            sum += block.shuffle_xor(sum, mask);
        }
        if (valid && lane == 0) {
            t[index] = floor_divide(sum, static_cast<std::int32_t>(noise.scale.divisor));
        }
    }
};

/// How a block's warps share its tile.
struct LargeIntegerTile { // 128 x 128
    static constexpr int row_warps = 2, column_warps = 4, row_tiles = 4, tiles = 4;
};
struct SmallIntegerTile { // 32 x 64
    static constexpr int row_warps = 2, column_warps = 2, row_tiles = 1, tiles = 4;
};

/// y (row, out) = sat(floor((x . W_i + sum_k (t_k g A_ik) >> shift) / divisor)). `Sum` holds sums and products of the
/// epilogue: std::int32_t where they can't pass it, std::int64_t elsewhere.
template <class Tile, class Sum>
struct IntegerLinear {
    static constexpr int threads = 32 * Tile::row_warps * Tile::column_warps;
    static constexpr int tile_rows = 16 * Tile::row_warps * Tile::row_tiles;
    static constexpr int strip = 8 * Tile::tiles; // outputs of a warp
    static constexpr int tile_outputs = strip * Tile::column_warps;
    static constexpr int stages = 4;
    static constexpr int stage_bytes = (tile_rows + tile_outputs) * integer_step_stride;
    static constexpr std::size_t shared_bytes = stages * stage_bytes + tile_rows * 2 * sizeof(std::int32_t);
    using Sums = IntegerSums<Tile::row_tiles, Tile::tiles>;

    Weights<std::int8_t> w;
    Input<std::int8_t> x; // (data row, in)
    MemberRows members;
    LowRankNoise<std::int8_t> noise; // of rank 0 where there is none
    std::int32_t const* t;           // (row, component)
    std::int64_t divisor;
    int divisor_shift;    // log2 of the divisor, or -1
    bool aligned;         // rows of x and W begin at multiples of 16 bytes
    bool aligned_results; // rows of y and columns of A begin at multiples of 8 bytes
    Array2<std::int8_t> y;

    KOKKOS_FUNCTION std::int64_t out_tiles() const { return (w.out + tile_outputs - 1) / tile_outputs; }
    std::int64_t blocks() const { return (y.rows + tile_rows - 1) / tile_rows * out_tiles(); }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const first_row = block.index() / out_tiles() * tile_rows;
        std::int64_t const first_out = block.index() % out_tiles() * tile_outputs;
        auto* const stage = reinterpret_cast<std::int8_t*>(block.shared());
        auto* const direction = reinterpret_cast<std::int32_t*>(block.shared() + stages * stage_bytes);
        std::int32_t* const sign = direction + tile_rows;
        for (int i = block.thread(); i < tile_rows; i += threads) {
            direction[i] = static_cast<std::int32_t>(members.direction(first_row + i));
            sign[i] = members.sign(first_row + i);
        }

        Loader loader(*this, first_row, first_out, block.thread());
        std::int64_t const steps = (w.in + integer_step - 1) / integer_step;
        for (int ahead = 0; ahead < stages - 1; ++ahead) {
            loader.load(block, stage + ahead * stage_bytes);
        }
        int const strip_of_warp = block.warp() % Tile::column_warps;
        int const row_of_warp = block.warp() / Tile::column_warps * (16 * Tile::row_tiles);
        bool const has_work = first_row + row_of_warp < y.rows && first_out + strip_of_warp * strip < w.out;
        Sums sums;
        int current = 0;
        for (std::int64_t step = 0; step < steps; ++step) {
            block.template wait_for_copies<stages - 2>();
            block.synchronize(); // all have this step's bytes, and none reads the last step's any more
            loader.load(block, stage + (current + stages - 1) % stages * stage_bytes);
            std::int8_t const* const rows = stage + current * stage_bytes;
            if (has_work) {
                sums.template multiply<integer_step>(
                    block, rows + row_of_warp * integer_step_stride, integer_step_stride,
                    rows + (tile_rows + strip_of_warp * strip) * integer_step_stride, integer_step_stride);
            }
            current = (current + 1) % stages;
        }
        if (has_work) {
            int const lane = block.lane();
            std::int64_t const out = first_out + strip_of_warp * strip + lane % 4 * Sums::outputs;
            unrolled<2 * Tile::row_tiles>([&](int half) {
                int const row = row_of_warp + 8 * half + lane / 4;
                if (first_row + row < y.rows) {
                    finish(sums, half / 2, half % 2, first_row + row, out, direction[row], sign[row]);
                }
            });
        }
    }

private:
    /// Where a thread copies from: of each row of the tile, 16 bytes at a time.
    struct Loader {
        static constexpr int rows_at_once = threads / 4; // a row of a step is four pieces
        static constexpr int count = (tile_rows + tile_outputs) / rows_at_once;
        static_assert((tile_rows + tile_outputs) % rows_at_once == 0);

        std::int8_t const* from[count];
        std::uint32_t present = 0; // bit i: from[i] is a row of the operands
        std::int32_t to;
        std::int64_t left; // inputs from this thread's piece on
        bool aligned;

        KOKKOS_FUNCTION Loader(IntegerLinear const& kernel, std::int64_t first_row, std::int64_t first_out, int thread)
            : to(thread / 4 * integer_step_stride + thread % 4 * 16), left(kernel.w.in - thread % 4 * 16),
              aligned(kernel.aligned) {
            for (int i = 0; i < count; ++i) {
                int const row = thread / 4 + i * rows_at_once;
                from[i] = kernel.w.data;
                if (row < tile_rows) {
                    if (first_row + row < kernel.y.rows) {
                        from[i] = kernel.x.data.row(kernel.x.data_row(first_row + row)) + thread % 4 * 16;
                        present |= 1u << i;
                    }
                } else {
                    int const of_tile = row - tile_rows;
                    std::int64_t const out =
                        first_out + of_tile / strip * strip + output_of_row<Tile::tiles>(of_tile % strip);
                    if (out < kernel.w.out) {
                        from[i] = kernel.w.data + out * kernel.w.in + thread % 4 * 16;
                        present |= 1u << i;
                    }
                }
            }
        }

        /// The next step into `stage`; zeros beyond the last input.
        template <class Block>
        KOKKOS_FORCEINLINE_FUNCTION void load(Block& block, std::int8_t* stage) {
            int const valid = left >= 16 ? 16 : left > 0 ? static_cast<int>(left) : 0;
            for (int i = 0; i < count; ++i) {
                std::int8_t* const piece = stage + to + i * rows_at_once * integer_step_stride;
                int const bytes = (present >> i & 1) != 0 ? valid : 0;
                if (aligned) {
                    block.copy_async(piece, from[i], bytes);
                } else {
                    for (int b = 0; b < 16; ++b) {
                        piece[b] = b < bytes ? from[i][b] : std::int8_t{0};
                    }
                }
                from[i] += integer_step;
            }
            block.commit_copies();
            left -= integer_step;
        }
    };

    /// The outputs of a lane in one row.
    KOKKOS_FORCEINLINE_FUNCTION void finish(Sums const& sums, int m, int h, std::int64_t row, std::int64_t out,
                                            std::int64_t direction, std::int32_t sign) const {
        constexpr int count = Sums::outputs;
        bool const whole = aligned_results && out + count <= w.out;
        Sum total[count];
        for (int i = 0; i < count; ++i) {
            total[i] = sums(m, h, i);
        }
        for (int k = 0; k < noise.rank; ++k) {
            Sum const c = static_cast<Sum>(t[row * noise.rank + k]) * sign;
            std::int8_t const* const a = noise.a + (direction * noise.rank + k) * w.out + out;
            std::uint32_t words[count / 4];
            for (int i = 0; i < count; i += 4) {
                words[i / 4] = whole ? Packed<4>::at(a + i).word[0] : gathered(a, i, w.out - out);
            }
            for (int i = 0; i < count; ++i) {
                total[i] += (c * signed_byte(words[i / 4], i % 4)) >> noise.scale.shift;
            }
        }
        std::int8_t* const to = y.row(row) + out;
        for (int i = 0; i < count; i += 4) {
            std::uint32_t packed = 0;
            for (int b = 0; b < 4; ++b) {
                Sum const quotient = divisor_shift >= 0 ? total[i + b] >> divisor_shift
                                                        : floor_divide(total[i + b], static_cast<Sum>(divisor));
                packed |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(saturate(quotient))) << (8 * b);
            }
            if (whole) {
                Packed<4>::at(to + i).word[0] = packed;
            } else {
                for (int b = 0; b < 4; ++b) {
                    if (out + i + b < w.out) {
                        to[i + b] = static_cast<std::int8_t>(signed_byte(packed, b));
                    }
                }
            }
        }
    }

    /// Bytes i to i + 3 of an array that has `size`; zeros beyond.
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t gathered(std::int8_t const* bytes, int i, std::int64_t size) {
        std::uint32_t word = 0;
        for (int b = 0; b < 4; ++b) {
            if (i + b < size) {
                word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i + b])) << (8 * b);
            }
        }
        return word;
    }
};

} // namespace eggroll::kernels::cuda
