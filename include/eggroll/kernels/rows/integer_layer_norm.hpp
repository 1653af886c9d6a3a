// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// sat(floor(product / mean)) for |product| <= 127^2 and mean = 1..127, with `reciprocal` = 1.0f / mean.
///
/// Exact in float: product + 1/2 is exact. (product + 1/2) / mean has the same floor as product / mean and differs from
/// every integer by at least 1 / (2 mean) >= 0.0039. Reciprocal and multiplication together are off by at most 2^-23 of
/// 16129.5 / mean, which is below 0.002 / mean. Adding 2^14 makes the value positive, so that the conversion is the
/// floor, and is off by at most 2^-10 < 0.00098. A contracted multiply-add is off by less.
KOKKOS_FORCEINLINE_FUNCTION std::int8_t quotient_by_mean(int product, float reciprocal) {
    constexpr int offset = 1 << 14;
    float const shifted = static_cast<float>(product) + 0.5f;
    return saturate(static_cast<int>(shifted * reciprocal + static_cast<float>(offset)) - offset);
}

/// The same for a mean of zero: what the golden vectors have there.
KOKKOS_FORCEINLINE_FUNCTION std::int8_t quotient_by_zero(int product) {
    return static_cast<std::int8_t>(product == 0 ? -1 : -2);
}

/// EGG's layer norm: y[j] = sat(floor(x[j] w[j] / m)), m = floor((sum_j |x[j]|) / columns); y may be x.
struct IntegerLayerNorm {
    Array2<std::int8_t const> x;      // (row, column)
    Array2<std::int8_t const> weight; // (member, column); one row with stride 0 serves all members
    std::int64_t rows_per_member = 1;
    Array2<std::int8_t> y; // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int8_t const* const values = x.row(row);
        std::int8_t const* const weights = weight.row(row / rows_per_member);
        std::int8_t* const normalised = y.row(row);
        std::int64_t const columns = y.columns;
        std::int32_t sum = 0;
        for (std::int64_t j = 0; j < columns; ++j) {
            sum += values[j] < 0 ? -values[j] : values[j];
        }
        auto const mean = static_cast<std::int32_t>(sum / columns);
        if (mean == 0) {
            for (std::int64_t j = 0; j < columns; ++j) {
                normalised[j] = quotient_by_zero(values[j] * weights[j]);
            }
            return;
        }
        float const reciprocal = 1.0f / static_cast<float>(mean);
        for (std::int64_t j = 0; j < columns; ++j) {
            normalised[j] = quotient_by_mean(values[j] * weights[j], reciprocal);
        }
    }
};

} // namespace eggroll::kernels::rows
