// SPDX-License-Identifier: Apache-2.0

#include <eggroll/optimizer/normal_quantile.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

using eggroll::normal_quantile;

TEST_CASE("the normal quantile has known values", "[normal_quantile]") {
    // The quantiles of these doubles, from arithmetic with 30 digits.
    constexpr std::pair<double, double> known[] = {
        {0.6, 0.25334710313579974132},   {0.75, 0.6744897501960817432},     {0.9, 1.2815515655446005935},
        {0.975, 1.9599639845400538556},  {0.995, 2.5758293035489004539},    {1 - 0x1p-20, 4.763001034267813957},
        {1e-10, -6.3613409024040561991}, {0x1p-40, -7.0477002566644087254},
    };
    for (auto const& [p, quantile] : known) {
        CAPTURE(p);
        CHECK(std::abs(normal_quantile(p) - quantile) <= 4e-15 * std::abs(quantile));
    }
}

TEST_CASE("the median is exactly zero and the quantile odd about it", "[normal_quantile]") {
    CHECK(normal_quantile(0.5) == 0.0);
    for (int k = 1; k < 512; ++k) {
        double const p = k / 1024.0; // 1 - p is exact
        CAPTURE(p);
        CHECK(normal_quantile(1 - p) == -normal_quantile(p));
        CHECK(normal_quantile(p) < normal_quantile(p + 1 / 1024.0));
    }
}

TEST_CASE("the quantile inverts the distribution function", "[normal_quantile]") {
    for (int exponent = 1; exponent <= 300; exponent += 7) {
        double const p = std::pow(10.0, -exponent);
        CAPTURE(p);
        double const z = normal_quantile(p);
        double const back = 0.5 * std::erfc(-z / std::numbers::sqrt2);
        // An error e of z changes p by the fraction |z| e, and erfc itself is good to a few units in the last place.
        CHECK(std::abs(back - p) <= p * (z * z + 4) * 4 * std::numeric_limits<double>::epsilon());
    }
}
