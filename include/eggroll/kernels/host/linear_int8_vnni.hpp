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

/// 6 rows by 64 outputs: 24 of the 32 registers, 4 loads for 24 byte dot products that broadcast from memory.
struct IntegerVnni {
    using tile_heights = TileHeights<6, 5, 4, 3, 2, 1>;
    static constexpr int tile_blocks = 4;

    template <int Rows, int Blocks>
    EGGROLL_TARGET_VNNI __attribute__((noinline)) static void product(PanelRow<std::int8_t> const* rows,
                                                                      PackedWeights<std::int8_t> const& w,
                                                                      std::int64_t block, std::int32_t* tile) {
        std::uint8_t const* const weights = w.data + block * w.block_stride();
        std::int64_t const stride = w.block_stride();
        std::int8_t const* x[Rows];
        __m512i sums[Rows][Blocks];
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            x[r] = rows[r].x;
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                sums[r][b] = _mm512_set1_epi32(rows[r].start);
            }
        }
        std::int64_t const whole = w.in & ~std::int64_t{3};
        for (std::int64_t k = 0; k < whole; k += 4) {
            __m512i column[Blocks];
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                column[b] = _mm512_load_si512(weights + b * stride + k * outputs_per_block);
            }
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                EGGROLL_UNROLL
                for (int b = 0; b < Blocks; ++b) {
                    add_products(sums[r][b], column[b], x[r] + k);
                }
            }
        }
        if (whole < w.in) {
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                __m512i const column = _mm512_load_si512(weights + b * stride + whole * outputs_per_block);
                EGGROLL_UNROLL
                for (int r = 0; r < Rows; ++r) {
                    sums[r][b] = _mm512_dpbusd_epi32(sums[r][b], column, _mm512_set1_epi32(rows[r].tail));
                }
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int b = 0; b < Blocks; ++b) {
                _mm512_store_si512(tile + (r * Blocks + b) * outputs_per_block, sums[r][b]);
            }
        }
    }

    EGGROLL_TARGET_VNNI static void prepare(PanelRow<std::int8_t>* rows, std::int64_t count, std::int64_t in) {
        __m512i const offset = _mm512_set1_epi8(offset_byte);
        for (std::int64_t first = 0; first < count; first += 4) {
            PanelRow<std::int8_t>* const row = rows + first;
            int const present = static_cast<int>(count - first < 4 ? count - first : 4);
            __m512i sums[4]; // -128 times the rows' elements
            EGGROLL_UNROLL
            for (int r = 0; r < 4; ++r) {
                std::int8_t const* const x = row[r < present ? r : 0].x;
                sums[r] = _mm512_setzero_si512();
                for (std::int64_t j = 0; j < in; j += 64) {
                    __m512i const bytes = _mm512_maskz_loadu_epi8(first_bytes(in - j), x + j);
                    sums[r] = _mm512_dpbusd_epi32(sums[r], offset, bytes);
                }
            }
            alignas(16) std::int32_t starts[4];
            _mm_store_si128(reinterpret_cast<__m128i*>(starts), _mm_sub_epi32(_mm_setzero_si128(), totals(sums)));
            for (int r = 0; r < present; ++r) {
                row[r].start = starts[r];
            }
        }
        if (std::int64_t const whole = in & ~std::int64_t{3}; whole < in) {
            for (PanelRow<std::int8_t>* row = rows; row != rows + count; ++row) {
                row->tail = 0;
                std::memcpy(&row->tail, row->x + whole, static_cast<std::size_t>(in - whole));
            }
        }
    }

    EGGROLL_TARGET_VNNI static void
    inner_products(std::array<InnerProduct<std::int8_t>, inner_product_batch> const& batch, std::int64_t length,
                   std::array<std::int32_t, inner_product_batch>& results) {
        __m512i const offset = _mm512_set1_epi8(offset_byte);
        __m512i sums[inner_product_batch];    // x . (b + 128)
        __m512i offsets[inner_product_batch]; // x . 128
        EGGROLL_UNROLL
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            sums[p] = _mm512_setzero_si512();
            offsets[p] = _mm512_setzero_si512();
        }
        for (std::int64_t j = 0; j < length; j += 64) {
            __mmask64 const inside = first_bytes(length - j);
            EGGROLL_UNROLL
            for (std::size_t p = 0; p < inner_product_batch; ++p) {
                __m512i const x = _mm512_maskz_loadu_epi8(inside, batch[p].x + j);
                __m512i const b = _mm512_maskz_loadu_epi8(inside, batch[p].b + j);
                sums[p] = _mm512_dpbusd_epi32(sums[p], _mm512_xor_si512(b, offset), x);
                offsets[p] = _mm512_dpbusd_epi32(offsets[p], offset, x);
            }
        }
        EGGROLL_UNROLL
        for (std::size_t p = 0; p < inner_product_batch; ++p) {
            sums[p] = _mm512_sub_epi32(sums[p], offsets[p]);
        }
        _mm_storeu_si128(reinterpret_cast<__m128i*>(results.data()), totals(sums));
    }

    /// sums += x v
    EGGROLL_TARGET_VNNI static void add_multiple(std::int8_t x, std::int8_t const* v, std::int64_t length,
                                                 std::int32_t* sums) {
        for (std::int64_t j = 0; j < length; ++j) {
            sums[j] += x * v[j];
        }
    }

    EGGROLL_TARGET_VNNI static void finish(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const& row,
                                           std::int32_t const* sums, std::int64_t first, std::int64_t count) {
        using Width = Epilogue<std::int8_t>::Width;
        bool const shifts = epilogue.divisor_shift >= 0;
        if (epilogue.width == Width::wide) {
            IntegerScalar::finish(epilogue, row, sums, first, count);
        } else if (epilogue.width == Width::narrow) {
            shifts ? finish_vectors<Width::narrow, true>(epilogue, row, sums, first, count)
                   : finish_vectors<Width::narrow, false>(epilogue, row, sums, first, count);
        } else {
            shifts ? finish_vectors<Width::split, true>(epilogue, row, sums, first, count)
                   : finish_vectors<Width::split, false>(epilogue, row, sums, first, count);
        }
    }

