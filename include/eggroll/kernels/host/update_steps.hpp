// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The inner loops of the update, shared by all instruction sets.
///
/// A tile of sums (row, column) takes a step at a time: sum[r][c] += a[step][r] * b[step][c]. For float a step is one
/// term (direction and component), for int8 two or four, which lie side by side in 32 bits: what pmaddwd or vpdpbusd
/// multiplies and adds.

#include <eggroll/kernels/host/isa.hpp>

#include <array>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::host {

/// How update kernels hold noise of T: elements of steps, and sums within a tile, which stay in the second-level cache
/// beside the operands of a chunk of terms.
template <class T>
struct UpdateArithmetic;
template <>
struct UpdateArithmetic<float> {
    using element = float;
    using sum = float;
    static constexpr std::int64_t terms_per_chunk = 128;
};
template <>
struct UpdateArithmetic<std::int8_t> {
    using element = std::int32_t; // two terms of 16 bits or four of 8
    using sum = std::int32_t;
    static constexpr std::int64_t terms_per_chunk = 256;
    /// Products of values within +-127 that a sum holds without overflow.
    static constexpr std::int64_t terms_per_sum = std::int64_t{1} << 17;
};

/// Elements of `steps` steps and the tile they are added to. Rows of b and of sums are a whole number of vectors.
template <class T>
struct UpdateSteps {
    typename UpdateArithmetic<T>::element const* a = nullptr; // (step, row)
    typename UpdateArithmetic<T>::element const* b = nullptr; // (step, column)
    typename UpdateArithmetic<T>::sum* sums = nullptr;        // (row, column)
    std::int64_t a_stride = 0;
    std::int64_t b_stride = 0;
    std::int64_t sums_stride = 0;
    std::int64_t steps = 0;
    std::int32_t const* offsets = nullptr; // (row), with byte products: to be taken off
};

/// Columns are padded to this, a vector of the widest instruction set.
inline constexpr std::int64_t update_lanes = 16;

EGGROLL_ALWAYS_INLINE float add_step(float sum, float a, float b) {
    return std::fma(a, b, sum);
}
EGGROLL_ALWAYS_INLINE std::int32_t add_step(std::int32_t sum, std::int32_t a, std::int32_t b) {
    auto const low = [](std::int32_t pair) { return static_cast<std::int16_t>(pair & 0xFFFF); };
    return sum + low(a) * low(b) + (a >> 16) * (b >> 16);
}

/// Adds all steps to the tile, for any CPU.
template <class T>
void add_steps_scalar(UpdateSteps<T> const& s, std::int64_t rows, std::int64_t columns) {
    for (std::int64_t step = 0; step < s.steps; ++step) {
        for (std::int64_t r = 0; r < rows; ++r) {
            auto const a = s.a[step * s.a_stride + r];
            for (std::int64_t c = 0; c < columns; ++c) {
                auto& sum = s.sums[r * s.sums_stride + c];
                sum = add_step(sum, a, s.b[step * s.b_stride + c]);
            }
        }
    }
}

/// elements = w noise.
EGGROLL_ALWAYS_INLINE void scale_elements(float w, float const* noise, std::int64_t count, float* elements) {
    for (std::int64_t i = 0; i < count; ++i) {
        elements[i] = w * noise[i];
    }
}

/// Weighted noise of two terms side by side, 16 bits each.
EGGROLL_ALWAYS_INLINE void pair_elements(std::array<std::int32_t, 2> const& weights,
                                         std::array<std::int8_t const*, 2> const& noise, std::int64_t count,
                                         std::int32_t* __restrict elements) {
    std::int8_t const* const __restrict first = noise[0];
    std::int8_t const* const __restrict second = noise[1];
    for (std::int64_t i = 0; i < count; ++i) {
        auto const low = static_cast<std::uint32_t>(weights[0] * first[i]) & 0xFFFFu;
        auto const high = static_cast<std::uint32_t>(weights[1] * second[i]) << 16;
        elements[i] = static_cast<std::int32_t>(high | low);
    }
}

/// sums += w a b, elementwise.
EGGROLL_ALWAYS_INLINE void add_products(float w, float const* __restrict a, float const* __restrict b,
                                        std::int64_t count, float* __restrict sums) {
    for (std::int64_t i = 0; i < count; ++i) {
        float const weighted = w * a[i];
        sums[i] = std::fma(weighted, b[i], sums[i]);
    }
}
EGGROLL_ALWAYS_INLINE void add_products(std::int8_t w, std::int8_t const* __restrict a, std::int8_t const* __restrict b,
                                        std::int64_t count, std::int32_t* __restrict sums) {
    for (std::int64_t i = 0; i < count; ++i) {
        sums[i] += w * a[i] * b[i];
    }
}

} // namespace eggroll::kernels::host
