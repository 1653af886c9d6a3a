// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/fitness_shaping/shaping_context.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace eggroll {

/// weight = fitness; 0 for what is beyond the range of weights. The shaping to copy for your own.
struct Identity {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        constexpr double largest = std::numeric_limits<float>::max();
        std::transform(fitness.begin(), fitness.end(), weights.begin(), [](double f) {
            return std::abs(f) <= largest ? static_cast<float>(f) : 0.0F; // false for NaN
        });
    }
};

} // namespace eggroll
