// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A measured curve of bias against rank, and the power law fitted to it.

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace rank_convergence {

inline constexpr std::array<int, 6> ranks = {1, 2, 4, 8, 16, 32};

/// What an objective's curve is compared with where no closed form is known.
inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct Point {
    int rank = 1;
    double bias = 0;      // the low-rank estimate's mean less its full-rank limit
    double error = 0;     // standard error of the bias, the limit's included
    double own_error = 0; // the part that is independent of the other points
    double closed_form = unknown;
    double samples = 0;

    double relative_error() const { return error / std::abs(bias); }
    /// From the closed form, in standard errors.
    double deviation() const { return (bias - closed_form) / error; }
};

struct Curve {
    std::string name;        // of the objective, as files have it
    std::string description; // for people
    double limit = 0;
    double limit_error = 0;
    std::vector<Point> points;
};

/// log |bias| = constant + slope log(rank), by least squares with weights 1 / (relative error)^2.
struct PowerLaw {
    double slope = 0;
    double error = 0;
    double constant = 0;
};

/// The limit's error moves all points together, so it enters the slope's error once, with the sum of their effects.
inline PowerLaw fit_power_law(Curve const& curve) {
    double sum = 0;
    double mean_x = 0;
    double mean_y = 0;
    for (Point const& point : curve.points) {
        double const weight = std::pow(point.relative_error(), -2);
        sum += weight;
        mean_x += weight * std::log(point.rank);
        mean_y += weight * std::log(std::abs(point.bias));
    }
    mean_x /= sum;
    mean_y /= sum;
    double squares = 0;
    PowerLaw law;
    double variance = 0;
    double shared = 0;
    for (Point const& point : curve.points) {
        double const x = std::log(point.rank) - mean_x;
        double const effect = std::pow(point.relative_error(), -2) * x; // of log |bias| on slope * squares
        squares += effect * x;
        law.slope += effect * std::log(std::abs(point.bias));
        variance += std::pow(effect * point.own_error / point.bias, 2);
        shared += effect / point.bias * curve.limit_error;
    }
    law.slope /= squares;
    law.error = std::sqrt(variance + shared * shared) / squares;
    law.constant = mean_y - law.slope * mean_x;
    return law;
}

} // namespace rank_convergence
