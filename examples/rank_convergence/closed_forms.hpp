// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What low-rank evolution strategies do in expectation, in closed form. E = A B^T / sqrt(r), A (m, r) and B (n, r)
/// with independent entries of zero mean, unit variance and kurtoses k_A and k_B (3: Gaussian). The estimate at M is
/// g = E[E f(M + sigma E)] / sigma. Ranks and dimensions are doubles, so that formulas read as they are written.
///
/// Sources: "paper" is arXiv 2511.16652 v2; the rest follows from the moments of products of independent variables, as
/// each docstring says, and tests/theory compares all of it with the library's noise.

#include "entry_law.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace theory {

// Moments of entries

/// E[E_ij^2] = 1 at every rank (paper, section 4.1).
inline double entry_variance(double /*rank*/) {
    return 1;
}

/// E[E_ij^4] = 3 + (k_A k_B - 3) / r: a sum of r independent products, each of kurtosis k_A k_B.
inline double entry_kurtosis(double rank, double kurtosis_a = 3, double kurtosis_b = 3) {
    return 3 + (kurtosis_a * kurtosis_b - 3) / rank;
}

/// E[|E_ij|^3] of Gaussian factors: given B, the entry is normal of variance q = chi^2_r / r, so this is
/// 2 sqrt(2/pi) E[q^(3/2)] = 2 sqrt(2/pi) (2/r)^(3/2) Gamma((r+3)/2) / Gamma(r/2).
inline double entry_absolute_third_moment(double rank) {
    return 2 * std::sqrt(2 / std::numbers::pi) *
           std::exp(1.5 * std::log(2 / rank) + std::lgamma((rank + 3) / 2) - std::lgamma(rank / 2));
}

/// E[E_ij^2 E_il^2], j != l, two entries of one row: 1 + (k_A - 1) / r, because they share the row of A.
inline double same_row_moment(double rank, double kurtosis_a = 3) {
    return 1 + (kurtosis_a - 1) / rank;
}

/// E[E_ij^2 E_kj^2], i != k, two entries of one column: 1 + (k_B - 1) / r.
inline double same_column_moment(double rank, double kurtosis_b = 3) {
    return 1 + (kurtosis_b - 1) / rank;
}

/// E[E_ij E_il E_kj E_kl], the corners of a rectangle: 1 / r; 0 at full rank. It distinguishes A B^T from independent
/// entries whatever the factors' distributions are.
inline double rectangle_moment(double rank) {
    return 1 / rank;
}

// f(w) = w^3, w a scalar

/// Full-rank Gaussian limit: 3 w^2 + 3 sigma^2.
inline double cubic_limit(double w, double sigma) {
    return 3 * w * w + 3 * sigma * sigma;
}

/// 3 w^2 + sigma^2 entry_kurtosis(r): the odd moments vanish.
inline double cubic_estimate(double w, double sigma, double rank, double kurtosis_a = 3, double kurtosis_b = 3) {
    return 3 * w * w + sigma * sigma * entry_kurtosis(rank, kurtosis_a, kurtosis_b);
}

/// Against the Gaussian limit: sigma^2 (k_A k_B - 3) / r, for Gaussian factors 6 sigma^2 / r. Independent of w.
inline double cubic_bias(double sigma, double rank, double kurtosis_a = 3, double kurtosis_b = 3) {
    return sigma * sigma * (kurtosis_a * kurtosis_b - 3) / rank;
}

// f(W) = sin<G, W> at W = 0, G of singular values s with sum s_k^2 = 1, Gaussian factors

/// E[cos(t <G, E>)] = prod_k (1 + t^2 s_k^2 / r)^(-r/2): in the singular bases <G, E> is a sum of s_k a_kq b_kq /
/// sqrt(r), and E[cos(c a b)] = E[exp(-c^2 b^2 / 2)] = (1 + c^2)^(-1/2).
inline double sine_characteristic(std::span<double const> s, double t, double rank) {
    double logarithm = 0;
    for (double const value : s) {
        logarithm -= rank / 2 * std::log1p(t * t * value * value / rank);
    }
    return std::exp(logarithm);
}

/// The estimate's component along the k-th singular pair, u_k^T g v_k = s_k phi(sigma) / (1 + sigma^2 s_k^2 / r); its
/// other components in the singular bases are 0. For unequal s the estimate isn't parallel to G.
inline double sine_component(std::span<double const> s, std::size_t k, double sigma, double rank) {
    return s[k] * sine_characteristic(s, sigma, rank) / (1 + sigma * sigma * s[k] * s[k] / rank);
}

/// The estimate's projection <G, g> = -phi'(sigma) / sigma; for one singular value (1 + sigma^2 / r)^(-r/2 - 1).
inline double sine_projection(std::span<double const> s, double sigma, double rank) {
    double sum = 0;
    for (std::size_t k = 0; k < s.size(); ++k) {
        sum += s[k] * sine_component(s, k, sigma, rank);
    }
    return sum;
}

/// Full-rank Gaussian limit of the projection, exp(-sigma^2 / 2), whatever s is; the limit itself is this times G.
inline double sine_limit(double sigma) {
    return std::exp(-sigma * sigma / 2);
}

/// Projection less its limit: negative, about exp(-sigma^2/2) (sigma^4/4 - sigma^2) sum s_k^4 / r at large r.
inline double sine_bias(std::span<double const> s, double sigma, double rank) {
    return sine_projection(s, sigma, rank) - sine_limit(sigma);
}

