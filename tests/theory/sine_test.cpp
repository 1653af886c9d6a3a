// SPDX-License-Identifier: Apache-2.0

// f(W) = sin<G, W> at 0, component by component in the singular bases of G.

#include "rank_convergence/closed_forms.hpp"
#include "theory/estimate.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using eggroll::testing::along;
using eggroll::testing::check_mean;
using eggroll::testing::estimates;

namespace {

constexpr std::size_t side = 4;
constexpr float sigma = 0.75F;

/// Orthonormal bases without a zero: Hadamard's, and it again with rows permuted and signs changed.
double left(std::size_t row, std::size_t k) {
    constexpr int signs[side][side] = {{1, 1, 1, 1}, {1, -1, 1, -1}, {1, 1, -1, -1}, {1, -1, -1, 1}};
    return 0.5 * signs[row][k];
}
double right(std::size_t row, std::size_t k) {
    return row == 2 ? -left(3, k) : left((row + 1) % side, k);
}

/// weight_kl u_k v_l^T summed, (row, column): what a component is measured along.
std::vector<double> outer(std::size_t k, std::size_t l) {
    std::vector<double> product;
    for (std::size_t i = 0; i < side; ++i) {
        for (std::size_t j = 0; j < side; ++j) {
            product.push_back(left(i, k) * right(j, l));
        }
    }
    return product;
}

void add(std::vector<double>& sum, double factor, std::vector<double> const& term) {
    for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] += factor * term[i];
    }
}

std::vector<double> gradient(std::vector<double> const& s) {
    std::vector<double> g(side * side);
    for (std::size_t k = 0; k < s.size(); ++k) {
        add(g, s[k], outer(k, k));
    }
    return g;
}

/// Estimates of the sine. A linear term is taken out of the objective and its gradient added again (see cubic_test).
std::vector<std::vector<double>> measure(std::vector<double> const& s, int rank) {
    auto const g = gradient(s);
    double const slope = 0.75 * theory::sine_limit(sigma); // not all, or a wrong scale would go unseen at full rank
    auto found =
        estimates({.rank = rank, .rows = side, .columns = side, .sigma = sigma}, [&](std::span<double const> x) {
            double product = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                product += g[i] * x[i];
            }
            return std::sin(product) - slope * product;
        });
    for (auto& estimate : found) {
        add(estimate, slope, g);
    }
    return found;
}

/// All components at a rank, 0: full rank.
void check_components(std::vector<double> const& s, int rank) {
    CAPTURE(s, rank);
    auto const found = measure(s, rank);
    double const limit = theory::sine_limit(sigma);
    double const r = rank > 0 ? rank : 8; // at full rank, what rank 8 would show mustn't be seen
    double shown = 0;                     // the largest bias of a component: what each must be measured to
    for (std::size_t k = 0; k < s.size(); ++k) {
        shown = std::max(shown, std::abs(theory::sine_component(s, k, sigma, r) - s[k] * limit));
    }
    for (std::size_t k = 0; k < side; ++k) {
        for (std::size_t l = 0; l < side; ++l) {
            bool const on_diagonal = k == l && k < s.size();
            double expected = 0;
            if (on_diagonal) {
                expected = rank > 0 ? theory::sine_component(s, k, sigma, rank) : s[k] * limit;
            }
            check_mean("component " + std::to_string(k) + ", " + std::to_string(l), along(found, outer(k, l)), expected,
                       shown);
        }
    }
    double const projection = rank > 0 ? theory::sine_projection(s, sigma, rank) : limit;
    check_mean("projection", along(found, gradient(s)), projection, std::abs(theory::sine_bias(s, sigma, r)) / 2);
}

std::vector<double> const aligned{1};
std::vector<double> const spread(4, 0.5);
std::vector<double> const unequal{0.8, 0.5, std::sqrt(0.11)};

} // namespace

// 17 means in each of 10 settings: together a false alarm has probability 2e-4 on new noise.

TEST_CASE("the sine's estimate for a gradient of rank 1", "[theory]") {
    for (int const rank : {1, 2, 4}) {
        check_components(aligned, rank);
    }
}

TEST_CASE("the sine's estimate for four equal singular values", "[theory]") {
    for (int const rank : {1, 2}) {
        check_components(spread, rank);
    }
}

TEST_CASE("the sine's estimate at full rank is the gradient times exp(-sigma^2 / 2)", "[theory]") {
    check_components(aligned, 0);
    check_components(spread, 0);
}

TEST_CASE("the sine's estimate for unequal singular values isn't parallel to the gradient", "[theory]") {
    for (int const rank : {1, 2}) {
        check_components(unequal, rank);
        std::vector<double> difference(side * side); // of the first and the third component, each over its s_k
        add(difference, 1 / unequal[0], outer(0, 0));
        add(difference, -1 / unequal[2], outer(2, 2));
        double const expected = theory::sine_component(unequal, 0, sigma, rank) / unequal[0] -
                                theory::sine_component(unequal, 2, sigma, rank) / unequal[2];
        check_mean("difference", along(measure(unequal, rank), difference), expected, std::abs(expected) / 2);
    }
}
