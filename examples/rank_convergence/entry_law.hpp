// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The law of one entry of E = A B^T / sqrt(r) with standard normal factors, and its distance to the normal law.

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

namespace theory {

/// The standard normal density.
inline double normal_density(double e) {
    return std::exp(-e * e / 2) / std::sqrt(2 * std::numbers::pi);
}

/// The standard normal distribution function.
inline double normal_cdf(double e) {
    return std::erfc(-e / std::numbers::sqrt2) / 2;
}

/// The density of an entry at rank r (paper, Theorem 6), with z = sqrt(r) |e| and nu = (r - 1) / 2:
///   2 sqrt(r) z^nu K_nu(z) / (2^((r+1)/2) sqrt(pi) Gamma(r/2)).
/// Infinite at 0 for r = 1. K_nu(z) = 1/2 int exp(nu t - z cosh t) dt over all t; the trapezoidal rule converges
/// geometrically there, and terms are exponentials of sums of logarithms, so none overflows however small e is.
inline double entry_density(double e, double rank) {
    double const nu = (rank - 1) / 2;
    double const z = std::sqrt(rank) * std::abs(e);
    double const log_gamma = std::lgamma(rank / 2);
    if (nu > 0 && z < 1e-290) { // z^nu K_nu(z) tends to 2^(nu-1) Gamma(nu)
        return std::sqrt(rank) / (2 * std::sqrt(std::numbers::pi)) * std::exp(std::lgamma(nu) - log_gamma);
    }
    if (z == 0) {
        return std::numeric_limits<double>::infinity();
    }
    double const log_factor = nu * std::log(z) + std::log(2 * std::sqrt(rank / std::numbers::pi)) - log_gamma -
                              (rank + 1) / 2 * std::numbers::ln2;
    double const peak = std::asinh(nu / z); // the integrand is log-concave
    double const width = 1 / std::sqrt(std::hypot(nu, z));
    double const step = std::fmin(0.125, width / 2);
    auto const term = [&](double t) { return std::exp(log_factor + nu * t - z * std::cosh(t)); };
    double const highest = term(peak);
    double sum = highest;
    for (double const direction : {-step, step}) {
        double next = highest;
        for (double i = 1; next > 1e-18 * highest; ++i) {
            next = term(peak + i * direction);
            sum += next;
        }
    }
    return step * sum / 2;
}

/// The distribution function of an entry at rank r: given B, the entry is normal of variance q = chi^2_r / r, so this
/// is the mean of Phi(e / sqrt(q)); trapezoidal rule in log q.
inline double entry_cdf(double e, double rank) {
    double const half = rank / 2;
    double const log_factor = half * std::log(half) - std::lgamma(half);
    double const step = std::fmin(0.125, 0.5 / std::sqrt(half));
    auto const density = [&](double s) { return std::exp(log_factor + half * (s - std::exp(s))); }; // of s = log q
    double const highest = density(0);
    double sum = highest * (normal_cdf(e) - 0.5);
    for (double const direction : {-step, step}) {
        double next = highest;
        for (double i = 1; next > 1e-18 * highest; ++i) {
            double const s = i * direction;
            next = density(s);
            sum += next * (normal_cdf(e * std::exp(-s / 2)) - 0.5);
        }
    }
    return 0.5 + step * sum;
}

/// Where |entry_cdf - normal_cdf| is largest, for e > 0 (both laws are symmetric): sought on a grid over (0, 6), then
/// by golden section.
inline double kolmogorov_point(double rank) {
    auto const distance = [rank](double e) { return std::abs(entry_cdf(e, rank) - normal_cdf(e)); };
    constexpr double spacing = 0.05;
    double best = spacing;
    for (double e = spacing; e < 6; e += spacing) {
        best = distance(e) > distance(best) ? e : best;
    }
    constexpr double ratio = std::numbers::phi - 1;
    double low = best - spacing;
    double high = best + spacing;
    while (high - low > 1e-6) {
        double const left = high - ratio * (high - low);
        double const right = low + ratio * (high - low);
        (distance(left) > distance(right) ? high : low) = distance(left) > distance(right) ? right : left;
    }
    return (low + high) / 2;
}

/// sup |entry_cdf - normal_cdf|, within 1e-9; r times it tends to 0.13765.
inline double kolmogorov_distance(double rank) {
    double const e = kolmogorov_point(rank);
    return std::abs(entry_cdf(e, rank) - normal_cdf(e));
}

/// What r kolmogorov_distance(r) tends to. The first Edgeworth term is F - Phi = -(kurtosis - 3) / 24 (e^3 - 3 e)
/// phi(e) with kurtosis - 3 = 6 / r; it is largest at e^2 = 3 - sqrt(6).
inline double kolmogorov_constant() {
    double const square = 3 - std::sqrt(6.0);
    double const e = std::sqrt(square);
    return (3 * e - square * e) * normal_density(e) / 4;
}

} // namespace theory
