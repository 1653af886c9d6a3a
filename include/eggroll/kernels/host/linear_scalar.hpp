// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The bodies of `linear` without vector intrinsics, and the parts that other bodies leave to them.

#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::host::detail {

struct FloatScalar {
    using tile_heights = TileHeights<4, 3, 2, 1>;
    static constexpr int tile_blocks = 1;

    template <int Rows, int Blocks>
    static void product(PanelRow<float> const* rows, PackedWeights<float> const& w, std::int64_t block, float* tile) {
        static_assert(Blocks == 1);
        float const* weights = w.data + block * w.block_stride(); // (input, 16)
        std::array<std::array<float, outputs_per_block>, Rows> sums{};
        for (std::int64_t k = 0; k < w.in; ++k, weights += outputs_per_block) {
            for (std::size_t r = 0; r < Rows; ++r) {
                for (std::size_t i = 0; i < outputs_per_block; ++i) {
                    sums[r][i] = std::fma(rows[r].x[k], weights[i], sums[r][i]);
                }
            }
        }
        for (auto const& row : sums) {
            tile = std::copy(row.begin(), row.end(), tile);
        }
    }

    static void prepare(PanelRow<float>*, std::int64_t, std::int64_t) {}

    /// Lane l of 16 takes the elements j = l (mod 16), then the lanes are halved: the order of every body.
    static void inner_products(std::array<InnerProduct<float>, inner_product_batch> const& batch, std::int64_t length,
                               std::array<float, inner_product_batch>& results) {
        for (std::size_t p = 0; p < batch.size(); ++p) {
            std::array<float, 16> lanes{};
            for (std::int64_t j = 0; j < length; ++j) {
                float& lane = lanes[static_cast<std::size_t>(j % 16)];
                lane = std::fma(batch[p].x[j], batch[p].b[j], lane);
            }
            for (std::size_t half = 8; half != 0; half /= 2) {
                for (std::size_t l = 0; l < half; ++l) {
                    lanes[l] += lanes[l + half];
                }
            }
            results[p] = lanes[0];
        }
    }

    /// sums += x v
    static void add_multiple(float x, float const* v, std::int64_t length, float* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] = std::fma(x, v[j], sums[j]);
        }
    }

    static void finish(Epilogue<float> const& epilogue, PanelRow<float> const* rows, std::int64_t row_count,
                       Tile<float> const& tile) {
        for (std::int64_t r = 0; r < row_count; ++r) {
            for (std::int64_t i = 0; i < tile.outputs; ++i) {
                std::int64_t const output = tile.first_output + i;
                float sum = tile.sums[r * tile.stride + i];
                for (int k = 0; k < epilogue.rank; ++k) {
                    sum = std::fma(rows[r].c[k], rows[r].a[k * epilogue.out + output], sum);
                }
                rows[r].y[output] = sum;
            }
        }
    }
};

struct IntegerScalar {
    using tile_heights = TileHeights<4, 3, 2, 1>;
    static constexpr int tile_blocks = 1;

    template <int Rows, int Blocks>
    static void product(PanelRow<std::int8_t> const* rows, PackedWeights<std::int8_t> const& w, std::int64_t block,
                        std::int32_t* tile) {
        static_assert(Blocks == 1);
        std::uint8_t const* weights = w.data + block * w.block_stride(); // (input / 4, 16, 4)
        // Unsigned, since sums of weight + 128 may wrap before `start` is added.
        std::array<std::array<std::uint32_t, outputs_per_block>, Rows> sums;
        for (std::size_t r = 0; r < Rows; ++r) {
            sums[r].fill(static_cast<std::uint32_t>(rows[r].start));
        }
        for (std::int64_t k = 0; k < w.in; ++k) {
            std::uint8_t const* const lane = weights + k / 4 * (outputs_per_block * 4) + k % 4;
            for (std::size_t r = 0; r < Rows; ++r) {
                for (std::size_t i = 0; i < outputs_per_block; ++i) {
                    sums[r][i] += static_cast<std::uint32_t>(rows[r].x[k] * lane[4 * i]);
                }
            }
        }
        for (auto const& row : sums) {
            for (std::uint32_t const sum : row) {
                *tile++ = static_cast<std::int32_t>(sum);
            }
        }
    }

    static void prepare(PanelRow<std::int8_t>* rows, std::int64_t count, std::int64_t in) {
        for (PanelRow<std::int8_t>* row = rows; row != rows + count; ++row) {
            std::int32_t sum = 0;
            for (std::int64_t j = 0; j < in; ++j) {
                sum += row->x[j];
            }
            row->start = static_cast<std::int32_t>(0u - 128u * static_cast<std::uint32_t>(sum));
        }
    }

    static void inner_products(std::array<InnerProduct<std::int8_t>, inner_product_batch> const& batch,
                               std::int64_t length, std::array<std::int32_t, inner_product_batch>& results) {
        for (std::size_t p = 0; p < batch.size(); ++p) {
            std::int32_t sum = 0;
            for (std::int64_t j = 0; j < length; ++j) {
                sum += batch[p].x[j] * batch[p].b[j];
            }
            results[p] = sum;
        }
    }

    /// sums += x v
    static void add_multiple(std::int8_t x, std::int8_t const* v, std::int64_t length, std::int32_t* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] += x * v[j];
        }
    }

    /// In 64 bits, so it serves every width, and outputs that fill no vector.
    static void finish(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const* rows, std::int64_t row_count,
                       Tile<std::int8_t> const& tile) {
        for (std::int64_t r = 0; r < row_count; ++r) {
            for (std::int64_t i = 0; i < tile.outputs; ++i) {
                std::int64_t const output = tile.first_output + i;
                std::int64_t sum = tile.sums[r * tile.stride + i];
                for (int k = 0; k < epilogue.rank; ++k) {
                    sum += (std::int64_t{rows[r].c[k]} * rows[r].a[k * epilogue.out + output]) >> epilogue.shift;
                }
                rows[r].y[output] = saturate(floor_divide<std::int64_t>(sum, epilogue.divisor));
            }
        }
    }
};

} // namespace eggroll::kernels::host::detail
