// SPDX-License-Identifier: Apache-2.0

// On linear and quadratic objectives the estimate is the gradient at every rank, at any sigma.

#include "theory/estimate.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <string>
#include <vector>

using eggroll::testing::check_mean;
using eggroll::testing::entry;
using eggroll::testing::EstimateOptions;
using eggroll::testing::estimates;

namespace {

constexpr std::size_t rows = 3;
constexpr std::size_t columns = 4;
constexpr std::size_t size = rows * columns;

/// f(x) = sum g_i x_i + 1/2 sum H_ij x_i x_j, H symmetric and full: it couples entries of different rows and columns.
struct Quadratic {
    double curvature; // 0: linear

    static double slope(std::size_t i) { return static_cast<double>(i % 5) / 4 - 0.5; }
    double second(std::size_t i, std::size_t j) const {
        return curvature * (static_cast<double>((3 * i + 3 * j + i * j) % 7) - 3);
    }
    double operator()(std::span<double const> x) const {
        double sum = 0;
        for (std::size_t i = 0; i < size; ++i) {
            sum += slope(i) * x[i];
            for (std::size_t j = 0; j < size; ++j) {
                sum += second(i, j) * x[i] * x[j] / 2;
            }
        }
        return sum;
    }
    double gradient(std::span<double const> x, std::size_t i) const {
        double sum = slope(i);
        for (std::size_t j = 0; j < size; ++j) {
            sum += second(i, j) * x[j];
        }
        return sum;
    }
};

void check_gradient(EstimateOptions options, Quadratic const& objective, double effect) {
    CAPTURE(options.rank, options.sigma, options.antithetic, objective.curvature);
    options.rows = rows;
    options.columns = columns;
    for (std::size_t i = 0; i < size; ++i) {
        options.mean.push_back(static_cast<double>(i % 4) / 4 - 0.25); // exact in float
    }
    auto const found = estimates(options, objective);
    for (std::size_t i = 0; i < size; ++i) {
        check_mean("entry " + std::to_string(i), entry(found, i), objective.gradient(options.mean, i), effect);
    }
}

} // namespace

// Each of the 8 settings checks 12 entries: together a false alarm has probability 2e-4 on new noise.

TEST_CASE("on a linear objective the estimate is the gradient", "[theory]") {
    for (int const rank : {1, 3, 0}) {
        check_gradient({.rank = rank, .sigma = 0.5F, .generations = 128}, {0}, 0.05);
    }
}

TEST_CASE("on a quadratic objective the estimate is the gradient", "[theory]") {
    for (int const rank : {1, 3, 0}) {
        check_gradient({.rank = rank, .sigma = 0.5F, .generations = 128}, {0.125}, 0.1);
    }
}

TEST_CASE("and without antithetic pairs, where the even terms don't cancel exactly", "[theory]") {
    for (int const rank : {2, 0}) {
        check_gradient({.rank = rank, .sigma = 0.5F, .antithetic = false, .generations = 128}, {0.125}, 0.15);
    }
}
