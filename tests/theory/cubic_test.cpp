// SPDX-License-Identifier: Apache-2.0

// f(w) = w^3 of one parameter: low rank's bias is 6 sigma^2 / r, at every w and sigma.

#include "rank_convergence/closed_forms.hpp"
#include "theory/estimate.hpp"

#include <eggroll/random/distributions.hpp>

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

using eggroll::testing::check_mean;
using eggroll::testing::entry;
using eggroll::testing::estimates;
using eggroll::testing::RunningMean;

namespace {

/// The estimate. A linear term is taken out of the objective and its gradient added again, which changes no mean (the
/// estimate is unbiased on it: unbiased_test.cpp), and halves the error.
RunningMean measure(double w, float sigma, int rank) {
    double const square = static_cast<double>(sigma) * static_cast<double>(sigma);
    double const slope = 3 * w * w + square * (rank > 0 ? 6 + 21.0 / rank : 6);
    auto found = estimates({.rank = rank, .sigma = sigma, .mean = {w}},
                           [=](std::span<double const> x) { return x[0] * x[0] * x[0] - slope * x[0]; });
    for (auto& estimate : found) {
        estimate[0] += slope;
    }
    return entry(found, 0);
}

} // namespace

// Six means: together a false alarm has probability 6e-6 on new noise.

TEST_CASE("the cubic's bias is 6 sigma^2 / r", "[theory]") {
    constexpr double kurtosis = eggroll::Gaussian::kurtosis; // 2.9998
    for (int const rank : {1, 2, 4, 8}) {
        CAPTURE(rank);
        double const bias = theory::cubic_bias(0.5, rank, kurtosis, kurtosis);
        check_mean("estimate", measure(0.25, 0.5F, rank), theory::cubic_limit(0.25, 0.5) + bias, bias / 2);
    }
    double const bias = theory::cubic_bias(0.25, 2);
    check_mean("at another w and sigma", measure(-1, 0.25F, 2), theory::cubic_limit(-1, 0.25) + bias, bias / 2);
}

TEST_CASE("at full rank the cubic's estimate is the Gaussian limit", "[theory]") {
    check_mean("estimate", measure(0.25, 0.5F, 0), theory::cubic_limit(0.25, 0.5), theory::cubic_bias(0.5, 32));
}
