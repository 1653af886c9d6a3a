// SPDX-License-Identifier: Apache-2.0

// Moments and mixed moments of the library's noise: one value of each kind per direction, a mean over the matrix, so
// that errors come from independent values. Each run checks five moments; the sixteen runs together raise a false alarm
// with probability 5e-5 on new noise (statistics.hpp).

#include "rank_convergence/closed_forms.hpp"
#include "rank_convergence/direction_noise.hpp"
#include "theory/statistics.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/perturbation/materialize.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

using eggroll::dynamic_rank;
using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::Gaussian;
using eggroll::LowRank;
using eggroll::Rademacher;
using eggroll::Uniform;
using eggroll::testing::check_mean;
using eggroll::testing::RunningMean;

namespace {

constexpr std::size_t rows = 3; // differs from columns, so that they can't be mixed up
constexpr std::size_t columns = 5;
constexpr std::int64_t directions = 200'000;

struct Expected {
    double kurtosis;
    double row;
    double column;
    double rectangle;
};

struct Measured {
    RunningMean variance;
    RunningMean fourth;
    RunningMean row;
    RunningMean column;
    RunningMean rectangle;
};

/// Adds a direction's means over all entries, pairs in a row, pairs in a column and rectangles.
void add(std::span<double const> e, Measured& measured) {
    double squares = 0;
    double fourths = 0;
    double in_rows = 0;    // sum over rows of (sum of squares)^2
    double in_columns = 0; // and over columns
    double rectangles = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        double row = 0;
        for (std::size_t j = 0; j < columns; ++j) {
            double const square = e[i * columns + j] * e[i * columns + j];
            row += square;
            fourths += square * square;
        }
        squares += row;
        in_rows += row * row;
        for (std::size_t k = 0; k < i; ++k) { // pairs of rows
            double products = 0;              // sum over j of E_ij E_kj
            double squared = 0;
            for (std::size_t j = 0; j < columns; ++j) {
                double const product = e[i * columns + j] * e[k * columns + j];
                products += product;
                squared += product * product;
            }
            rectangles += products * products - squared; // ordered pairs j != l
        }
    }
    for (std::size_t j = 0; j < columns; ++j) {
        double column = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            column += e[i * columns + j] * e[i * columns + j];
        }
        in_columns += column * column;
    }
    constexpr double entries = rows * columns;
    measured.variance.add(squares / entries);
    measured.fourth.add(fourths / entries);
    measured.row.add((in_rows - fourths) / (entries * (columns - 1)));
    measured.column.add((in_columns - fourths) / (entries * (rows - 1)));
    measured.rectangle.add(rectangles / (entries * (columns - 1) * (rows - 1) / 2));
}

template <class Perturbation>
void check_moments(Perturbation const& perturbation, Expected const& expected) {
    theory::DirectionNoise<Perturbation> noise(perturbation, rows, columns, 21);
    Measured measured;
    for (std::int64_t d = 0; d < directions; ++d) {
        add(noise(d), measured);
    }
    check_mean("E[E_ij^2]", measured.variance, 1, 0.05);
    check_mean("E[E_ij^4]", measured.fourth, expected.kurtosis, 0.15 * expected.kurtosis);
    check_mean("E[E_ij^2 E_il^2]", measured.row, expected.row, 0.1 * expected.row);
    check_mean("E[E_ij^2 E_kj^2]", measured.column, expected.column, 0.1 * expected.column);
    // 1 / r against 0: even the greatest rank's is seen.
    check_mean("E[E_ij E_il E_kj E_kl]", measured.rectangle, expected.rectangle, 0.05);
}

template <class A, class B = A>
void check_low_rank(int rank) {
    CAPTURE(rank);
    double const r = rank;
    check_moments(LowRank<dynamic_rank, A, B>{.rank = rank},
                  {theory::entry_kurtosis(r, A::kurtosis, B::kurtosis), theory::same_row_moment(r, A::kurtosis),
                   theory::same_column_moment(r, B::kurtosis), theory::rectangle_moment(r)});
}

template <class D>
void check_full_rank() {
    check_moments(FullRank<D>{}, {D::kurtosis, 1, 1, 0});
}

} // namespace

TEST_CASE("entries of low-rank noise, Gaussian factors", "[theory][noise]") {
    for (int const rank : {1, 2, 4, 8}) {
        check_low_rank<Gaussian>(rank);
    }
}

TEST_CASE("entries of low-rank noise, other factors", "[theory][noise]") {
    check_low_rank<Uniform>(1);
    check_low_rank<Uniform>(3);
    check_low_rank<Rademacher>(1);
    check_low_rank<Rademacher>(2);
    check_low_rank<FixedPointGaussian>(1);
    check_low_rank<FixedPointGaussian>(4);
}

TEST_CASE("entries of low-rank noise, A and B of different distributions", "[theory][noise]") {
    check_low_rank<Gaussian, Rademacher>(1); // rows and columns differ: E_ij^2 E_il^2 has the kurtosis of A
    check_low_rank<Uniform, Gaussian>(2);
}

TEST_CASE("entries of full-rank noise", "[theory][noise]") {
    check_full_rank<Gaussian>();
    check_full_rank<Uniform>();
    check_full_rank<Rademacher>();
    check_full_rank<FixedPointGaussian>();
}

TEST_CASE("the noise measured here is what a member's parameters are shifted by", "[theory][noise]") {
    auto const check = [](auto const& perturbation) {
        using Perturbation = std::remove_cvref_t<decltype(perturbation)>;
        theory::DirectionNoise<Perturbation> noise(perturbation, rows, columns, 21, 2);
        eggroll::ParameterLayout layout;
        layout.matrix("x", rows, columns);
        eggroll::GenerationNoise<float, typename Perturbation::source_type> bound;
        bound.source = perturbation.source(21, 2);
        bound.bind(layout, perturbation.plan(layout), 2);
        for (std::int64_t direction = 0; direction < 4; ++direction) {
            std::vector<float> values(rows * columns);
            eggroll::add_noise(bound, 0, direction, 1, eggroll::Array2<float>{values.data(), rows, columns, columns});
            auto const e = noise(direction);
            for (std::size_t i = 0; i < values.size(); ++i) {
                CHECK(std::abs(static_cast<double>(values[i]) - 0.25 * e[i]) < 1e-6);
            }
        }
    };
    check(LowRank<3>{.sigma = 0.25F});
    check(LowRank<1, FixedPointGaussian>{.sigma = 0.25F});
    check(FullRank<>{.sigma = 0.25F});
}
