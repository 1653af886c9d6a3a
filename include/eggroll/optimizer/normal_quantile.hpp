// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

namespace eggroll {

/// The p-quantile of the standard normal distribution, 0 < p < 1, to about 1e-15 relative; exactly 0 at p = 1/2.
/// Newton's method on erfc from the crude approximation of Hastings (Abramowitz and Stegun 26.2.22). Host code.
inline double normal_quantile(double p) {
    if (p == 0.5) {
        return 0.0;
    }
    bool const upper = p > 0.5;
    double const tail = upper ? 1.0 - p : p;
    double const t = std::sqrt(-2.0 * std::log(tail));
    double z = t - (2.30753 + 0.27061 * t) / (1.0 + t * (0.99229 + 0.04481 * t)); // upper tail, positive
    for (int i = 0; i < 6; ++i) {
        double const excess = 0.5 * std::erfc(z / std::numbers::sqrt2) - tail;
        double const density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
        z += excess / density;
    }
    return upper ? z : -z;
}

} // namespace eggroll
