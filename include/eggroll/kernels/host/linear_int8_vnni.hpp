// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/byte_vector.hpp>
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

    EGGROLL_TARGET_VNNI static void finish(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const* rows,
                                           std::int64_t row_count, Tile<std::int8_t> const& tile) {
        if (epilogue.width == Epilogue<std::int8_t>::Width::wide) {
            IntegerScalar::finish(epilogue, rows, row_count, tile);
            return;
        }
        bool const shifts = epilogue.divisor_shift >= 0;
        for (std::int64_t i = 0; i < tile.outputs; i += 64) {
            Tile<std::int8_t> const part{tile.sums + i, tile.stride, tile.first_output + i, tile.outputs - i};
            if (part.outputs >= 64) {
                shifts ? finish_part<true, true>(epilogue, rows, row_count, part)
                       : finish_part<true, false>(epilogue, rows, row_count, part);
            } else {
                shifts ? finish_part<false, true>(epilogue, rows, row_count, part)
                       : finish_part<false, false>(epilogue, rows, row_count, part);
            }
        }
    }

private:
    static constexpr char offset_byte = static_cast<char>(-128); // 128 as an unsigned operand

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

    /// The first 64 outputs of a tile, or what there is of them. All rows in one call, since it takes as long to set up
    /// constants as to finish a row. Operands are copies in registers: for all that a compiler knows, stores of bytes
    /// could change what a reference leads to.
    template <bool Whole, bool Shifts>
    EGGROLL_TARGET_VNNI __attribute__((always_inline)) static inline void
    finish_part(Epilogue<std::int8_t> epilogue, PanelRow<std::int8_t> const* rows, std::int64_t row_count,
                Tile<std::int8_t> tile) {
        __mmask64 const inside = Whole ? every_byte : first_bytes(tile.outputs);
        for (std::int64_t r = 0; r < row_count; ++r) {
            store_bytes(rows[r].y + tile.first_output, inside,
                        finished<Shifts>(epilogue, rows[r], tile.first_output, tile.sums + r * tile.stride, inside));
        }
    }

    /// Outputs [output, output + 64) of a row, as far as they are `inside`. Sums are narrowed in registers, since the
    /// instruction that narrows into memory is slow on Zen 4.
    template <bool Shifts>
    EGGROLL_TARGET_VNNI __attribute__((always_inline)) static inline __m512i
    finished(Epilogue<std::int8_t> const& epilogue, PanelRow<std::int8_t> const& row, std::int64_t output,
             std::int32_t const* sums, __mmask64 inside) {
        __m512i quotients[4]; // sums until they are divided
        EGGROLL_UNROLL
        for (int v = 0; v < 4; ++v) {
            quotients[v] = _mm512_maskz_loadu_epi32(static_cast<__mmask16>(inside >> 16 * v), sums + 16 * v);
        }
        for (int k = 0; k < epilogue.rank; ++k) {
            add_component(epilogue, row.c[k], row.a + k * epilogue.out + output, inside, quotients);
        }
        divide<Shifts>(epilogue, quotients);
        // Quarter q of vector v ends up in 32-bit lane 4 q + v. Narrowing clips at 127.
        __m512i const lanes = _mm512_packs_epi16(_mm512_packs_epi32(quotients[0], quotients[1]),
                                                 _mm512_packs_epi32(quotients[2], quotients[3]));
        __m512i const order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        return _mm512_max_epi8(_mm512_permutexvar_epi32(order, lanes), _mm512_set1_epi8(-127));
    }

    /// sums += (c a) >> shift
    EGGROLL_TARGET_VNNI __attribute__((always_inline)) static inline void
    add_component(Epilogue<std::int8_t> const& epilogue, std::int32_t c, std::int8_t const* a, __mmask64 inside,
                  __m512i (&sums)[4]) {
        __m128i const shift = _mm_cvtsi32_si128(epilogue.shift);
        __m512i columns[4];
        EGGROLL_UNROLL
        for (int v = 0; v < 4; ++v) {
            columns[v] =
                _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(static_cast<__mmask16>(inside >> 16 * v), a + 16 * v));
        }
        __m512i low = _mm512_set1_epi32(c);
        if (epilogue.width == Epilogue<std::int8_t>::Width::split) {
            __m512i const high = _mm512_sra_epi32(low, shift);
            low = _mm512_sub_epi32(low, _mm512_sll_epi32(high, shift));
            EGGROLL_UNROLL
            for (int v = 0; v < 4; ++v) {
                sums[v] = _mm512_add_epi32(sums[v], _mm512_mullo_epi32(high, columns[v]));
            }
        }
        EGGROLL_UNROLL
        for (int v = 0; v < 4; ++v) {
            sums[v] = _mm512_add_epi32(sums[v], _mm512_sra_epi32(_mm512_mullo_epi32(low, columns[v]), shift));
        }
    }

    /// floor(sum / divisor), or beyond +-127 anything on that side.
    template <bool Shifts>
    EGGROLL_TARGET_VNNI __attribute__((always_inline)) static inline void divide(Epilogue<std::int8_t> const& epilogue,
                                                                                 __m512i (&sums)[4]) {
        if constexpr (Shifts) {
            EGGROLL_UNROLL
            for (auto& sum : sums) {
                sum = _mm512_sra_epi32(sum, _mm_cvtsi32_si128(epilogue.divisor_shift));
            }
            return;
        }
        ReciprocalDivision const by(epilogue.divisor);
        EGGROLL_UNROLL
        for (auto& sum : sums) {
            __m512i const clipped =
                _mm512_max_epi32(_mm512_min_epi32(sum, _mm512_set1_epi32(by.high)), _mm512_set1_epi32(by.low));
            __m512 const shifted = _mm512_cvtepi32_ps(_mm512_sub_epi32(clipped, _mm512_set1_epi32(by.low)));
            __m512 const quotient = _mm512_fmadd_ps(shifted, _mm512_set1_ps(by.inverse), _mm512_set1_ps(by.half));
            sum = _mm512_sub_epi32(_mm512_cvttps_epi32(quotient), _mm512_set1_epi32(127));
        }
    }
};

} // namespace eggroll::kernels::host::detail

#endif