// f(x) = (u.x) |x|^2 at 0, |u| = 1, x an m x n matrix, d = m n

/// The estimate is this times u, the gradient is 0: sigma^2 (d + 2) for Gaussian entries, sigma^2 (d - 1 + k) for
/// kurtosis k. (The paper's example for its Theorem 2 prints half of it; its rate sigma^2 d is the same.)
inline double high_dimensional_bias_full_rank(double sigma, double dimension, double kurtosis = 3) {
    return sigma * sigma * (dimension - 1 + kurtosis);
}

/// At rank r, the sum of E[E_ij^2 E_kl^2] over all kl: sigma^2 (d + 2 + 2 (m + n + 1) / r) for Gaussian factors. Also a
/// multiple of u, for every u: moments with an odd power of a factor's entry vanish.
inline double high_dimensional_bias(double sigma, double m, double n, double rank, double kurtosis_a = 3,
                                    double kurtosis_b = 3) {
    return sigma * sigma *
           (entry_kurtosis(rank, kurtosis_a, kurtosis_b) + (n - 1) * same_row_moment(rank, kurtosis_a) +
            (m - 1) * same_column_moment(rank, kurtosis_b) + (m - 1) * (n - 1));
}

// f(W) = <C, W W^T W> at 0, |C| = 1, Gaussian factors: where low rank is worst

/// The estimate is this times C, the gradient is 0: sigma^2 (m + n + 1) at full rank, where E^T E is close to a
/// multiple of the identity. By symmetry it is sigma^2 E[tr (E^T E)^2] / (m n).
inline double spectral_bias_full_rank(double sigma, double m, double n) {
    return sigma * sigma * (m + n + 1);
}

/// At rank r: sigma^2 (m + n + 1 + ((m + 1)(n + 1) + 2) / r), from E[T S T] = (n^2 + n) S + n tr(S) I of the Wishart
/// matrix T = B^T B, E[tr S^2] = m r (m + r + 1) and E[(tr S)^2] = (m r)^2 + 2 m r of S = A^T A. While r is below
/// m n / (m + n) it grows like d and not like sqrt(d): on such an objective the linear regime ends at sigma = d^(-1/2)
/// for low rank, and at d^(-1/4) for full rank.
inline double spectral_bias(double sigma, double m, double n, double rank) {
    return spectral_bias_full_rank(sigma, m, n) + sigma * sigma * ((m + 1) * (n + 1) + 2) / rank;
}

// f(x) = 1/2 sum x_i |x_i| at 0: a gradient that is only Lipschitz

/// The norm of the estimate (the gradient is 0): sigma sqrt(d) E|E_ij|^3 / 2; the paper's Theorem 1 is tight on it.
inline double lipschitz_bias(double sigma, double dimension, double rank) {
    return sigma * std::sqrt(dimension) * entry_absolute_third_moment(rank) / 2;
}

/// Its full-rank Gaussian limit, sigma sqrt(d) sqrt(2 / pi).
inline double lipschitz_bias_full_rank(double sigma, double dimension) {
    return sigma * std::sqrt(dimension) * std::sqrt(2 / std::numbers::pi);
}

// Regimes: f(x) = u.x + (u.x) |x|^2 at 0, sigma = c d^-a

/// sigma = c d^-a. a > 1/2: linear regime, the estimate tends to the gradient; a = 1/2: critical; a < 1/2: it diverges
/// (paper, Theorems 1 to 3).
inline double regime_sigma(double c, double dimension, double exponent) {
    return c * std::pow(dimension, -exponent);
}

/// What the relative error, |g - u| / |u| = sigma^2 (d + ...), tends to as d grows: c^2 d^(1 - 2a), at any rank.
inline double regime_asymptote(double c, double dimension, double exponent) {
    return c * c * std::pow(dimension, 1 - 2 * exponent);
}

// Slopes

/// The ranks that the paper's O(1/r) is measured at.
inline std::vector<double> measured_ranks() {
    return {1, 2, 4, 8, 16, 32};
}

/// Least-squares slope of log |bias| against log rank, all points weighing the same.
inline double log_log_slope(std::span<double const> ranks, std::span<double const> bias) {
    double mean_x = 0;
    double mean_y = 0;
    auto const count = static_cast<double>(ranks.size());
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        mean_x += std::log(ranks[i]) / count;
        mean_y += std::log(std::abs(bias[i])) / count;
    }
    double covariance = 0;
    double variance = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        double const x = std::log(ranks[i]) - mean_x;
        covariance += x * (std::log(std::abs(bias[i])) - mean_y);
        variance += x * x;
    }
    return covariance / variance;
}

/// The slope of a perfect measurement of cubic_bias: -1.
inline double cubic_slope() {
    return -1;
}

/// The slope of a perfect measurement of sine_bias at the ranks: one singular value -.984 (sigma .25), -.944 (.5),
/// -.845 (1); four equal ones -.985 (.5), -.952 (1).
inline double sine_slope(std::span<double const> s, double sigma, std::span<double const> ranks) {
    std::vector<double> bias;
    for (double const rank : ranks) {
        bias.push_back(sine_bias(s, sigma, rank));
    }
    return log_log_slope(ranks, bias);
}

} // namespace theory
