// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/byte_vector.hpp>
#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>

#include <cstdint>

namespace eggroll::kernels::host {

#if defined(EGGROLL_HAS_X86_TARGETS)
namespace detail {

/// Division by a mean from 2 to 127 in 16 bits, of which a vector holds twice as many as of floats.
///
/// A product within [-127 mean, 128 mean) is u - 127 mean with 0 <= u < 255 mean. With s = ceil(log2(mean)) and M =
/// ceil(2^(15+s) / mean) < 2^16, u M / 2^(15+s) exceeds u / mean by less than u / 2^(15+s), and that is below 1 / mean,
/// since 255 mean^2 < 2^(15+s): both have the same floor. mulhi gives u M / 2^16.
class MeanDivision {
public:
    EGGROLL_TARGET_AVX512 explicit MeanDivision(std::int32_t mean) {
        int const s = floor_log2(static_cast<std::uint32_t>(mean - 1)) + 1;
        low_ = _mm512_set1_epi16(static_cast<short>(-127 * mean));
        high_ = _mm512_set1_epi16(static_cast<short>(128 * mean - 1));
        multiplier_ = _mm512_set1_epi16(static_cast<short>(((1 << (15 + s)) + mean - 1) / mean));
        shift_ = _mm_cvtsi32_si128(s - 1);
    }

    /// sat(floor(product / mean)) + 127
    EGGROLL_TARGET_AVX512 __m512i operator()(__m512i product) const {
        __m512i const clipped = _mm512_min_epi16(_mm512_max_epi16(product, low_), high_);
        __m512i const u = _mm512_sub_epi16(clipped, low_);
        return _mm512_srl_epi16(_mm512_mulhi_epu16(u, multiplier_), shift_);
    }

private:
    __m512i low_;
    __m512i high_;
    __m512i multiplier_;
    __m128i shift_;
};

EGGROLL_TARGET_AVX512 inline std::int32_t sum_of_sizes_avx512(std::int8_t const* values, std::int64_t count) {
    __m512i sums = _mm512_setzero_si512();
    for (std::int64_t j = 0; j < count; j += 64) {
        __m512i const sizes = _mm512_abs_epi8(load_bytes(values + j, first_bytes(count - j)));
        sums = _mm512_add_epi64(sums, _mm512_sad_epu8(sizes, _mm512_setzero_si512()));
    }
    return static_cast<std::int32_t>(_mm512_reduce_add_epi64(sums));
}

/// y = sat(floor(x w / mean)). Bytes at even and at odd places are widened apart, to the upper byte of 16 bits: the
/// upper half of their product is that of the bytes.
EGGROLL_TARGET_AVX512 inline void normalize_avx512(std::int8_t const* x, std::int8_t const* w, std::int64_t count,
                                                   MeanDivision const& divided, std::int8_t* y) {
    __m512i const upper = _mm512_set1_epi16(static_cast<short>(0xff00));
    for (std::int64_t j = 0; j < count; j += 64) {
        __mmask64 const inside = first_bytes(count - j);
        __m512i const values = load_bytes(x + j, inside);
        __m512i const weights = load_bytes(w + j, inside);
        __m512i const even = divided(_mm512_mulhi_epi16(_mm512_slli_epi16(values, 8), _mm512_slli_epi16(weights, 8)));
        __m512i const odd =
            divided(_mm512_mulhi_epi16(_mm512_and_si512(values, upper), _mm512_and_si512(weights, upper)));
        __m512i const bytes = _mm512_or_si512(even, _mm512_slli_epi16(odd, 8));
        store_bytes(y + j, inside, _mm512_sub_epi8(bytes, _mm512_set1_epi8(127)));
    }
}

EGGROLL_TARGET_AVX512 inline void normalize_rows_avx512(std::int64_t count, rows::IntegerLayerNorm const& functor) {
    auto const columns = static_cast<std::int32_t>(functor.y.columns);
    for (std::int64_t row = 0; row < count; ++row) {
        std::int8_t const* const x = functor.x.row(row);
        std::int32_t const mean = sum_of_sizes_avx512(x, columns) / columns;
        if (mean > 1) {
            std::int8_t const* const w = functor.weight.row(row / functor.rows_per_member);
            normalize_avx512(x, w, columns, MeanDivision(mean), functor.y.row(row));
        } else {
            functor(row);
        }
    }
}

} // namespace detail
#endif

/// for_each_row of kernels/host/for_each_row.hpp, in 16 bits instead of floats.
inline void for_each_row(Thread thread, std::int64_t count, rows::IntegerLayerNorm const& functor) {
#if defined(EGGROLL_HAS_X86_TARGETS)
    if (thread.isa >= Isa::avx512) {
        return detail::normalize_rows_avx512(count, functor);
    }
#endif
    for_each_row<rows::IntegerLayerNorm>(thread, count, functor);
}

} // namespace eggroll::kernels::host
