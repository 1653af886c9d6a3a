// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/fitness_shaping/moments.hpp>
#include <eggroll/fitness_shaping/shaping_context.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace eggroll {

/// z-scores of fitness whose extremes were pulled in, so that one member far out does not decide the update. With the n
/// members that did not fail in order of fitness, x_1 <= ... <= x_n, and k = floor(fraction n):
///   weight = (c - mean(c)) / deviation(c),  c = min(max(fitness, x_(k+1)), x_(n-k)).
/// So the limits are fitness that occurred (no interpolation), ties take no part in the definition, and below 1 /
/// fraction members nothing is pulled in: that is Standardize. Fitness that less than `fraction` of the members differ
/// in, such as a rare success, is all ties after it and gives zeros.
struct Winsorize {
    double fraction = 0.05;                    // of the members, at each end; from 0, below 1/2
    mutable std::vector<double> clipped_ = {}; // no option: kept, so that steps after the first do not allocate

    static constexpr bool ternary = false;
    /// Throws Error for a fraction outside [0, 1/2).
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        EGGROLL_EXPECTS(fraction >= 0 && fraction < 0.5,
                        "Winsorize{.fraction = " + std::to_string(fraction) +
                            "}: it is the part pulled in at each end; give one from 0 to below 0.5");
        clipped_.clear();
        std::copy_if(fitness.begin(), fitness.end(), std::back_inserter(clipped_),
                     [](double f) { return std::isfinite(f); });
        if (clipped_.empty()) {
            std::fill(weights.begin(), weights.end(), 0.0F);
            return;
        }
        std::size_t const k = count_at_each_end(clipped_.size());
        auto const at = [&](std::size_t rank) {
            auto const place = clipped_.begin() + static_cast<std::ptrdiff_t>(rank);
            std::nth_element(clipped_.begin(), place, clipped_.end());
            return *place;
        };
        double const lowest = at(k);
        double const highest = at(clipped_.size() - 1 - k);
        clipped_.assign(fitness.begin(), fitness.end());
        for (double& f : clipped_) {
            f = std::isfinite(f) ? std::clamp(f, lowest, highest) : f;
        }
        detail::standardize(clipped_, detail::finite_moments(clipped_), weights);
    }

private:
    /// floor(fraction n); a product that is whole but for its rounding counts as whole.
    std::size_t count_at_each_end(std::size_t n) const {
        double const product = fraction * static_cast<double>(n);
        double const nearest = std::round(product);
        auto const k =
            static_cast<std::size_t>(std::abs(product - nearest) <= 1e-9 * nearest ? nearest : std::floor(product));
        return std::min(k, (n - 1) / 2);
    }
};

} // namespace eggroll
