// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace eggroll::detail {

struct Moments {
    double mean = 0;
    double deviation = 0; // of the population, not of a sample

    /// Whether there is a deviation to divide by: not one that is rounding noise of the mean, nor one that overflowed.
    bool spread() const { return deviation > 1e-14 * std::abs(mean) && deviation > 0 && std::isfinite(deviation); }
};

/// Mean and deviation of the finite values, in their order.
inline Moments finite_moments(std::span<double const> values) {
    double sum = 0;
    double count = 0;
    for (double const value : values) {
        if (std::isfinite(value)) {
            sum += value;
            count += 1;
        }
    }
    if (count == 0) {
        return {};
    }
    double const mean = sum / count;
    double squares = 0;
    for (double const value : values) {
        if (std::isfinite(value)) {
            squares += (value - mean) * (value - mean);
        }
    }
    return {mean, std::sqrt(squares / count)};
}

/// weights = (fitness - mean) / deviation, zero where that is no number and where there is no spread.
inline void standardize(std::span<double const> fitness, Moments moments, std::span<float> weights) {
    bool const spread = moments.spread();
    for (std::size_t i = 0; i < fitness.size(); ++i) {
        weights[i] = spread && std::isfinite(fitness[i])
                         ? static_cast<float>((fitness[i] - moments.mean) / moments.deviation)
                         : 0.0F;
    }
}

} // namespace eggroll::detail
