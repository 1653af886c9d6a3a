// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/update_steps.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

namespace eggroll::kernels::host {

/// The inner loops of integer noise with byte products, four terms a step. One operand of the instruction is unsigned:
/// the columns', to which 128 is added, and 128 times the sum of the rows' is taken off.
struct UpdateVnni {
    static constexpr int width = 16;
    static constexpr int block_rows = 6; // by 4 vectors: 24 sums of the 32 registers
    static constexpr int block_vectors = 4;
    static constexpr std::int64_t terms_per_step = 4;

    template <int Rows, int Vectors>
    EGGROLL_TARGET_VNNI __attribute__((noinline)) static void add_block(UpdateSteps<std::int8_t> const& s,
                                                                        std::int64_t row, std::int64_t column) {
        std::int32_t* const corner = s.sums + row * s.sums_stride + column;
        std::int32_t const* a = s.a + row;
        std::int32_t const* b = s.b + column;
        __m512i sums[Rows][Vectors];
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            __m512i const offset = _mm512_set1_epi32(s.offsets[row + r]);
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                sums[r][v] = _mm512_sub_epi32(_mm512_loadu_si512(corner + r * s.sums_stride + v * width), offset);
            }
        }
        for (std::int64_t step = 0; step < s.steps; ++step, a += s.a_stride, b += s.b_stride) {
            __m512i columns[Vectors];
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                columns[v] = _mm512_loadu_si512(b + v * width);
            }
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                __m512i const element = _mm512_set1_epi32(a[r]);
                EGGROLL_UNROLL
                for (int v = 0; v < Vectors; ++v) {
                    add_products(sums[r][v], columns[v], element);
                }
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                _mm512_storeu_si512(corner + r * s.sums_stride + v * width, sums[r][v]);
            }
        }
    }

    /// Elements of a step of rows: noise times its weight, -1, 0 or 1.
    EGGROLL_TARGET_VNNI static void interleave(std::array<std::int32_t, 4> const& weights,
                                               std::array<std::int8_t const*, 4> const& noise, std::int64_t count,
                                               std::int32_t* elements) {
        __m128i signs[4]; // (term)
        EGGROLL_UNROLL
        for (std::size_t t = 0; t < 4; ++t) {
            signs[t] = _mm_set1_epi8(static_cast<char>(weights[t]));
        }
        for (std::int64_t i = 0; i < count; i += 16) {
            __m128i terms[4];
            EGGROLL_UNROLL
            for (std::size_t t = 0; t < 4; ++t) {
                terms[t] = _mm_sign_epi8(load(noise[t] + i), signs[t]);
            }
            store_interleaved(terms, elements + i);
        }
    }

    /// Elements of a step of columns: noise plus 128.
    EGGROLL_TARGET_VNNI static void interleave_unsigned(std::array<std::int8_t const*, 4> const& noise,
                                                        std::int64_t count, std::int32_t* elements) {
        __m128i const offset = _mm_set1_epi8(-128);
        for (std::int64_t i = 0; i < count; i += 16) {
            __m128i terms[4];
            EGGROLL_UNROLL
            for (std::size_t t = 0; t < 4; ++t) {
                terms[t] = _mm_xor_si128(load(noise[t] + i), offset);
            }
            store_interleaved(terms, elements + i);
        }
    }

    /// offsets (row) = 128 times the sum of a row's terms.
    EGGROLL_TARGET_VNNI static void sum_rows(std::int32_t const* a, std::int64_t stride, std::int64_t rows,
                                             std::int64_t steps, std::int32_t* offsets) {
        for (std::int64_t r = 0; r < rows; r += width) {
            __m512i sum = _mm512_setzero_si512();
            for (std::int64_t step = 0; step < steps; ++step) {
                add_products(sum, _mm512_set1_epi8(-128), _mm512_loadu_si512(a + step * stride + r));
            }
            _mm512_storeu_si512(offsets + r, sum);
        }
    }

    EGGROLL_TARGET_VNNI static void add_elementwise(std::int8_t w, std::int8_t const* a, std::int8_t const* b,
                                                    std::int64_t count, std::int32_t* sums) {
        host::add_products(w, a, b, count, sums);
    }

private:
    /// sum += the products of four unsigned and four signed bytes. Written as an instruction since the intrinsic's
    /// accumulator costs GCC 12 a register copy each.
    EGGROLL_TARGET_VNNI EGGROLL_ALWAYS_INLINE static void add_products(__m512i& sum, __m512i unsigned_bytes,
                                                                       __m512i signed_bytes) {
        asm("{vpdpbusd %2, %1, %0|vpdpbusd %0, %1, %2}" : "+v"(sum) : "v"(unsigned_bytes), "v"(signed_bytes));
    }

    EGGROLL_TARGET_VNNI EGGROLL_ALWAYS_INLINE static __m128i load(std::int8_t const* p) {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
    }

    /// Bytes of four terms side by side.
    EGGROLL_TARGET_VNNI EGGROLL_ALWAYS_INLINE static void store_interleaved(__m128i const (&terms)[4],
                                                                            std::int32_t* elements) {
        __m128i const low_01 = _mm_unpacklo_epi8(terms[0], terms[1]);
        __m128i const high_01 = _mm_unpackhi_epi8(terms[0], terms[1]);
        __m128i const low_23 = _mm_unpacklo_epi8(terms[2], terms[3]);
        __m128i const high_23 = _mm_unpackhi_epi8(terms[2], terms[3]);
        auto* const out = reinterpret_cast<__m128i*>(elements);
        _mm_storeu_si128(out, _mm_unpacklo_epi16(low_01, low_23));
        _mm_storeu_si128(out + 1, _mm_unpackhi_epi16(low_01, low_23));
        _mm_storeu_si128(out + 2, _mm_unpacklo_epi16(high_01, high_23));
        _mm_storeu_si128(out + 3, _mm_unpackhi_epi16(high_01, high_23));
    }
};

} // namespace eggroll::kernels::host

#endif
