// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll::kernels::rows {

/// The log-loss of a row in real numbers, for reports: sum over tokens of log2(sum_k 2^(logit_k / 16)) - logit_b / 16.
/// It is kept as a product of the sums, with its binary exponent apart, so that a token costs one multiplication and
/// only `bits` takes a logarithm. Each token multiplies the product's relative error by 1 + 2^-53.
struct ExactLogLoss {
    double mantissa = 1.0; // in [1, 2)
    std::int64_t exponent = 0;
    std::int64_t logit_sum = 0; // of the tokens that occurred, in 1/16

    /// Adds a token: the sum of powers of two over all bytes, in [1, 2^16], and the logit of the byte that followed.
    KOKKOS_FORCEINLINE_FUNCTION void add(double sum_of_powers, int logit) {
        auto const product = __builtin_bit_cast(std::uint64_t, mantissa * sum_of_powers);
        exponent += static_cast<std::int64_t>(product >> 52) - 1023;
        mantissa = __builtin_bit_cast(double, (product & ((std::uint64_t{1} << 52) - 1)) | (std::uint64_t{1023} << 52));
        logit_sum += logit;
    }
};

/// In bits, of all tokens added together.
inline double bits(ExactLogLoss const& loss) {
    return std::log2(loss.mantissa) + static_cast<double>(loss.exponent) - static_cast<double>(loss.logit_sum) / 16;
}

} // namespace eggroll::kernels::rows
