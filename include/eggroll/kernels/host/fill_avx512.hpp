// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Noise with AVX-512: 32 counters at a time, eight periods.

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

    /// fields (period, element).
    template <class Field>
    EGGROLL_TARGET_AVX512 EGGROLL_ALWAYS_INLINE void store(Field (*fields)[period_of<Field>]) const {
        // Word j of period g in 128-bit lane g, then transposed.
        __m512i const word_0 = interleaved<Field>(even.c0, odd.c0);
        __m512i const word_1 = interleaved<Field>(even.c1, odd.c1);
        __m512i const word_2 = interleaved<Field>(even.c2, odd.c2);
        __m512i const word_3 = interleaved<Field>(even.c3, odd.c3);
        __m512i const lower_01 = _mm512_shuffle_i32x4(word_0, word_1, 0x44);
        __m512i const upper_01 = _mm512_shuffle_i32x4(word_0, word_1, 0xEE);
        __m512i const lower_23 = _mm512_shuffle_i32x4(word_2, word_3, 0x44);
        __m512i const upper_23 = _mm512_shuffle_i32x4(word_2, word_3, 0xEE);
        _mm512_store_si512(fields[0], _mm512_shuffle_i32x4(lower_01, lower_23, 0x88));
        _mm512_store_si512(fields[1], _mm512_shuffle_i32x4(lower_01, lower_23, 0xDD));
        _mm512_store_si512(fields[2], _mm512_shuffle_i32x4(upper_01, upper_23, 0x88));
        _mm512_store_si512(fields[3], _mm512_shuffle_i32x4(upper_01, upper_23, 0xDD));
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

/// fields (period, element). Eight periods at a time, because four rounds in flight hide the products' latency.
template <class Field, class T>
EGGROLL_TARGET_AVX512 void generate_fields_avx512(Periods<T> const& periods, Field (*fields)[period_of<Field>]) {
    __m512i const parameter_word = _mm512_set1_epi32(static_cast<int>(periods.parameter_word));
    __m512i const generation = _mm512_set1_epi32(static_cast<int>(periods.generation));
    RoundKeys const keys(periods.key);
    for (int i = 0; i < periods.size; i += 8) {
        FourPeriodsAvx512 first, second;
        first.set(periods.first_block + i, periods.direction + i, parameter_word, generation);
        second.set(periods.first_block + i + 4, periods.direction + i + 4, parameter_word, generation);
        for (int r = 0; r < PhiloxConstants::rounds; ++r) {
            first.round(keys.low[r], keys.high[r]);
            second.round(keys.low[r], keys.high[r]);
        }
        first.store(fields + i);
        second.store(fields + i + 4);
    }
}

/// Values of FixedPointGaussian in place of its fields (period, element), with VBMI, whose byte permutation reads the
/// whole table at once.
EGGROLL_TARGET_VNNI inline void look_up_fixed_point_vbmi(std::uint8_t (*fields)[64], int size) {
    __m512i const magnitudes_low = _mm512_load_si512(fixed_point_magnitudes);
    __m512i const magnitudes_high = _mm512_load_si512(fixed_point_magnitudes + 64);
    for (int i = 0; i < size; ++i) {
        __m512i const field = _mm512_load_si512(fields[i]);
        __m512i const sign = _mm512_movm_epi8(_mm512_movepi8_mask(field)); // -1 or 0
        __m512i const index = _mm512_xor_si512(field, sign);
        __m512i const magnitude = _mm512_permutex2var_epi8(magnitudes_low, index, magnitudes_high);
        _mm512_store_si512(fields[i], _mm512_sub_epi8(_mm512_xor_si512(magnitude, sign), sign));
    }
}

template <class Distribution, class T, class Field>
EGGROLL_TARGET_AVX512 void store_periods_avx512(Periods<T> const& periods, Field const (*fields)[period_of<Field>]) {
    store_periods<Distribution>(periods, fields);
}

} // namespace eggroll::kernels::host

#endif
