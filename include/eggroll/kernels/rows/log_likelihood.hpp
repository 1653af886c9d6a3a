// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/rows/exact_log_loss.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// 16 * 2^(i/16) for i = 0..255, in float: a quarter power times a sixteenth power times a power of two. Within
/// 2^-23.8 of the true value, and the constants are chosen so that cutting it to an integer is exact for all 256
/// arguments (a test compares them): EGG's table E without a table, which loops vectorise.
KOKKOS_FORCEINLINE_FUNCTION constexpr float power_of_two(int i) {
    int const quarter = (i >> 2) & 3;
    int const sixteenth = i & 3;
    float const high =
        quarter < 2 ? (quarter == 0 ? 1.0f : 0x1.306fe0p+0f) : (quarter == 2 ? 0x1.6a09e6p+0f : 0x1.ae89fap+0f);
    float const low =
        sixteenth < 2 ? (sixteenth == 0 ? 1.0f : 0x1.0b5586p+0f) : (sixteenth == 2 ? 0x1.172b84p+0f : 0x1.2387a8p+0f);
    return high * low * __builtin_bit_cast(float, ((i >> 4) + 4 + 127) << 23);
}

/// trunc(16 log2(total / 16)) for total >= 16, exactly: 16 log2(total) is whole at powers of two only, so its floor is
/// 16 times the exponent plus the number of sixteenth powers, ceil(2^(31 + r/16)), that the mantissa reaches.
KOKKOS_FORCEINLINE_FUNCTION int sixteenths_of_log2(std::uint32_t total) {
    constexpr std::uint32_t thresholds[15] = {2242560872u, 2341847524u, 2445529972u, 2553802834u, 2666869345u,
                                              2784941738u, 2908241643u, 3037000500u, 3171460000u, 3311872530u,
                                              3458501654u, 3611622603u, 3771522797u, 3938502376u, 4112874774u};
    int const exponent = floor_log2(total);
    std::uint32_t const mantissa = total << (31 - exponent); // in [2^31, 2^32)
    int reached = 0;
    for (std::uint32_t const threshold : thresholds) {
        reached += mantissa >= threshold ? 1 : 0;
    }
    return 16 * (exponent - 4) + reached;
}

/// Adds to each row's sums what its logits say of the byte that followed.
///
/// EGG's log-likelihood in 1/16 bit, all integer: with total = sum_k E[logit_k + 128],
///     (logit_b + 128) - trunc(16 log2(total / 16)).
/// Exact log-loss: the powers' fractions are summed too, in units of 2^-22, so the sum of 256 powers is within 8.5e-8
/// of the true value and a token's loss within 1.3e-7 bit. Everything but the last conversion is integer: the same bits
/// on every backend.
struct LogLikelihood {
    static constexpr std::int64_t bytes = 256;

    Array2<std::int8_t const> logits; // (row, 256), in [-127, 127]
    Input<std::uint8_t> targets;      // (data row, 1)
    std::int64_t* sums = nullptr;     // (row)
    ExactLogLoss* exact = nullptr;    // (row), or null

    /// Of the powers 16 * 2^(logit/16 + 8) of a row: the sum of their whole parts and that of their fractions, in
    /// 2^-22.
    struct PowerSums {
        std::int32_t whole = 0;
        std::int32_t fractions = 0;
    };

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int8_t const* const values = logits.row(row);
        PowerSums sum;
        for (std::int64_t k = 0; k < bytes; ++k) {
            add_power(values[k], sum);
        }
        add(row, sum);
    }

    static KOKKOS_FORCEINLINE_FUNCTION void add_power(int logit, PowerSums& sum) {
        float const power = power_of_two(logit + 128);
        auto const whole = static_cast<std::int32_t>(power);
        sum.whole += whole;
        sum.fractions += static_cast<std::int32_t>((power - static_cast<float>(whole)) * 0x1p22f);
    }

    /// Of the byte with `logit`, in 1/16 bit.
    static KOKKOS_FORCEINLINE_FUNCTION int likelihood(PowerSums const& sum, int logit) {
        return logit + 128 - sixteenths_of_log2(static_cast<std::uint32_t>(sum.whole));
    }

    static KOKKOS_FORCEINLINE_FUNCTION void add_exact(PowerSums const& sum, int logit, ExactLogLoss& loss) {
        double const powers = static_cast<double>(sum.whole) + static_cast<double>(sum.fractions) * 0x1p-22;
        loss.add(powers * 0x1p-12, logit); // they are 16 * 2^(logit / 16 + 8)
    }

    KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t row, PowerSums const& sum) const {
        int const logit = logits(row, targets.data(targets.data_row(row), 0));
        sums[row] += likelihood(sum, logit);
        if (exact != nullptr) {
            add_exact(sum, logit, exact[row]);
        }
    }
};

} // namespace eggroll::kernels::rows
