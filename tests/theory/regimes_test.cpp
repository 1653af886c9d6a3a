// SPDX-License-Identifier: Apache-2.0

// The regimes of sigma and dimension, measured as the example draws them.

#include "rank_convergence/regimes.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

TEST_CASE("the regimes of sigma and dimension are as predicted", "[theory]") {
    double reported = 0;
    auto const points = theory::measure_regimes(true, [&](double fraction) {
        CHECK(fraction > reported);
        reported = fraction;
    });
    CHECK(std::abs(reported - 1) < 1e-12);
    REQUIRE(points.size() == 36);

    // Five standard errors: 36 points together raise a false alarm with probability 2e-5 on new noise.
    std::map<std::pair<std::string, double>, std::vector<double>> curves; // measured, in ascending dimension
    for (auto const& point : points) {
        CAPTURE(point.perturbation, point.exponent, point.dimension, point.sigma, point.measured, point.measured_error,
                point.predicted);
        CHECK(std::abs(point.measured - point.predicted) < 5 * point.measured_error);
        CHECK(5 * point.measured_error < 0.3 * point.predicted);
        curves[{point.perturbation, point.exponent}].push_back(point.measured);
    }
    REQUIRE(curves.size() == 6);

    // Over the last factor 16 in the dimension: a fourth in the linear regime, level in the critical one, fourfold in
    // the diverging one; at rank 1 terms of lower order make it a tenth less.
    for (auto const& [name, curve] : curves) {
        double const growth = curve[5] / curve[3];
        CAPTURE(name.first, name.second, growth);
        double const expected = std::pow(16, 1 - 2 * name.second);
        CHECK(growth < 1.1 * expected);
        CHECK(growth > (name.first == "rank 1" ? 0.75 : 0.9) * expected);
    }
}

TEST_CASE("the predictions tend to the asymptotes of the regimes at any rank", "[theory]") {
    for (double const exponent : {0.75, 0.5, 0.25}) {
        double const side = 1e5;
        double const sigma = theory::regime_sigma(theory::regime_scale, side * side, exponent);
        double const asymptote = theory::regime_asymptote(theory::regime_scale, side * side, exponent);
        CAPTURE(exponent);
        CHECK(std::abs(theory::high_dimensional_bias_full_rank(sigma, side * side) / asymptote - 1) < 1e-4);
        CHECK(std::abs(theory::high_dimensional_bias(sigma, side, side, 1) / asymptote - 1) < 1e-4);
    }
}
