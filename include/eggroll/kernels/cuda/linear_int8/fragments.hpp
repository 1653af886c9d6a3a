// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Pieces of int8 products on tensor cores: how weights lie in shared memory, how a warp multiplies a step of 64
/// inputs.

#include <eggroll/kernels/cuda/unrolled.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// Bytes (4, 8 or 16) that one instruction loads or stores.
template <int bytes>
struct alignas(bytes) [[gnu::may_alias]] Packed {
    std::uint32_t word[bytes / 4];

    /// At an address that is a multiple of `bytes`.
    KOKKOS_FORCEINLINE_FUNCTION static Packed& at(void* address) { return *static_cast<Packed*>(address); }
    KOKKOS_FORCEINLINE_FUNCTION static Packed const& at(void const* address) {
        return *static_cast<Packed const*>(address);
    }
};

/// Byte `which` of a word, with its sign.
KOKKOS_FORCEINLINE_FUNCTION std::int32_t signed_byte(std::uint32_t word, int which) {
    return static_cast<std::int8_t>(word >> (8 * which));
}

/// Inputs of a step of the product: 64 bytes of every row are in shared memory at a time.
inline constexpr int integer_step = 64;
/// Bytes from one row of a step to the next: an odd multiple of 16, so that 8 rows lie in different banks.
inline constexpr int integer_step_stride = integer_step + 16;

/// Which output of a warp's strip (8 `tiles` outputs) is row `row` of the strip in shared memory. A lane's sums are
/// columns 2q and 2q + 1 of every tile of 8; in this order they are 2 `tiles` neighbours, from 2 `tiles` q on.
template <int tiles>
KOKKOS_FORCEINLINE_FUNCTION constexpr int output_of_row(int row) {
    return row % 8 / 2 * (2 * tiles) + row / 8 * 2 + row % 2;
}

/// A warp's sums: rows 16 m + 8 h + g, and of each the outputs 2 `tiles` q + 0 to 2 `tiles` - 1 of the strip.
template <int row_tiles, int tiles>
struct IntegerSums {
    static constexpr int outputs = 2 * tiles; // of a row, in a lane

    std::int32_t d[row_tiles][tiles][4] = {};

    /// Output `i` of row 16 m + 8 h + g.
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t operator()(int m, int h, int i) const {
        return d[m][i / 2][2 * h + i % 2];
    }

    /// Adds the products over `step` inputs: `rows` and `weights` point at the warp's first row and output in shared
    /// memory, both with the step's first input.
    template <int step, class Block>
    KOKKOS_FORCEINLINE_FUNCTION void multiply(Block& block, std::int8_t const* rows, int row_stride,
                                              std::int8_t const* weights, int weight_stride) {
        static_assert(tiles % 2 == 0 && step % 32 == 0);
        int const lane = block.lane();
        std::int8_t const* const left = rows + lane % 16 * row_stride + lane / 16 * 16;
        std::int8_t const* const right = weights + (lane / 16 * 8 + lane % 8) * weight_stride + lane / 8 % 2 * 16;
        for (int k = 0; k < step; k += 32) {
            std::uint32_t a[row_tiles][4];
            for (int m = 0; m < row_tiles; ++m) {
                block.load_matrices(a[m], left + 16 * m * row_stride + k);
            }
            for (int j = 0; j < tiles; j += 2) {
                std::uint32_t words[4]; // tiles j and j + 1
                block.load_matrices(words, right + 8 * j * weight_stride + k);
                std::uint32_t const first[2] = {words[0], words[1]};
                std::uint32_t const second[2] = {words[2], words[3]};
                for (int m = 0; m < row_tiles; ++m) {
                    block.multiply_int8(d[m][j], a[m], first);
                    block.multiply_int8(d[m][j + 1], a[m], second);
                }
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
