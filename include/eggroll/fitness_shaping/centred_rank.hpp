// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/fitness_shaping/shaping_context.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace eggroll {

/// Ranks spread evenly over [-1/2, 1/2], the best at +1/2; equal fitness has equal (mean) rank.
struct CentredRank {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        std::fill(weights.begin(), weights.end(), 0.0F);
        order_.clear();
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            if (std::isfinite(fitness[i])) {
                order_.push_back(i);
            }
        }
        if (order_.size() < 2) {
            return;
        }
        std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
            return fitness[a] != fitness[b] ? fitness[a] < fitness[b] : a < b;
        });
        double const last = static_cast<double>(order_.size() - 1);
        for (std::size_t first = 0; first < order_.size();) {
            std::size_t end = first + 1;
            while (end < order_.size() && fitness[order_[end]] == fitness[order_[first]]) {
                ++end;
            }
            double const rank = 0.5 * static_cast<double>(first + end - 1);
            for (std::size_t k = first; k < end; ++k) {
                weights[order_[k]] = static_cast<float>(rank / last - 0.5);
            }
            first = end;
        }
    }

private:
    mutable std::vector<std::size_t> order_; // kept, so that steps after the first do not allocate
};

} // namespace eggroll
