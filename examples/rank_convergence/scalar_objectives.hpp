// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Objectives of one number X = <G, E>, G of unit norm: what the estimate's projection on G needs of the perturbation
/// is X alone, a weighted sum of independent entries in the singular bases of G.

#include "entries.hpp"
#include "estimate.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rank_convergence {

/// f(w + x) = (w + x)^3. Its bias doesn't depend on w; away from 0 the pair's even part has something to cancel.
struct Cubic {
    double w = 1;
    double operator()(double x) const { return (w + x) * (w + x) * (w + x); }
};

struct Sine {
    double operator()(double x) const { return std::sin(x); }
};

/// Samples of the estimate's projection, y = X (f(sigma X) - f(-sigma X)) / (2 sigma), with the control variate
/// X^2 - E X^2: what a linear f would give. Higher even powers of X would take more of the variance, but their means
/// depend on the rank, and with X^4 they would feed in the very 1/r that is to be measured.
///
/// `singular_values` equal ones, each 1 / sqrt(singular_values).
template <int singular_values, class Objective>
Sampler scalar_sampler(Objective const& objective, double sigma, int rank, eggroll::Seed seed) {
    static_assert(DiagonalEntries::rows % singular_values == 0);
    double const variance = std::pow(gaussian_variance(), 2); // of X: of a product of two factors
    auto const sample = [=](std::int64_t first, std::int64_t tasks) {
        return over_entries(seed, rank, first, tasks, Sums{},
                            [=](Sums& sums, std::span<float const, DiagonalEntries::rows> entries) {
                                for (std::size_t i = 0; i < entries.size(); i += singular_values) {
                                    double x = 0;
                                    for (std::size_t s = 0; s < singular_values; ++s) {
                                        x += static_cast<double>(entries[i + s]);
                                    }
                                    x /= std::sqrt(singular_values);
                                    double const y = x * (objective(sigma * x) - objective(-sigma * x)) / (2 * sigma);
                                    sums.add(y, x * x - variance);
                                }
                            });
    };
    constexpr std::int64_t pilot_samples = std::int64_t{1} << 20;
    constexpr std::int64_t most_samples = std::int64_t{1} << 29;
    constexpr std::int64_t samples_per_task = directions_per_task * DiagonalEntries::rows / singular_values;
    return {sample, pilot_samples / samples_per_task, most_samples / samples_per_task};
}

} // namespace rank_convergence
