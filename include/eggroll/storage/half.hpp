// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/storage/rounding.hpp>
#include <eggroll/storage/sixteen_bit_traits.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll {

/// IEEE 754 binary16, for storage: 10 bits of mantissa, values up to 65504, subnormals down to 2^-24. Arithmetic is
/// done in float, to which it converts by itself; back only when asked, and rounded to nearest, ties to even.
class half {
public:
    half() = default;
    /// To nearest; infinite from 65520 on. StorageTraits<half>::from_real stops at 65504 instead.
    KOKKOS_FORCEINLINE_FUNCTION constexpr explicit half(float value) : half(round(value, rounding::Nearest{})) {}
    /// The value with these bits.
    KOKKOS_FORCEINLINE_FUNCTION static constexpr half from_bits(std::uint16_t bits) {
        half result{};
        result.bits_ = bits;
        return result;
    }
    /// `rounding` is a functor (significand, dropped digits) -> significand, such as rounding::Stochastic.
    template <class Rounding>
    KOKKOS_FORCEINLINE_FUNCTION static constexpr half round(float value, Rounding const& rounding) {
        constexpr std::uint32_t rebias = (127 - 15) << 23;
        auto const pattern = __builtin_bit_cast(std::uint32_t, value);
        std::uint32_t const sign = pattern >> 16 & 0x8000;
        std::uint32_t const size = pattern & 0x7FFFFFFF;
        std::uint32_t result = infinity;
        if (size > 0x7F800000) { // NaN: quiet, with what fits of its payload
            result = infinity | 0x0200 | (size >> 13 & 0x03FF);
        } else if (size >= 0x47800000) { // 2^16 and above
            result = infinity;
        } else if (size >= 0x38800000) { // 2^-14: normal; a carry out of the mantissa makes the exponent right
            result = rounding(size - rebias, 13);
        } else { // in units of 2^-24; a float's own subnormals are so small that their exponent doesn't matter
            auto const exponent = static_cast<int>(size >> 23);
            result = rounding((size & 0x007FFFFF) | (exponent != 0 ? 0x00800000 : 0), 126 - exponent);
        }
        return from_bits(static_cast<std::uint16_t>(sign | result));
    }

    KOKKOS_FORCEINLINE_FUNCTION constexpr std::uint16_t bits() const { return bits_; }
    /// Exact.
    KOKKOS_FORCEINLINE_FUNCTION constexpr operator float() const {
        std::uint32_t const sign = static_cast<std::uint32_t>(bits_ & 0x8000) << 16;
        std::uint32_t const size = bits_ & 0x7FFF;
        // Chosen by masks, so that loops of conversions vectorise.
        std::uint32_t const special = size >= infinity ? ~0u : 0u; // infinite or NaN
        std::uint32_t const normal = (size << 13) + ((127u - 15u) << 23) + (special & (255u - 31u - 127u + 15u) << 23);
        float const units = static_cast<float>(static_cast<std::int32_t>(size)) * 0x1p-24F; // exact
        std::uint32_t const subnormal = size < 0x0400 ? ~0u : 0u;
        std::uint32_t const magnitude = (normal & ~subnormal) | (__builtin_bit_cast(std::uint32_t, units) & subnormal);
        return __builtin_bit_cast(float, magnitude | sign);
    }

    KOKKOS_FORCEINLINE_FUNCTION static constexpr half largest() { return from_bits(0x7BFF); } // 65504

private:
    static constexpr std::uint16_t infinity = 0x7C00;
    std::uint16_t bits_;
};

template <>
struct StorageTraits<half> : detail::SixteenBitTraits<half> {
    static constexpr char const* name = "half";
};

} // namespace eggroll