private:
    static constexpr char offset_byte = static_cast<char>(-128); // 128 as an unsigned operand

    static __mmask64 first_bytes(std::int64_t count) {
        return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
    }

    /// sum += the four products of each lane of `weights` with the four bytes at `x`. Written as an instruction since
    /// the intrinsic's accumulator costs GCC 12 a register copy each.
    EGGROLL_TARGET_VNNI __attribute__((always_inline)) static inline void add_products(__m512i& sum, __m512i weights,
                                                                                       std::int8_t const* x) {
        using Word = std::int32_t __attribute__((may_alias, aligned(1)));
        asm("{vpdpbusd %2%{1to16%}, %1, %0|vpdpbusd %0, %1, %2%{1to16%}}"
            : "+v"(sum)
            : "v"(weights), "m"(*reinterpret_cast<Word const*>(x)));
    }

    /// The totals of four vectors.
    EGGROLL_TARGET_VNNI static __m128i totals(__m512i const (&v)[4]) {
        __m512i const v01 = _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
        __m512i const v23 = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
        __m512i const quarters =
            _mm512_add_epi32(_mm512_unpacklo_epi64(v01, v23), _mm512_unpackhi_epi64(v01, v23)); // (quarter, vector)
        __m256i const halves =
            _mm256_add_epi32(_mm512_castsi512_si256(quarters), _mm512_extracti64x4_epi64(quarters, 1));
        return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    }

    /// Outputs [first, first + count) of a row. The operands come by value: for all that a compiler knows, stores of
    /// bytes could change them otherwise. Sums are narrowed in registers, since the instruction that narrows into
    /// memory is slow on Zen 4.
    template <Epilogue<std::int8_t>::Width Width, bool Shifts>
    EGGROLL_TARGET_VNNI static void finish_vectors(Epilogue<std::int8_t> epilogue, PanelRow<std::int8_t> row,
                                                   std::int32_t const* sums, std::int64_t first, std::int64_t count) {
        row.a += first;
        row.y += first;
        std::int64_t i = 0;
        for (; i + 64 <= count; i += 64) {
            __m512i quotients[4];
            EGGROLL_UNROLL
            for (int v = 0; v < 4; ++v) {
                quotients[v] = quotient<Width, Shifts>(epilogue, row, sums, i + 16 * v, 0xffff);
            }
            // Quarter q of vector v ends up in 32-bit lane 4 q + v.
            __m512i const lanes = _mm512_packs_epi16(_mm512_packs_epi32(quotients[0], quotients[1]),
                                                     _mm512_packs_epi32(quotients[2], quotients[3]));
            __m512i const order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            _mm512_storeu_si512(row.y + i,
                                _mm512_max_epi8(_mm512_permutexvar_epi32(order, lanes), _mm512_set1_epi8(-127)));
        }
        for (; i < count; i += 16) {
            __mmask16 const inside = static_cast<__mmask16>(first_bytes(count - i));
            __m128i const bytes = _mm512_cvtsepi32_epi8(quotient<Width, Shifts>(epilogue, row, sums, i, inside));
            _mm_mask_storeu_epi8(row.y + i, inside, _mm_max_epi8(bytes, _mm_set1_epi8(-127)));
        }
    }

    /// The perturbed sums from `i` on over the divisor, rounded down; narrowing to bytes clips them at 127.
    template <Epilogue<std::int8_t>::Width Width, bool Shifts>
    EGGROLL_TARGET_VNNI static __m512i quotient(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const& row,
                                                std::int32_t const* sums, std::int64_t i, __mmask16 inside) {
        __m512i sum = _mm512_maskz_loadu_epi32(inside, sums + i);
        std::int8_t const* a = row.a + i;
        for (int k = 0; k < epilogue.rank; ++k, a += epilogue.out) {
            __m512i const column = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(inside, a));
            sum = _mm512_add_epi32(sum, low_rank_term<Width>(epilogue.shift, row.c[k], column));
        }
        return divided<Shifts>(epilogue, sum);
    }

    /// (c a) >> shift
    template <Epilogue<std::int8_t>::Width Width>
    EGGROLL_TARGET_VNNI static __m512i low_rank_term(int shift, std::int32_t c, __m512i a) {
        __m128i const count = _mm_cvtsi32_si128(shift);
        if constexpr (Width == Epilogue<std::int8_t>::Width::narrow) {
            return _mm512_sra_epi32(_mm512_mullo_epi32(_mm512_set1_epi32(c), a), count);
        }
        std::int32_t const high = c >> shift;
        std::int32_t const low = c - (high << shift);
        return _mm512_add_epi32(_mm512_mullo_epi32(_mm512_set1_epi32(high), a),
                                _mm512_sra_epi32(_mm512_mullo_epi32(_mm512_set1_epi32(low), a), count));
    }

    /// floor(sum / divisor), or beyond +-127 anything on that side.
    template <bool Shifts>
    EGGROLL_TARGET_VNNI static __m512i divided(Epilogue<std::int8_t> const& epilogue, __m512i sum) {
        if constexpr (Shifts) {
            return _mm512_sra_epi32(sum, _mm_cvtsi32_si128(epilogue.divisor_shift));
        }
        ReciprocalDivision const by(epilogue.divisor);
        __m512i const clipped =
            _mm512_max_epi32(_mm512_min_epi32(sum, _mm512_set1_epi32(by.high)), _mm512_set1_epi32(by.low));
        __m512 const shifted = _mm512_cvtepi32_ps(_mm512_sub_epi32(clipped, _mm512_set1_epi32(by.low)));
        __m512 const quotient = _mm512_fmadd_ps(shifted, _mm512_set1_ps(by.inverse), _mm512_set1_ps(by.half));
        return _mm512_sub_epi32(_mm512_cvttps_epi32(quotient), _mm512_set1_epi32(127));
    }
};

} // namespace eggroll::kernels::host::detail

#endif
