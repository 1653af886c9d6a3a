// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How small sigma must be in high dimension: the error of the estimate on f(x) = u.x + (u.x) |x|^2 at x = 0, |u| = 1,
/// whose gradient is u, for sigma = c d^-a. The cubic term is what survives of a smooth function's third derivative
/// (paper, Theorem 2): a > 1/2 is the linear regime, where the error vanishes, a = 1/2 the critical one, where it
/// stays, and below the estimate diverges. On this objective every rank has the same regimes; spectral_bias() is one
/// where low rank needs a smaller sigma than full rank.

#include "closed_forms.hpp"
#include "direction_noise.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace theory {

struct RegimePoint {
    std::int64_t dimension;   // d, x is a matrix (sqrt d, sqrt d)
    double exponent;          // a
    double sigma;             // c d^-a
    double measured;          // |g - u| / |u|
    double measured_error;    // standard error
    double predicted;         // exact at this d, sigma and rank
    std::string perturbation; // "full rank" or "rank 1"
};

/// c of sigma = c d^-a: the critical regime's relative error tends to c^2.
inline constexpr double regime_scale = 0.5;

/// The objective of the regimes, all entries of u being d^-1/2.
inline double regime_objective(std::span<double const> x) {
    double sum = 0;
    double squares = 0;
    for (double const value : x) {
        sum += value;
        squares += value * value;
    }
    double const along = sum / std::sqrt(static_cast<double>(x.size())); // u.x
    return along + along * squares;
}

/// Mean and standard error of the estimate's relative error over `pairs` antithetic pairs. The estimate's expectation
/// is a multiple of u, so its error is that of the projection (f(sigma E) - f(-sigma E)) / (2 sigma) u.E. Its greater
/// part, (1 + sigma^2 d) ((u.E)^2 - 1), has mean zero exactly and is left out.
template <class Perturbation>
RegimePoint measure_regime(Perturbation const& perturbation, std::int64_t side, double exponent, std::int64_t pairs,
                           std::uint64_t generation) {
    auto const dimension = static_cast<double>(side * side);
    double const sigma = regime_sigma(regime_scale, dimension, exponent);
    DirectionNoise<Perturbation> noise(perturbation, side, side, 1, generation);
    std::vector<double> plus(static_cast<std::size_t>(side * side));
    std::vector<double> minus(plus.size());
    double sum = 0;
    double squares = 0;
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
        auto const e = noise(pair);
        double along = 0; // u.E
        for (std::size_t i = 0; i < e.size(); ++i) {
            along += e[i];
            plus[i] = sigma * e[i];
            minus[i] = -plus[i];
        }
        along /= std::sqrt(dimension);
        double const slope = (regime_objective(plus) - regime_objective(minus)) / (2 * sigma);
        double const error = slope * along - 1 - (1 + sigma * sigma * dimension) * (along * along - 1);
        sum += error;
        squares += error * error;
    }
    auto const count = static_cast<double>(pairs);
    double const mean = sum / count;
    double const variance = (squares / count - mean * mean) / (count - 1);
    return {side * side, exponent, sigma, mean, std::sqrt(variance), 0, ""};
}

/// Relative errors for d = 16, 64, ..., 16384 and a = 3/4 (linear), 1/2 (critical), 1/4 (diverging), at full rank and
/// rank 1, with the predictions. `progress` is told the fraction done. Full: about 20 s on one core; quick: 3 s.
inline std::vector<RegimePoint> measure_regimes(bool quick, std::function<void(double)> const& progress) {
    constexpr double exponents[] = {0.75, 0.5, 0.25};
    constexpr std::int64_t sides[] = {4, 8, 16, 32, 64, 128};
    std::int64_t const entries = quick ? 1 << 21 : 1 << 24;
    std::int64_t const least_pairs = quick ? 1024 : 4096;
    auto const pairs = [&](std::int64_t side) { return std::max(entries / (side * side), least_pairs); };
    double work = 0;
    for (std::int64_t const side : sides) {
        work += 2 * static_cast<double>(std::size(exponents)) * static_cast<double>(pairs(side) * side * side);
    }
    double done = 0;
    std::vector<RegimePoint> points;
    std::uint64_t generation = 0; // each point has noise of its own
    auto const add = [&](RegimePoint point, std::string name, double predicted) {
        point.perturbation = std::move(name);
        point.predicted = predicted;
        points.push_back(point);
        auto const side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(point.dimension))));
        done += static_cast<double>(pairs(side) * point.dimension);
        progress(done / work);
    };
    for (double const exponent : exponents) {
        for (std::int64_t const side : sides) {
            auto const m = static_cast<double>(side);
            auto const full = measure_regime(eggroll::FullRank<>{}, side, exponent, pairs(side), generation++);
            add(full, "full rank", high_dimensional_bias_full_rank(full.sigma, m * m));
            auto const low = measure_regime(eggroll::LowRank<1>{}, side, exponent, pairs(side), generation++);
            add(low, "rank 1", high_dimensional_bias(low.sigma, m, m, 1));
        }
    }
    return points;
}

} // namespace theory
