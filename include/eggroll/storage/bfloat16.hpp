// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/storage/rounding.hpp>
#include <eggroll/storage/sixteen_bit_traits.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll {

/// The upper half of a float, for storage: its range, and 7 bits of mantissa. Arithmetic is done in float, to which it
/// converts by itself; back only when asked, and rounded to nearest, ties to even.
class bfloat16 {
public:
    bfloat16() = default;
    /// To nearest; infinite from half a unit above largest() on. StorageTraits<bfloat16>::from_real stops there
    /// instead.
    KOKKOS_FORCEINLINE_FUNCTION constexpr explicit bfloat16(float value)
        : bfloat16(round(value, rounding::Nearest{})) {}
    /// The value with these bits.
    KOKKOS_FORCEINLINE_FUNCTION static constexpr bfloat16 from_bits(std::uint16_t bits) {
        bfloat16 result{};
        result.bits_ = bits;
        return result;
    }
    /// `rounding` is a functor (significand, dropped digits) -> significand, such as rounding::Stochastic.
    template <class Rounding>
    KOKKOS_FORCEINLINE_FUNCTION static constexpr bfloat16 round(float value, Rounding const& rounding) {
        auto const pattern = __builtin_bit_cast(std::uint32_t, value);
        std::uint32_t const size = pattern & 0x7FFFFFFF;
        // NaN: quiet, with what fits of its payload. A carry out of the mantissa makes the exponent right.
        std::uint32_t const result = size > 0x7F800000 ? size >> 16 | 0x0040 : rounding(size, 16);
        return from_bits(static_cast<std::uint16_t>((pattern >> 16 & 0x8000) | result));
    }

    KOKKOS_FORCEINLINE_FUNCTION constexpr std::uint16_t bits() const { return bits_; }
    /// Exact.
    KOKKOS_FORCEINLINE_FUNCTION constexpr operator float() const {
        return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits_) << 16);
    }

    KOKKOS_FORCEINLINE_FUNCTION static constexpr bfloat16 largest() { return from_bits(0x7F7F); } // 3.39e38

private:
    std::uint16_t bits_;
};

template <>
struct StorageTraits<bfloat16> : detail::SixteenBitTraits<bfloat16> {
    static constexpr char const* name = "bfloat16";
};

} // namespace eggroll
