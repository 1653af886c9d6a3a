// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>

#include <Kokkos_MathematicalFunctions.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// y = max((y - mean) / sqrt(variance + epsilon), 0) with each row's own mean and variance, in place: layer
/// normalisation (Ba, Kiros and Hinton, arXiv 1607.06450) without scale or shift, then relu; a row with a NaN or an
/// infinity becomes NaN. The paper's policies have it (arXiv 2511.16652, reinforcement learning).
///
/// Sums have 16 lanes, added up in one order: the same bits with any instruction set.
struct LayerNormRelu {
    static constexpr float epsilon = 1e-5F;
    static constexpr std::int64_t lanes = 16;

    Array2<float> y; // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        float* const values = y.row(row);
        std::int64_t const columns = y.columns;
        auto const count = static_cast<float>(columns);
        float const mean = sum<false>(values, columns, 0.0F) / count;
        float const variance = sum<true>(values, columns, mean) / count;
        float const factor = 1.0F / Kokkos::sqrt(variance + epsilon);
        for (std::int64_t j = 0; j < columns; ++j) {
            float const normalised = (values[j] - mean) * factor;
            values[j] = normalised < 0.0F ? 0.0F : normalised;
        }
    }

private:
    /// Of values - shift, or of their squares.
    template <bool squares>
    static KOKKOS_FORCEINLINE_FUNCTION float sum(float const* values, std::int64_t columns, float shift) {
        float lane[lanes] = {};
        std::int64_t const whole = columns / lanes * lanes;
        for (std::int64_t j = 0; j < whole; j += lanes) {
            for (std::int64_t k = 0; k < lanes; ++k) {
                lane[k] += term<squares>(values[j + k] - shift);
            }
        }
        for (std::int64_t k = 0; k < columns - whole; ++k) {
            lane[k] += term<squares>(values[whole + k] - shift);
        }
        for (std::int64_t width = lanes / 2; width > 0; width /= 2) {
            for (std::int64_t k = 0; k < width; ++k) {
                lane[k] += lane[k + width];
            }
        }
        return lane[0];
    }
    template <bool squares>
    static KOKKOS_FORCEINLINE_FUNCTION float term(float x) {
        return squares ? x * x : x;
    }
};

} // namespace eggroll::kernels::rows
