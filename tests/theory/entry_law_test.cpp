// SPDX-License-Identifier: Apache-2.0

// The library's noise against the density of an entry: the diagonal of E, whose entries share no factor and so are
// independent, at several ranks and at full rank.
//
// Noise of 16 bits is discrete: a factor's distribution function is off by 2^-17, a hundredth of what these samples
// see.

#include "rank_convergence/closed_forms.hpp"
#include "rank_convergence/direction_noise.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

constexpr std::size_t side = 8;
constexpr std::int64_t directions = 1 << 15;

/// Independent entries, in ascending order.
template <class Perturbation>
std::vector<double> sorted_entries(Perturbation const& perturbation) {
    theory::DirectionNoise<Perturbation> noise(perturbation, side, side, 31);
    std::vector<double> entries;
    for (std::int64_t d = 0; d < directions; ++d) {
        auto const e = noise(d);
        for (std::size_t i = 0; i < side; ++i) {
            entries.push_back(e[i * side + i]);
        }
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// Mass of (low, high), 0 <= low < high, by the midpoint rule; e = low + (high - low) u^3, because the density of rank
/// 1 is infinite at 0.
double mass(double low, double high, double rank) {
    constexpr int points = 400;
    double sum = 0;
    for (int i = 0; i < points; ++i) {
        double const u = (i + 0.5) / points;
        double const e = low + (high - low) * u * u * u;
        double const density = rank > 0 ? theory::entry_density(e, rank) : theory::normal_density(e);
        sum += density * 3 * u * u * (high - low) / points;
    }
    return sum;
}

/// Chi-square of the histogram against the density, 26 bins, 25 degrees of freedom. `rank` 0: the normal density.
double chi_square(std::vector<double> const& sorted, double rank) {
    constexpr double width = 0.25;
    constexpr int bins_a_side = 13; // the last reaches from 3 to infinity
    auto const n = static_cast<double>(sorted.size());
    auto const below = [&](double e) { return std::lower_bound(sorted.begin(), sorted.end(), e) - sorted.begin(); };
    double sum = 0;
    double beyond = 0.5;
    for (int bin = 0; bin < bins_a_side; ++bin) {
        double const low = bin * width;
        bool const last = bin == bins_a_side - 1;
        double const high = last ? 1e300 : low + width;
        double const probability = last ? beyond : mass(low, high, rank);
        beyond -= probability;
        for (auto const count : {below(high) - below(low), below(-low) - below(-high)}) {
            double const difference = static_cast<double>(count) - n * probability;
            sum += difference * difference / (n * probability);
        }
    }
    return sum;
}

/// Kolmogorov's statistic against a distribution function, at every 64th entry, which misses at most 64 / n.
template <class Function>
double kolmogorov(std::vector<double> const& sorted, Function const& cdf) {
    auto const n = static_cast<double>(sorted.size());
    double largest = 0;
    for (std::size_t i = 0; i < sorted.size(); i += 64) {
        largest = std::max(largest, std::abs(cdf(sorted[i]) - (static_cast<double>(i) + 0.5) / n));
    }
    return largest;
}

// Each statistic passes these on right noise but for a chance of 1e-6; ten are tested.
constexpr double chi_square_quantile = 73.9;  // of 25 degrees of freedom
constexpr double kolmogorov_quantile = 2.694; // of sqrt(n) D: 2 exp(-2 x^2) = 1e-6

} // namespace

TEST_CASE("entries follow the Bessel density of their rank", "[theory][noise]") {
    for (int const rank : {1, 2, 4, 16}) {
        CAPTURE(rank);
        auto const entries = sorted_entries(eggroll::LowRank<eggroll::dynamic_rank>{.rank = rank});
        double const root = std::sqrt(static_cast<double>(entries.size()));
        CHECK(chi_square(entries, rank) < chi_square_quantile);
        CHECK(root * kolmogorov(entries, [&](double e) { return theory::entry_cdf(e, rank); }) < kolmogorov_quantile);

        INFO("and no other law: neither twice the rank's nor the normal one");
        CHECK(chi_square(entries, 2 * rank) > 2 * chi_square_quantile);
        CHECK(chi_square(entries, 0) > 2 * chi_square_quantile);
    }
}

TEST_CASE("entries of full-rank noise are normal", "[theory][noise]") {
    auto const entries = sorted_entries(eggroll::FullRank<>{});
    double const root = std::sqrt(static_cast<double>(entries.size()));
    CHECK(chi_square(entries, 0) < chi_square_quantile);
    CHECK(root * kolmogorov(entries, theory::normal_cdf) < kolmogorov_quantile);
    CHECK(chi_square(entries, 32) > chi_square_quantile);
}

TEST_CASE("the Kolmogorov distance of entries to the normal law falls as the closed form says", "[theory][noise]") {
    // Measured where the closed form is largest, at +-e: the share of entries within is binomial. Five deviations of
    // its half are 0.0024, 6e-7 each.
    for (int const rank : {1, 2, 4, 8, 16}) {
        auto const entries = sorted_entries(eggroll::LowRank<eggroll::dynamic_rank>{.rank = rank});
        double const e = theory::kolmogorov_point(rank);
        auto const within =
            std::lower_bound(entries.begin(), entries.end(), e) - std::lower_bound(entries.begin(), entries.end(), -e);
        auto const n = static_cast<double>(entries.size());
        double const share = static_cast<double>(within) / n;
        double const measured = share / 2 - (theory::normal_cdf(e) - 0.5);
        double const error = std::sqrt(share * (1 - share) / n) / 2;
        CAPTURE(rank, e, measured, error, theory::kolmogorov_distance(rank));
        CHECK(std::abs(std::abs(measured) - theory::kolmogorov_distance(rank)) < 5 * error);
        CHECK(5 * error < theory::kolmogorov_distance(rank)); // so 0 would be noticed
    }
}
