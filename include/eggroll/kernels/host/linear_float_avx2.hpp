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

/// 6 rows by 16 outputs: 12 of the 16 registers, 6 broadcasts and 2 loads for 12 multiplications.
struct FloatAvx2 {
    using tile_heights = TileHeights<6, 5, 4, 3, 2, 1>;
    static constexpr int tile_blocks = 1;

    template <int Rows, int Blocks>
    EGGROLL_TARGET_AVX2 __attribute__((noinline)) static void
    product(PanelRow<float> const* rows, PackedWeights<float> const& w, std::int64_t block, float* tile) {
        static_assert(Blocks == 1);
        float const* weights = w.data + block * w.block_stride(); // (input, 16)
        float const* x[Rows];
        __m256 sums[Rows][2];
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            x[r] = rows[r].x;
            sums[r][0] = _mm256_setzero_ps();
            sums[r][1] = _mm256_setzero_ps();
        }
        for (std::int64_t k = 0; k < w.in; ++k, weights += outputs_per_block) {
            __m256 const low = _mm256_load_ps(weights);
            __m256 const high = _mm256_load_ps(weights + 8);
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                __m256 const element = _mm256_broadcast_ss(x[r] + k);
                sums[r][0] = _mm256_fmadd_ps(element, low, sums[r][0]);
                sums[r][1] = _mm256_fmadd_ps(element, high, sums[r][1]);
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            _mm256_store_ps(tile + r * outputs_per_block, sums[r][0]);
            _mm256_store_ps(tile + r * outputs_per_block + 8, sums[r][1]);
        }
    }

    static void prepare(PanelRow<float>*, std::int64_t, std::int64_t) {}

    EGGROLL_TARGET_AVX2 static void inner_products(std::array<InnerProduct<float>, inner_product_batch> const& batch,
                                                   std::int64_t length,
                                                   std::array<float, inner_product_batch>& results) {
        __m256 low[inner_product_batch]; // lanes 0 to 7 of 16
        __m256 high[inner_product_batch];
        EGGROLL_UNROLL
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            low[p] = _mm256_setzero_ps();
            high[p] = _mm256_setzero_ps();
        }
        std::int64_t j = 0;
        for (; j + 16 <= length; j += 16) {
            EGGROLL_UNROLL
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                float const* const x = batch[p].x + j;
                float const* const b = batch[p].b + j;
                low[p] = _mm256_fmadd_ps(_mm256_loadu_ps(x), _mm256_loadu_ps(b), low[p]);
                high[p] = _mm256_fmadd_ps(_mm256_loadu_ps(x + 8), _mm256_loadu_ps(b + 8), high[p]);
            }
        }
        if (j < length) {
            __m256i const in_low = first_lanes(length - j);
            __m256i const in_high = first_lanes(length - j - 8);
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                low[p] = add_inside(batch[p].x + j, batch[p].b + j, low[p], in_low);
                high[p] = add_inside(batch[p].x + j + 8, batch[p].b + j + 8, high[p], in_high);
            }
        }
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            results[p] = halved(_mm256_add_ps(low[p], high[p]));
        }
    }

    /// sums += x v
    EGGROLL_TARGET_AVX2 static void add_multiple(float x, float const* v, std::int64_t length, float* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] = std::fma(x, v[j], sums[j]);
        }
    }

    EGGROLL_TARGET_AVX2 static void finish(Epilogue<float> const& epilogue, PanelRow<float> const* rows,
                                           std::int64_t row_count, Tile<float> const& tile) {
        std::int64_t const first = tile.first_output;
        std::int64_t const count = tile.outputs;
        for (std::int64_t r = 0; r < row_count; ++r) {
            PanelRow<float> const& row = rows[r];
            float const* const sums = tile.sums + r * tile.stride;
            for (std::int64_t i = 0; i < count; i += 8) {
                __m256i const inside = first_lanes(count - i);
                __m256 sum = _mm256_maskload_ps(sums + i, inside);
                for (int k = 0; k < epilogue.rank; ++k) {
                    __m256 const a = _mm256_maskload_ps(row.a + k * epilogue.out + first + i, inside);
                    sum = _mm256_fmadd_ps(_mm256_set1_ps(row.c[k]), a, sum);
                }
                _mm256_maskstore_ps(row.y + first + i, inside, sum);
            }
        }
    }

private:
    EGGROLL_TARGET_AVX2 static __m256i first_lanes(std::int64_t count) {
        int const clipped = static_cast<int>(count < 0 ? 0 : count > 8 ? 8 : count);
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(clipped), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }

    /// x b + sum; lanes outside keep their sums.
    EGGROLL_TARGET_AVX2 static __m256 add_inside(float const* x, float const* b, __m256 sum, __m256i inside) {
        __m256 const more = _mm256_fmadd_ps(_mm256_maskload_ps(x, inside), _mm256_maskload_ps(b, inside), sum);
        return _mm256_blendv_ps(sum, more, _mm256_castsi256_ps(inside));
    }

    /// Lanes 8 to 4, 2, 1.
    EGGROLL_TARGET_AVX2 static float halved(__m256 eight) {
        __m128 const four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        __m128 const two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
};

} // namespace eggroll::kernels::host::detail

#endif
