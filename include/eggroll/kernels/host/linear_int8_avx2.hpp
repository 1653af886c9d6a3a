// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/linear_scalar.hpp>
#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

#include <array>
#include <cstdint>
#include <cstring>

namespace eggroll::kernels::host::detail {

/// 2 rows by 16 outputs: weights and inputs are widened to 16 bits, since pairs of byte products saturate there.
struct IntegerAvx2 {
    using tile_heights = TileHeights<2, 1>;
    static constexpr int tile_blocks = 1;

    template <int Rows, int Blocks>
    EGGROLL_TARGET_AVX2 __attribute__((noinline)) static void product(PanelRow<std::int8_t> const* rows,
                                                                      PackedWeights<std::int8_t> const& w,
                                                                      std::int64_t block, std::int32_t* tile) {
        static_assert(Blocks == 1);
        std::uint8_t const* weights = w.data + block * w.block_stride(); // (input / 4, 16, 4)
        __m256i sums[Rows][4];                                           // each two partial sums of four outputs
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int q = 0; q < 4; ++q) {
                sums[r][q] = _mm256_setzero_si256();
            }
        }
        std::int64_t const whole = w.in & ~std::int64_t{3};
        for (std::int64_t k = 0; k < w.in; k += 4, weights += 4 * outputs_per_block) {
            __m256i x[Rows]; // four inputs, repeated
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                x[r] = _mm256_cvtepi8_epi16(_mm_set1_epi32(k < whole ? word(rows[r].x + k) : rows[r].tail));
            }
            EGGROLL_UNROLL
            for (int q = 0; q < 4; ++q) {
                __m256i const column =
                    _mm256_cvtepu8_epi16(_mm_load_si128(reinterpret_cast<__m128i const*>(weights) + q));
                EGGROLL_UNROLL
                for (int r = 0; r < Rows; ++r) {
                    sums[r][q] = _mm256_add_epi32(sums[r][q], _mm256_madd_epi16(column, x[r]));
                }
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int q = 0; q < 4; q += 2) {
                // Outputs come out as 0 1 4 5 2 3 6 7.
                __m256i const pairs = _mm256_hadd_epi32(sums[r][q], sums[r][q + 1]);
                __m256i const ordered = _mm256_permute4x64_epi64(pairs, 0b11'01'10'00);
                _mm256_store_si256(reinterpret_cast<__m256i*>(tile + r * outputs_per_block + 4 * q),
                                   _mm256_add_epi32(ordered, _mm256_set1_epi32(rows[r].start)));
            }
        }
    }

    EGGROLL_TARGET_AVX2 static void prepare(PanelRow<std::int8_t>* rows, std::int64_t count, std::int64_t in) {
        __m256i const offset = _mm256_set1_epi16(128);
        for (PanelRow<std::int8_t>* row = rows; row != rows + count; ++row) {
            __m256i sum = _mm256_setzero_si256();
            for (std::int64_t j = 0; j < in; j += 16) {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(widened(row->x + j, in - j), offset));
            }
            row->start = -total(sum);
            row->tail = 0;
            std::memcpy(&row->tail, row->x + (in & ~std::int64_t{3}), static_cast<std::size_t>(in & 3));
        }
    }

    EGGROLL_TARGET_AVX2 static void
    inner_products(std::array<InnerProduct<std::int8_t>, inner_product_batch> const& batch, std::int64_t length,
                   std::array<std::int32_t, inner_product_batch>& results) {
        __m256i sums[inner_product_batch];
        EGGROLL_UNROLL
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            sums[p] = _mm256_setzero_si256();
        }
        for (std::int64_t j = 0; j < length; j += 16) {
            EGGROLL_UNROLL
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                __m256i const x = widened(batch[p].x + j, length - j);
                __m256i const b = widened(batch[p].b + j, length - j);
                sums[p] = _mm256_add_epi32(sums[p], _mm256_madd_epi16(x, b));
            }
        }
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            results[p] = total(sums[p]);
        }
    }

    /// sums += x v
    EGGROLL_TARGET_AVX2 static void add_multiple(std::int8_t x, std::int8_t const* v, std::int64_t length,
                                                 std::int32_t* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] += x * v[j];
        }
    }

    EGGROLL_TARGET_AVX2 static void finish(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const* rows,
                                           std::int64_t row_count, Tile<std::int8_t> const& tile) {
        std::int64_t const first = tile.first_output;
        std::int64_t const count = tile.outputs;
        for (std::int64_t r = 0; r < row_count; ++r) {
            PanelRow<std::int8_t> const& row = rows[r];
            std::int32_t const* const sums = tile.sums + r * tile.stride;
            std::int64_t i = 0;
            if (epilogue.width != Epilogue<std::int8_t>::Width::wide) {
                for (; i + 8 <= count; i += 8) {
                    __m256i sum = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(sums + i));
                    for (int k = 0; k < epilogue.rank; ++k) {
                        __m256i const a = _mm256_cvtepi8_epi32(
                            _mm_loadl_epi64(reinterpret_cast<__m128i const*>(row.a + k * epilogue.out + first + i)));
                        sum = _mm256_add_epi32(sum, low_rank_term(epilogue, row.c[k], a));
                    }
                    __m256i const quotients = divided(epilogue, sum);
                    __m128i const words =
                        _mm_packs_epi32(_mm256_castsi256_si128(quotients), _mm256_extracti128_si256(quotients, 1));
                    _mm_storel_epi64(reinterpret_cast<__m128i*>(row.y + first + i), _mm_packs_epi16(words, words));
                }
            }
            IntegerScalar::finish(epilogue, &row, 1, Tile<std::int8_t>{sums + i, count - i, first + i, count - i});
        }
    }

