// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

#include <array>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::host::detail {

/// 6 rows by 64 outputs: 24 of the 32 registers, 4 loads for 24 multiplications. Taller tiles would not pay: rows that
/// lie 4096 bytes apart share one set of the first-level cache, which has 8 ways.
struct FloatAvx512 {
    using tile_heights = TileHeights<6, 5, 4, 3, 2, 1>;
    static constexpr int tile_blocks = 4;

    template <int Rows, int Blocks>
    EGGROLL_TARGET_AVX512 __attribute__((noinline)) static void
    product(PanelRow<float> const* rows, PackedWeights<float> const& w, std::int64_t block, float* tile) {
        float const* weights = w.data + block * w.block_stride();
        std::int64_t const stride = w.block_stride();
        float const* x[Rows];
        __m512 sums[Rows][Blocks];
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            x[r] = rows[r].x;
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                sums[r][b] = _mm512_setzero_ps();
            }
        }
        for (std::int64_t k = 0; k < w.in; ++k) {
            __m512 column[Blocks];
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                column[b] = _mm512_load_ps(weights + b * stride + k * outputs_per_block);
            }
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                __m512 const element = _mm512_set1_ps(x[r][k]);
                EGGROLL_UNROLL
                for (int b = 0; b < Blocks; ++b) {
                    sums[r][b] = _mm512_fmadd_ps(element, column[b], sums[r][b]);
                }
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                _mm512_store_ps(tile + (r * Blocks + b) * outputs_per_block, sums[r][b]);
            }
        }
    }

    static void prepare(PanelRow<float>*, std::int64_t, std::int64_t) {}

    EGGROLL_TARGET_AVX512 static void inner_products(std::array<InnerProduct<float>, inner_product_batch> const& batch,
                                                     std::int64_t length,
                                                     std::array<float, inner_product_batch>& results) {
        __m512 lanes[inner_product_batch];
        EGGROLL_UNROLL
        for (int p = 0; p < inner_product_batch; ++p) {
            lanes[p] = _mm512_setzero_ps();
        }
        std::int64_t j = 0;
        for (; j + 16 <= length; j += 16) {
            EGGROLL_UNROLL
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                lanes[p] = _mm512_fmadd_ps(_mm512_loadu_ps(batch[p].x + j), _mm512_loadu_ps(batch[p].b + j), lanes[p]);
            }
        }
        if (j < length) {
            // Lanes beyond the end keep their sums.
            __mmask16 const inside = first_lanes(length - j);
            EGGROLL_UNROLL
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                lanes[p] = _mm512_mask3_fmadd_ps(_mm512_maskz_loadu_ps(inside, batch[p].x + j),
                                                 _mm512_maskz_loadu_ps(inside, batch[p].b + j), lanes[p], inside);
            }
        }
        EGGROLL_UNROLL
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            results[p] = halved(lanes[p]);
        }
    }

    /// sums += x v
    EGGROLL_TARGET_AVX512 static void add_multiple(float x, float const* v, std::int64_t length, float* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] = std::fma(x, v[j], sums[j]);
        }
    }

    EGGROLL_TARGET_AVX512 static void finish(Epilogue<float> const& epilogue, PanelRow<float> const* rows,
                                             std::int64_t row_count, Tile<float> const& tile) {
        std::int64_t const first = tile.first_output;
        std::int64_t const count = tile.outputs;
        for (std::int64_t r = 0; r < row_count; ++r) {
            PanelRow<float> const& row = rows[r];
            float const* const sums = tile.sums + r * tile.stride;
            for (std::int64_t i = 0; i < count; i += 16) {
                __mmask16 const inside = first_lanes(count - i);
                __m512 sum = _mm512_maskz_loadu_ps(inside, sums + i);
                for (int k = 0; k < epilogue.rank; ++k) {
                    __m512 const a = _mm512_maskz_loadu_ps(inside, row.a + k * epilogue.out + first + i);
                    sum = _mm512_fmadd_ps(_mm512_set1_ps(row.c[k]), a, sum);
                }
                _mm512_mask_storeu_ps(row.y + first + i, inside, sum);
            }
        }
    }

private:
    static __mmask16 first_lanes(std::int64_t count) {
        return static_cast<__mmask16>(count >= 16 ? 0xffff : (1 << count) - 1);
    }

    /// Lanes 16 to 8, 4, 2, 1.
    EGGROLL_TARGET_AVX512 static float halved(__m512 lanes) {
        __m256 const eight = _mm256_add_ps(_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps(lanes, 1));
        __m128 const four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        __m128 const two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
};

} // namespace eggroll::kernels::host::detail

#endif
