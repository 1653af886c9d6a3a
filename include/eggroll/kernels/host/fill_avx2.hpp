// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Noise with AVX2: 8 counters at a time, two periods.

#include <eggroll/kernels/host/fill_periods.hpp>
#include <eggroll/kernels/host/intrinsics.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

namespace eggroll::kernels::host {

/// The keys of Philox' rounds.
struct RoundKeys {
    explicit RoundKeys(PhiloxKey key) {
        for (int r = 0; r < PhiloxConstants::rounds; ++r, key = next_round_key(key)) {
            low[r] = key.word[0];
            high[r] = key.word[1];
        }
    }
    std::uint32_t low[PhiloxConstants::rounds];  // (round)
    std::uint32_t high[PhiloxConstants::rounds]; // (round)
};

/// Philox on the counters of two periods; as in PhiloxLanesAvx512, `even` and `odd` blocks in lower halves.
struct PhiloxLanesAvx2 {
    __m256i c0, c1, c2, c3;

    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE void round(std::uint32_t key_low, std::uint32_t key_high) {
        __m256i const product_0 =
            _mm256_mul_epu32(c0, _mm256_set1_epi32(static_cast<int>(PhiloxConstants::multiplier_0)));
        __m256i const product_2 =
            _mm256_mul_epu32(c2, _mm256_set1_epi32(static_cast<int>(PhiloxConstants::multiplier_2)));
        c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product_2, 32), c1),
                              _mm256_set1_epi32(static_cast<int>(key_low)));
        c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product_0, 32), c3),
                              _mm256_set1_epi32(static_cast<int>(key_high)));
        c1 = product_2;
        c3 = product_0;
    }
};

/// Four words of four bytes, each two pairs of fields, to the order of the elements: first pairs, then second pairs.
EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE __m128i byte_field_order() {
    return _mm_set_epi8(15, 14, 11, 10, 7, 6, 3, 2, 13, 12, 9, 8, 5, 4, 1, 0);
}

/// Word j of the even and odd blocks, put side by side in the order of the blocks and for bytes in that of the
/// elements.
template <class Field>
EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE __m256i interleaved_avx2(__m256i even, __m256i odd) {
    __m256i const words = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    if constexpr (sizeof(Field) == 1) {
        return _mm256_shuffle_epi8(words, _mm256_broadcastsi128_si256(byte_field_order()));
    } else {
        return words;
    }
}

/// fields (period, element).
template <class Field, class T>
EGGROLL_TARGET_AVX2 void generate_fields_avx2(Periods<T> const& periods, Field (*fields)[period_of<Field>]) {
    __m256i const period_of_lane = _mm256_set_epi32(1, 1, 1, 1, 0, 0, 0, 0);
    __m256i const block_of_lane = _mm256_set_epi32(3, 2, 1, 0, 3, 2, 1, 0);
    __m256i const parameter_word = _mm256_set1_epi32(static_cast<int>(periods.parameter_word));
    __m256i const generation = _mm256_set1_epi32(static_cast<int>(periods.generation));
    RoundKeys const keys(periods.key);
    for (int i = 0; i < periods.size; i += 2) {
        auto const* block = reinterpret_cast<__m128i const*>(periods.first_block + i);
        auto const* direction = reinterpret_cast<__m128i const*>(periods.direction + i);
        __m256i const first_block =
            _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(_mm_loadl_epi64(block)), period_of_lane);

        PhiloxLanesAvx2 even;
        even.c0 = _mm256_add_epi32(first_block, block_of_lane);
        even.c1 = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(_mm_loadl_epi64(direction)), period_of_lane);
        even.c2 = parameter_word;
        even.c3 = generation;
        PhiloxLanesAvx2 odd = even;
        odd.c0 = _mm256_srli_epi64(even.c0, 32);
        for (int r = 0; r < PhiloxConstants::rounds; ++r) {
            even.round(keys.low[r], keys.high[r]);
            odd.round(keys.low[r], keys.high[r]);
        }

        // Word j of period g in 128-bit lane g, then transposed.
        __m256i const word_0 = interleaved_avx2<Field>(even.c0, odd.c0);
        __m256i const word_1 = interleaved_avx2<Field>(even.c1, odd.c1);
        __m256i const word_2 = interleaved_avx2<Field>(even.c2, odd.c2);
        __m256i const word_3 = interleaved_avx2<Field>(even.c3, odd.c3);
        auto* period_0 = reinterpret_cast<__m256i*>(fields[i]);
        auto* period_1 = reinterpret_cast<__m256i*>(fields[i + 1]);
        _mm256_store_si256(period_0, _mm256_permute2x128_si256(word_0, word_1, 0x20));
        _mm256_store_si256(period_0 + 1, _mm256_permute2x128_si256(word_2, word_3, 0x20));
        _mm256_store_si256(period_1, _mm256_permute2x128_si256(word_0, word_1, 0x31));
        _mm256_store_si256(period_1 + 1, _mm256_permute2x128_si256(word_2, word_3, 0x31));
    }
}

/// Part `part` of eight of the table of FixedPointGaussian, looked up by the lower half of each byte.
EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE __m256i magnitudes_avx2(int part, __m256i index) {
    auto const* table = reinterpret_cast<__m128i const*>(fixed_point_magnitudes) + part;
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128(table)), index);
}

/// Fields of FixedPointGaussian to values: eight look-ups, the right one chosen by bits 4, 5 and 6.
EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE __m256i fixed_point_values_avx2(__m256i field) {
    __m256i const sign = _mm256_cmpgt_epi8(_mm256_setzero_si256(), field); // -1 or 0
    __m256i const index = _mm256_xor_si256(field, sign);
    __m256i const bit_4 = _mm256_slli_epi16(index, 3); // in each byte's highest bit, which the choice reads
    __m256i const bit_5 = _mm256_slli_epi16(index, 2);
    __m256i const bit_6 = _mm256_slli_epi16(index, 1);
    __m256i const part_01 = _mm256_blendv_epi8(magnitudes_avx2(0, index), magnitudes_avx2(1, index), bit_4);
    __m256i const part_23 = _mm256_blendv_epi8(magnitudes_avx2(2, index), magnitudes_avx2(3, index), bit_4);
    __m256i const part_45 = _mm256_blendv_epi8(magnitudes_avx2(4, index), magnitudes_avx2(5, index), bit_4);
    __m256i const part_67 = _mm256_blendv_epi8(magnitudes_avx2(6, index), magnitudes_avx2(7, index), bit_4);
    __m256i const magnitude = _mm256_blendv_epi8(_mm256_blendv_epi8(part_01, part_23, bit_5),
                                                 _mm256_blendv_epi8(part_45, part_67, bit_5), bit_6);
    return _mm256_sub_epi8(_mm256_xor_si256(magnitude, sign), sign);
}

/// Values of FixedPointGaussian in place of its fields (period, element).
EGGROLL_TARGET_AVX2 inline void look_up_fixed_point_avx2(std::uint8_t (*fields)[64], int size) {
    for (int i = 0; i < size; ++i) {
        auto* halves = reinterpret_cast<__m256i*>(fields[i]);
        _mm256_store_si256(halves, fixed_point_values_avx2(_mm256_load_si256(halves)));
        _mm256_store_si256(halves + 1, fixed_point_values_avx2(_mm256_load_si256(halves + 1)));
    }
}

template <class Distribution, class T, class Field>
EGGROLL_TARGET_AVX2 void store_periods_avx2(Periods<T> const& periods, Field const (*fields)[period_of<Field>]) {
    store_periods<Distribution>(periods, fields);
}

} // namespace eggroll::kernels::host

#endif
