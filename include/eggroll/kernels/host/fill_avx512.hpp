// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Noise with AVX-512: 32 counters at a time, eight periods.

#include <eggroll/kernels/host/byte_vector.hpp>
#include <eggroll/kernels/host/fill_avx2.hpp>
#include <eggroll/kernels/host/intrinsics.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

namespace eggroll::kernels::host {

/// Philox on eight counters, in the lower halves of 64-bit lanes: where the widening product reads and where shifts
/// leave its upper half, so a round needs no shuffle. Upper halves are garbage.
struct PhiloxLanesAvx512 {
    __m512i c0, c1, c2, c3;

    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void round(std::uint32_t key_low, std::uint32_t key_high) {
        constexpr auto multiplier_0 = static_cast<int>(PhiloxConstants::multiplier_0);
        constexpr auto multiplier_2 = static_cast<int>(PhiloxConstants::multiplier_2);
        constexpr int exclusive_or = 0x96; // of three
        __m512i const product_0 = _mm512_mul_epu32(c0, _mm512_set1_epi32(multiplier_0));
        __m512i const product_2 = _mm512_mul_epu32(c2, _mm512_set1_epi32(multiplier_2));
        c0 = _mm512_ternarylogic_epi32(_mm512_srli_epi64(product_2, 32), c1,
                                       _mm512_set1_epi32(static_cast<int>(key_low)), exclusive_or);
        c2 = _mm512_ternarylogic_epi32(_mm512_srli_epi64(product_0, 32), c3,
                                       _mm512_set1_epi32(static_cast<int>(key_high)), exclusive_or);
        c1 = product_2;
        c3 = product_0;
    }
};

/// Four periods: `even` has their blocks 0 and 2, `odd` 1 and 3.
struct FourPeriodsAvx512 {
    PhiloxLanesAvx512 even, odd;

    /// Counters; `first_block` and `direction` (period).
    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void
    set(std::uint32_t const* first_block, std::uint32_t const* direction, __m512i parameter_word, __m512i generation) {
        __m512i const period_of_lane = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
        __m512i const block_of_lane = _mm512_set_epi32(3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0);
        __m128i const blocks = _mm_load_si128(reinterpret_cast<__m128i const*>(first_block));
        __m128i const directions = _mm_load_si128(reinterpret_cast<__m128i const*>(direction));
        even.c0 =
            _mm512_add_epi32(_mm512_permutexvar_epi32(period_of_lane, _mm512_castsi128_si512(blocks)), block_of_lane);
        even.c1 = _mm512_permutexvar_epi32(period_of_lane, _mm512_castsi128_si512(directions));
        even.c2 = parameter_word;
        even.c3 = generation;
        odd = even;
        odd.c0 = _mm512_srli_epi64(even.c0, 32);
    }

    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void round(std::uint32_t key_low, std::uint32_t key_high) {
        even.round(key_low, key_high);
        odd.round(key_low, key_high);
    }

    /// Their fields, in the order of the elements.
    template <class Field>
    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void fields(__m512i* period) const {
        // Word j of period g in 128-bit lane g, then transposed.
        __m512i const word_0 = interleaved<Field>(even.c0, odd.c0);
        __m512i const word_1 = interleaved<Field>(even.c1, odd.c1);
        __m512i const word_2 = interleaved<Field>(even.c2, odd.c2);
        __m512i const word_3 = interleaved<Field>(even.c3, odd.c3);
        __m512i const lower_01 = _mm512_shuffle_i32x4(word_0, word_1, 0x44);
        __m512i const upper_01 = _mm512_shuffle_i32x4(word_0, word_1, 0xEE);
        __m512i const lower_23 = _mm512_shuffle_i32x4(word_2, word_3, 0x44);
        __m512i const upper_23 = _mm512_shuffle_i32x4(word_2, word_3, 0xEE);
        period[0] = _mm512_shuffle_i32x4(lower_01, lower_23, 0x88);
        period[1] = _mm512_shuffle_i32x4(lower_01, lower_23, 0xDD);
        period[2] = _mm512_shuffle_i32x4(upper_01, upper_23, 0x88);
        period[3] = _mm512_shuffle_i32x4(upper_01, upper_23, 0xDD);
    }

private:
    /// A word of the blocks side by side in their order, bytes in that of the elements.
    template <class Field>
    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE static __m512i interleaved(__m512i even_blocks, __m512i odd_blocks) {
        constexpr auto odd_lanes = static_cast<__mmask16>(0xAAAA);
        constexpr auto lower_to_upper = static_cast<_MM_PERM_ENUM>(0xA0);
        __m512i const words = _mm512_mask_shuffle_epi32(even_blocks, odd_lanes, odd_blocks, lower_to_upper);
        if constexpr (sizeof(Field) == 1) {
            return _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(byte_field_order()));
        } else {
            return words;
        }
    }
};