private:
    static std::int32_t word(std::int8_t const* bytes) {
        std::int32_t result;
        std::memcpy(&result, bytes, sizeof result);
        return result;
    }

    /// 16 bytes as 16-bit lanes, zeros beyond `count`.
    EGGROLL_TARGET_AVX2 static __m256i widened(std::int8_t const* bytes, std::int64_t count) {
        if (count >= 16) {
            return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes)));
        }
        alignas(16) std::int8_t padded[16] = {};
        std::memcpy(padded, bytes, static_cast<std::size_t>(count));
        return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<__m128i const*>(padded)));
    }

    EGGROLL_TARGET_AVX2 static std::int32_t total(__m256i lanes) {
        __m128i const four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
        __m128i const two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
        return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
    }

    /// (c a) >> shift
    EGGROLL_TARGET_AVX2 static __m256i low_rank_term(Epilogue<std::int8_t> const& epilogue, std::int32_t c, __m256i a) {
        __m128i const shift = _mm_cvtsi32_si128(epilogue.shift);
        if (epilogue.width == Epilogue<std::int8_t>::Width::narrow) {
            return _mm256_sra_epi32(_mm256_mullo_epi32(_mm256_set1_epi32(c), a), shift);
        }
        std::int32_t const high = c >> epilogue.shift;
        std::int32_t const low = c - (high << epilogue.shift);
        return _mm256_add_epi32(_mm256_mullo_epi32(_mm256_set1_epi32(high), a),
                                _mm256_sra_epi32(_mm256_mullo_epi32(_mm256_set1_epi32(low), a), shift));
    }

    /// floor(sum / divisor), at least -127; the store clips at 127.
    EGGROLL_TARGET_AVX2 static __m256i divided(Epilogue<std::int8_t> const& epilogue, __m256i sum) {
        if (epilogue.divisor_shift >= 0) {
            __m256i const quotient = _mm256_sra_epi32(sum, _mm_cvtsi32_si128(epilogue.divisor_shift));
            return _mm256_max_epi32(quotient, _mm256_set1_epi32(-127));
        }
        ReciprocalDivision const by(epilogue.divisor);
        __m256i const clipped =
            _mm256_max_epi32(_mm256_min_epi32(sum, _mm256_set1_epi32(by.high)), _mm256_set1_epi32(by.low));
        __m256 const shifted = _mm256_cvtepi32_ps(_mm256_sub_epi32(clipped, _mm256_set1_epi32(by.low)));
        __m256 const quotient = _mm256_fmadd_ps(shifted, _mm256_set1_ps(by.inverse), _mm256_set1_ps(by.half));
        return _mm256_sub_epi32(_mm256_cvttps_epi32(quotient), _mm256_set1_epi32(127));
    }
};

} // namespace eggroll::kernels::host::detail

#endif
