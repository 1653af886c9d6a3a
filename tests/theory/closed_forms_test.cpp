// SPDX-License-Identifier: Apache-2.0

// The closed forms themselves, without the library: against sums over all values of small factors, derivatives and
// published numbers.

#include "rank_convergence/closed_forms.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

using Catch::Approx;

namespace {

/// A symmetric law on -x, 0, x of unit variance and kurtosis x^2: P(x) = 1 / (2 x^2).
struct ThreePoints {
    double kurtosis;
    double value(int i) const { return (i - 1) * std::sqrt(kurtosis); }
    double probability(int i) const { return i == 1 ? 1 - 1 / kurtosis : 1 / (2 * kurtosis); }
};

struct Moments {
    double variance = 0;
    double fourth = 0;
    double row = 0;
    double column = 0;
    double rectangle = 0;
    double cubic_norm = 0; // E[E_00^2 |E|^2]
};

/// The moments of E (2, 2) over all values of A (2, r) and B (2, r), r = 1 or 2.
Moments enumerated(ThreePoints a_law, ThreePoints b_law, int rank) {
    Moments sum;
    int const values = 4 * rank; // A[i, k], then B[j, k]
    int cases = 1;
    for (int i = 0; i < values; ++i) {
        cases *= 3;
    }
    for (int index = 0; index < cases; ++index) {
        std::array<double, 8> x{};
        double probability = 1;
        for (int i = 0, rest = index; i < values; ++i, rest /= 3) {
            auto const& law = i < 2 * rank ? a_law : b_law;
            x[static_cast<std::size_t>(i)] = law.value(rest % 3);
            probability *= law.probability(rest % 3);
        }
        auto const entry = [&](int i, int j) {
            double e = 0;
            for (int k = 0; k < rank; ++k) {
                e += x[static_cast<std::size_t>(i * rank + k)] * x[static_cast<std::size_t>((2 + j) * rank + k)];
            }
            return e / std::sqrt(rank);
        };
        double const e00 = entry(0, 0);
        double const e01 = entry(0, 1);
        double const e10 = entry(1, 0);
        double const e11 = entry(1, 1);
        sum.variance += probability * e00 * e00;
        sum.fourth += probability * std::pow(e00, 4);
        sum.row += probability * e00 * e00 * e01 * e01;
        sum.column += probability * e00 * e00 * e10 * e10;
        sum.rectangle += probability * e00 * e01 * e10 * e11;
        sum.cubic_norm += probability * e00 * e00 * (e00 * e00 + e01 * e01 + e10 * e10 + e11 * e11);
    }
    return sum;
}

} // namespace

