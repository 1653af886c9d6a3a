// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

#include <cstdint>

namespace eggroll::kernels::host::detail {

inline constexpr __mmask64 every_byte = ~__mmask64{0};

/// The first `count` of 64.
inline __mmask64 first_bytes(std::int64_t count) {
    return count >= 64 ? every_byte : (__mmask64{1} << count) - 1;
}

/// Zeros where not `inside`, and nothing is read there.
EGGROLL_TARGET_AVX512 inline __m512i load_bytes(std::int8_t const* from, __mmask64 inside) {
    return _mm512_maskz_loadu_epi8(inside, from);
}

/// Masked stores are slow on Zen 4, so whole vectors are stored without.
EGGROLL_TARGET_AVX512 inline void store_bytes(std::int8_t* to, __mmask64 inside, __m512i bytes) {
    if (inside == every_byte) {
        _mm512_storeu_si512(to, bytes);
    } else {
        _mm512_mask_storeu_epi8(to, inside, bytes);
    }
}

} // namespace eggroll::kernels::host::detail

#endif
