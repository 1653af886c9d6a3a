// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/amx_tiles.hpp>
#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/linear_int8_vnni.hpp>
#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

#include <cstdint>

namespace eggroll::kernels::host::detail {

/// 16 rows by 64 inputs of x are a tile as they lie, and 64 inputs of a packed block are one: 16 steps of 64 bytes. The
/// sums of 32 rows by 32 outputs take four tiles, and each step's products two of either operand. Everything else, and
/// fewer rows or inputs than a tile has, is VNNI's.
///
/// The calling thread's tiles are configured while a body lives.
struct IntegerAmx : IntegerVnni {
    using tile_heights = TileHeights<32, 16, 6, 5, 4, 3, 2, 1>;
    static constexpr int tile_blocks = 4;

    /// Whether a product of `rows` rows over `in` inputs fills a tile. Others have no use for this body.
    static bool suits(std::int64_t rows, std::int64_t in) {
        return rows >= rows_per_tile && in > 4 * (rows_per_tile - 1);
    }

    template <int Rows, int Blocks>
    static void product(PanelRow<std::int8_t> const* rows, PackedWeights<std::int8_t> const& w, std::int64_t block,
                        std::int32_t* tile) {
        if constexpr (Rows >= rows_per_tile) {
            multiply<Rows / rows_per_tile, Blocks>(rows, w, block, tile);
        } else {
            IntegerVnni::product<Rows, Blocks>(rows, w, block, tile);
        }
    }

private:
    /// Tall times 16 rows, at a constant distance. An incomplete last step takes the last 64 inputs, with zeros in
    /// place of those that had their turn.
    template <int Tall, int Blocks>
    EGGROLL_TARGET_VNNI __attribute__((noinline)) static void multiply(PanelRow<std::int8_t> const* rows,
                                                                       PackedWeights<std::int8_t> const& w,
                                                                       std::int64_t block, std::int32_t* tile) {
        constexpr int wide = Blocks < 2 ? 1 : 2;
        std::int8_t const* const x = rows[0].x;
        std::int64_t const x_stride = rows[1].x - x;
        std::int64_t const block_stride = w.block_stride();
        std::int64_t const in = w.in;
        std::int64_t const whole = in & ~std::int64_t{63};
        std::int64_t const last = 4 * w.steps() - 64;
        alignas(64) std::int32_t start[Tall * rows_per_tile][outputs_per_block];
        alignas(64) std::int8_t last_x[Tall * rows_per_tile][bytes_per_tile_row];
        for (int r = 0; r < Tall * rows_per_tile; ++r) {
            _mm512_store_si512(start[r], _mm512_set1_epi32(rows[r].start));
        }
        if (whole < in) {
            __mmask64 const remaining = ~__mmask64{0} >> (64 - (in - whole)) << (whole - last);
            for (int r = 0; r < Tall * rows_per_tile; ++r) {
                _mm512_store_si512(last_x[r], _mm512_maskz_loadu_epi8(remaining, rows[r].x + last));
            }
        }
        for (int b = 0; b < Blocks; b += wide) {
            std::uint8_t const* const weights = w.data + (block + b) * block_stride;
            for_each_sum<Tall, wide>(
                [&]<int Sums>() { load_tile<Sums>(start[Sums / 2 * rows_per_tile], bytes_per_tile_row); });
            for (std::int64_t k = 0; k < whole; k += 64) {
                add_step<Tall, wide>(x + k, x_stride, weights + k * outputs_per_block, block_stride);
            }
            if (whole < in) {
                add_step<Tall, wide>(last_x[0], bytes_per_tile_row, weights + last * outputs_per_block, block_stride);
            }
            for_each_sum<Tall, wide>([&]<int Sums>() {
                std::int64_t const first = Sums / 2 * rows_per_tile * Blocks + b + Sums % 2;
                store_tile<Sums>(tile + first * outputs_per_block, Blocks * bytes_per_tile_row);
            });
        }
    }

    /// 64 inputs: of x to tiles 4 and 5, of two blocks to 6 and 7.
    template <int Tall, int Wide>
    static void add_step(std::int8_t const* x, std::int64_t x_stride, std::uint8_t const* weights,
                         std::int64_t block_stride) {
        load_tile<6>(weights, bytes_per_tile_row);
        load_tile<4>(x, x_stride);
        if constexpr (Wide == 2) {
            load_tile<7>(weights + block_stride, bytes_per_tile_row);
        }
        if constexpr (Tall == 2) {
            load_tile<5>(x + rows_per_tile * x_stride, x_stride);
        }
        for_each_sum<Tall, Wide>([]<int Sums>() { add_tile_products<Sums, 4 + Sums / 2, 6 + Sums % 2>(); });
    }

    /// The sums are tiles 0 to 3, (rows / 16, block).
    template <int Tall, int Wide, class Operation>
    static void for_each_sum(Operation const& operation) {
        operation.template operator()<0>();
        if constexpr (Wide == 2) {
            operation.template operator()<1>();
        }
        if constexpr (Tall == 2) {
            operation.template operator()<2>();
        }
        if constexpr (Tall == 2 && Wide == 2) {
            operation.template operator()<3>();
        }
    }

    ConfiguredTiles tiles_;
};

} // namespace eggroll::kernels::host::detail

#endif
