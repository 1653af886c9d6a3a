// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>

#include <array>
#include <cstdint>

namespace eggroll::kernels::host {

#if defined(EGGROLL_HAS_X86_TARGETS)
namespace detail {

/// 2^(r/16) in units of 2^-23, which are whole: the significands of the powers.
inline constexpr auto power_significands = [] {
    std::array<std::int32_t, 16> significands{};
    for (std::size_t r = 0; r < significands.size(); ++r) {
        significands[r] = static_cast<std::int32_t>(rows::power_of_two(static_cast<int>(r)) * 0x1p19f);
    }
    return significands;
}();

/// A power is its significand times 2^e, e between -19 and -4, so shifts to the right and to the left leave its whole
/// part and its fraction.
EGGROLL_TARGET_AVX512 inline rows::LogLikelihood::PowerSums sum_powers_avx512(std::int8_t const* logits) {
    __m512i const significands = _mm512_loadu_si512(power_significands.data());
    __m512i whole = _mm512_setzero_si512();
    __m512i fractions = _mm512_setzero_si512();
    for (std::int64_t k = 0; k < rows::LogLikelihood::bytes; k += 16) {
        __m512i const logit = _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<__m128i const*>(logits + k)));
        __m512i const significand = _mm512_permutexvar_epi32(logit, significands); // by the low four bits
        __m512i const octave = _mm512_srai_epi32(logit, 4);                        // e + 11
        __m512i const right = _mm512_sub_epi32(_mm512_set1_epi32(11), octave);
        __m512i const left = _mm512_add_epi32(_mm512_set1_epi32(21), octave);
        whole = _mm512_add_epi32(whole, _mm512_srlv_epi32(significand, right));
        fractions = _mm512_add_epi32(fractions, _mm512_srli_epi32(_mm512_sllv_epi32(significand, left), 10));
    }
    return {_mm512_reduce_add_epi32(whole), _mm512_reduce_add_epi32(fractions)};
}

} // namespace detail
#endif

/// for_each_row of kernels/host/for_each_row.hpp, where a table in a register takes the place of the powers'
/// arithmetic.
inline void for_each_row(Thread thread, std::int64_t count, rows::LogLikelihood const& functor) {
#if defined(EGGROLL_HAS_X86_TARGETS)
    if (thread.isa >= Isa::avx512) {
        for (std::int64_t row = 0; row < count; ++row) {
            functor.add(row, detail::sum_powers_avx512(functor.logits.row(row)));
        }
        return;
    }
#endif
    for_each_row<rows::LogLikelihood>(thread, count, functor);
}

} // namespace eggroll::kernels::host
