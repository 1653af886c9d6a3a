// SPDX-License-Identifier: Apache-2.0

// f(x) = (u.x) |x|^2 at 0: the bias that grows like sigma^2 d, at full and low rank; f(W) = <C, W W^T W>, where it
// grows like that at low rank alone; f(x) = 1/2 sum x |x|, whose gradient is only Lipschitz: sigma sqrt(d).

#include "rank_convergence/closed_forms.hpp"
#include "theory/estimate.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

using eggroll::testing::along;
using eggroll::testing::check_mean;
using eggroll::testing::estimates;

namespace {

constexpr std::size_t rows = 4; // differs from columns, so that they can't be mixed up
constexpr std::size_t columns = 12;
constexpr std::size_t dimension = rows * columns;
constexpr double sigma = 0.5;

/// A unit vector without symmetry.
std::vector<double> direction() {
    std::vector<double> u;
    double squares = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
        u.push_back(static_cast<double>((i * i + 3 * i) % 11) - 4.5);
        squares += u.back() * u.back();
    }
    for (double& value : u) {
        value /= std::sqrt(squares);
    }
    return u;
}

/// A unit vector orthogonal to u: two of its entries, exchanged, one with the other sign.
std::vector<double> orthogonal(std::vector<double> const& u, std::size_t i, std::size_t j) {
    std::vector<double> v(dimension);
    double const norm = std::hypot(u[i], u[j]);
    v[i] = u[j] / norm;
    v[j] = -u[i] / norm;
    return v;
}

} // namespace

// 21 means in all: together a false alarm has probability 4e-5 on new noise.

TEST_CASE("the bias in high dimension, at full and low rank", "[theory]") {
    auto const u = direction();
    // A linear term is taken out of the objective and its gradient is left out of what is expected (see cubic_test).
    double const slope = sigma * sigma * dimension;
    for (int const rank : {1, 4, 0}) {
        CAPTURE(rank);
        auto const found = estimates(
            {.rank = rank, .rows = rows, .columns = columns, .sigma = static_cast<float>(sigma), .generations = 128},
            [&](std::span<double const> x) {
                double product = 0;
                double squares = 0;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    product += u[i] * x[i];
                    squares += x[i] * x[i];
                }
                return product * (squares - slope);
            });
        double const full = theory::high_dimensional_bias_full_rank(sigma, dimension);
        double const bias = rank > 0 ? theory::high_dimensional_bias(sigma, rows, columns, rank) : full;
        double const excess = theory::high_dimensional_bias(sigma, rows, columns, rank > 0 ? rank : 16) - full;
        check_mean("along u", along(found, u), bias - slope, excess / 2);
        check_mean("across, in a row", along(found, orthogonal(u, 0, 5)), 0, excess);
        check_mean("across, in a column", along(found, orthogonal(u, 1, 1 + columns)), 0, excess);
    }
}

TEST_CASE("the bias of an objective of singular values is low rank's own", "[theory]") {
    auto const c = direction();
    for (int const rank : {1, 4, 0}) {
        CAPTURE(rank);
        double const full = theory::spectral_bias_full_rank(sigma, rows, columns);
        double const slope = 0.75 * full; // a linear term, as above
        auto const found = estimates(
            {.rank = rank, .rows = rows, .columns = columns, .sigma = static_cast<float>(sigma), .generations = 128},
            [&](std::span<double const> w) {
                double sum = 0;
                for (std::size_t i = 0; i < rows; ++i) {
                    for (std::size_t k = 0; k < rows; ++k) {
                        double gram = 0;    // (W W^T)_ik
                        double product = 0; // (C W^T)_ik
                        for (std::size_t j = 0; j < columns; ++j) {
                            gram += w[i * columns + j] * w[k * columns + j];
                            product += c[i * columns + j] * w[k * columns + j];
                        }
                        sum += product * (gram - (i == k ? slope : 0));
                    }
                }
                return sum;
            });
        double const bias = rank > 0 ? theory::spectral_bias(sigma, rows, columns, rank) : full;
        double const excess = theory::spectral_bias(sigma, rows, columns, rank > 0 ? rank : 16) - full;
        check_mean("along C", along(found, c), bias - slope, excess / 2);
        check_mean("across, in a row", along(found, orthogonal(c, 0, 5)), 0, excess);
        check_mean("across, in a column", along(found, orthogonal(c, 1, 1 + columns)), 0, excess);
    }
}

TEST_CASE("the bias of a Lipschitz gradient, at full and low rank", "[theory]") {
    std::vector<double> const diagonal(dimension, 1 / std::sqrt(static_cast<double>(dimension)));
    double const slope = sigma * 0.8;
    for (int const rank : {1, 2, 0}) {
        CAPTURE(rank);
        auto const found = estimates(
            {.rank = rank, .rows = rows, .columns = columns, .sigma = static_cast<float>(sigma), .generations = 128},
            [&](std::span<double const> x) {
                double sum = 0;
                for (double const value : x) {
                    sum += value * std::abs(value) / 2 - slope * value;
                }
                return sum;
            });
        double const full = theory::lipschitz_bias_full_rank(sigma, dimension);
        double const bias = rank > 0 ? theory::lipschitz_bias(sigma, dimension, rank) : full;
        double const excess = theory::lipschitz_bias(sigma, dimension, rank > 0 ? rank : 4) - full;
        double const taken_out = slope * std::sqrt(static_cast<double>(dimension));
        check_mean("along (1, ..., 1)", along(found, diagonal), bias - taken_out, std::abs(excess) / 2);
    }
}
