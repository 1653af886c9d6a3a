// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// d (16, 8) += a (16, k) b (k, 8) on tensor cores for each floating storage, k the elements of 32 bytes. Fragments are
/// loaded in the same way for all: two groups of 16 bytes a row (block.hpp, load_matrices).

#include <eggroll/config.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// Weights that tensor cores multiply. A storage type of the user's own is left to the generic kernels.
template <class Stored>
concept fragment_storage =
    std::is_same_v<Stored, float> || std::is_same_v<Stored, half> || std::is_same_v<Stored, bfloat16>;

template <fragment_storage Stored>
struct FragmentProduct;

template <>
struct FragmentProduct<bfloat16> {
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void add(Block& block, float (&d)[4], std::uint32_t const (&a)[4],
                                                std::uint32_t const (&b)[2]) {
        block.multiply_bfloat16(d, a, b);
    }
};

template <>
struct FragmentProduct<half> {
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void add(Block& block, float (&d)[4], std::uint32_t const (&a)[4],
                                                std::uint32_t const (&b)[2]) {
        block.multiply_half(d, a, b);
    }
};

/// Nearly as exact as float: each operand is a sum of two tf32 numbers, high its nearest and low the rest, and three of
/// the four products are taken, the small ones first. |low| <= 2^-11 |x|, and low loses its last bit, 2^-23 |x|. So a
/// product is off by at most 2^-22 (low times low) + 2 2^-23 = 2^-21 of its size.
template <>
struct FragmentProduct<float> {
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION static void add(Block& block, float (&d)[4], std::uint32_t const (&a)[4],
                                                std::uint32_t const (&b)[2]) {
        std::uint32_t const a_high[4] = {high(a[0]), high(a[1]), high(a[2]), high(a[3])};
        std::uint32_t const b_high[2] = {high(b[0]), high(b[1])};
        std::uint32_t const a_low[4] = {low(a[0]), low(a[1]), low(a[2]), low(a[3])};
        std::uint32_t const b_low[2] = {low(b[0]), low(b[1])};
        block.multiply_tf32(d, a_low, b_high);
        block.multiply_tf32(d, a_high, b_low);
        block.multiply_tf32(d, a_high, b_high);
    }

private:
    /// To the nearest number of 11 digits; infinite from about 2^128 (1 - 2^-12) on.
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t high(std::uint32_t bits) { return (bits + 0x1000u) & 0xffffe000u; }
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t low(std::uint32_t bits) {
        float const rest = __builtin_bit_cast(float, bits) - __builtin_bit_cast(float, high(bits));
        return __builtin_bit_cast(std::uint32_t, rest);
    }
};

} // namespace eggroll::kernels::cuda