/// Fields of eight periods from `first` on, because four rounds in flight hide the products' latency.
template <class Field, class T>
EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void eight_periods_avx512(Periods<T> const& periods, RoundKeys const& keys,
                                                                      int first, __m512i (&fields)[8]) {
    __m512i const parameter_word = _mm512_set1_epi32(static_cast<int>(periods.parameter_word));
    __m512i const generation = _mm512_set1_epi32(static_cast<int>(periods.generation));
    FourPeriodsAvx512 lower, upper;
    lower.set(periods.first_block + first, periods.direction + first, parameter_word, generation);
    upper.set(periods.first_block + first + 4, periods.direction + first + 4, parameter_word, generation);
    for (int r = 0; r < PhiloxConstants::rounds; ++r) {
        lower.round(keys.low[r], keys.high[r]);
        upper.round(keys.low[r], keys.high[r]);
    }
    lower.fields<Field>(fields);
    upper.fields<Field>(fields + 4);
}

/// fields (period, element).
template <class Field, class T>
EGGROLL_TARGET_AVX512 void generate_fields_avx512(Periods<T> const& periods, Field (*fields)[period_of<Field>]) {
    RoundKeys const keys(periods.key);
    for (int i = 0; i < periods.size; i += 8) {
        __m512i eight[8];
        eight_periods_avx512<Field>(periods, keys, i, eight);
        EGGROLL_UNROLL
        for (int p = 0; p < 8; ++p) {
            _mm512_store_si512(fields[i + p], eight[p]);
        }
    }
}

/// Values of FixedPointGaussian where the list wants them. Fields stay in registers: VBMI's byte permutation reads the
/// whole table at once.
EGGROLL_TARGET_VNNI inline void generate_fixed_point_vbmi(Periods<std::int8_t> const& periods) {
    __m512i const magnitudes_low = _mm512_load_si512(fixed_point_magnitudes);
    __m512i const magnitudes_high = _mm512_load_si512(fixed_point_magnitudes + 64);
    RoundKeys const keys(periods.key);
    for (int i = 0; i < periods.size; i += 8) {
        __m512i fields[8];
        eight_periods_avx512<std::uint8_t>(periods, keys, i, fields);
        EGGROLL_UNROLL
        for (int p = 0; p < 8; ++p) {
            __m512i const field = fields[p];
            __mmask64 const negative = _mm512_movepi8_mask(field);
            __m512i const index = _mm512_mask_sub_epi8(field, negative, _mm512_set1_epi8(-1), field); // 255 - field
            __m512i const magnitude = _mm512_permutex2var_epi8(magnitudes_low, index, magnitudes_high);
            __m512i const value = _mm512_mask_sub_epi8(magnitude, negative, _mm512_setzero_si512(), magnitude);
            detail::store_bytes(periods.out[i + p], detail::first_bytes(periods.count[i + p]), value);
        }
    }
}

template <class Distribution, class T, class Field>
EGGROLL_TARGET_AVX512 void store_periods_avx512(Periods<T> const& periods, Field const (*fields)[period_of<Field>]) {
    store_periods<Distribution>(periods, fields);
}

} // namespace eggroll::kernels::host

#endif