TEST_CASE("moments of entries, over all values of the factors", "[theory]") {
    for (double const kurtosis_a : {1.0, 3.0, 1.8}) {
        for (double const kurtosis_b : {3.0, 1.5}) {
            for (int const rank : {1, 2}) {
                CAPTURE(kurtosis_a, kurtosis_b, rank);
                auto const exact = enumerated({kurtosis_a}, {kurtosis_b}, rank);
                CHECK(exact.variance == Approx(theory::entry_variance(rank)).epsilon(1e-12));
                CHECK(exact.fourth == Approx(theory::entry_kurtosis(rank, kurtosis_a, kurtosis_b)).epsilon(1e-12));
                CHECK(exact.row == Approx(theory::same_row_moment(rank, kurtosis_a)).epsilon(1e-12));
                CHECK(exact.column == Approx(theory::same_column_moment(rank, kurtosis_b)).epsilon(1e-12));
                CHECK(exact.rectangle == Approx(theory::rectangle_moment(rank)).epsilon(1e-12));
                double const bias = theory::high_dimensional_bias(0.3, 2, 2, rank, kurtosis_a, kurtosis_b);
                CHECK(0.09 * exact.cubic_norm == Approx(bias).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("Gaussian factors: the numbers of the literature", "[theory]") {
    CHECK(theory::entry_kurtosis(1) == 9);
    CHECK(theory::entry_kurtosis(10) == Approx(3.6));
    CHECK(theory::cubic_bias(0.5, 4) == Approx(6 * 0.25 / 4));
    CHECK(theory::cubic_estimate(0.7, 0.5, 4) - theory::cubic_limit(0.7, 0.5) == Approx(theory::cubic_bias(0.5, 4)));
    CHECK(theory::high_dimensional_bias_full_rank(0.3, 16) == Approx(0.09 * 18));
    CHECK(theory::high_dimensional_bias(0.3, 4, 12, 2) == Approx(0.09 * (48 + 2 + 2 * (4 + 12 + 1) / 2.0)));
    CHECK(theory::high_dimensional_bias(0.3, 4, 12, 1e9) ==
          Approx(theory::high_dimensional_bias_full_rank(0.3, 48)).epsilon(1e-6));
    CHECK(theory::spectral_bias(0.5, 1, 1, 4) == Approx(theory::cubic_estimate(0, 0.5, 4))); // a scalar's cube
    CHECK(theory::lipschitz_bias(0.3, 48, 1e6) == Approx(theory::lipschitz_bias_full_rank(0.3, 48)).epsilon(1e-5));
    CHECK(theory::regime_asymptote(0.5, 16384, 0.5) == 0.25);
}

TEST_CASE("the sine's estimate is the derivative of its characteristic function", "[theory]") {
    std::vector<double> const unequal{0.8, 0.5, std::sqrt(0.11)}; // squares add up to 1
    std::vector<double> const one{1};
    std::vector<double> const four(4, 0.5);
    for (double const rank : {1.0, 2.0, 5.0}) {
        for (double const sigma : {0.25, 1.0, 2.0}) {
            CAPTURE(rank, sigma);
            constexpr double h = 1e-4;
            double const slope = (theory::sine_characteristic(unequal, sigma + h, rank) -
                                  theory::sine_characteristic(unequal, sigma - h, rank)) /
                                 (2 * h);
            CHECK(theory::sine_projection(unequal, sigma, rank) == Approx(-slope / sigma).epsilon(1e-6));
            double const aligned = std::pow(1 + sigma * sigma / rank, -rank / 2 - 1);
            CHECK(theory::sine_projection(one, sigma, rank) == Approx(aligned));
            CHECK(theory::sine_projection(four, sigma, rank) == Approx(theory::sine_projection(one, sigma, 4 * rank)));
        }
    }
    CHECK(theory::sine_projection(one, 1, 1) == Approx(0.353553).margin(1e-6));
    CHECK(theory::sine_projection(four, 1, 1) == Approx(0.512).margin(1e-6));
    CHECK(theory::sine_projection(unequal, 1, 1e7) == Approx(theory::sine_limit(1)).epsilon(1e-6));
    double const leading = std::exp(-0.125) * (0.5 * 0.5 * 0.5 * 0.5 / 4 - 0.25) / 1e4;
    CHECK(theory::sine_bias(one, 0.5, 1e4) == Approx(leading).epsilon(1e-3));
}

TEST_CASE("log-log slopes of a perfect measurement", "[theory]") {
    auto const ranks = theory::measured_ranks();
    std::vector<double> const one{1};
    std::vector<double> const four(4, 0.5);
    std::vector<double> cubic;
    for (double const rank : ranks) {
        cubic.push_back(theory::cubic_bias(0.5, rank));
    }
    CHECK(theory::log_log_slope(ranks, cubic) == Approx(theory::cubic_slope()).epsilon(1e-12));
    CHECK(theory::sine_slope(one, 0.25, ranks) == Approx(-0.984).margin(6e-4));
    CHECK(theory::sine_slope(one, 0.5, ranks) == Approx(-0.944).margin(6e-4));
    CHECK(theory::sine_slope(one, 1, ranks) == Approx(-0.845).margin(6e-4));
    CHECK(theory::sine_slope(four, 0.5, ranks) == Approx(-0.985).margin(6e-4));
    CHECK(theory::sine_slope(four, 1, ranks) == Approx(-0.952).margin(6e-4));
}
