// SPDX-License-Identifier: Apache-2.0

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/perturbation/materialize.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using eggroll::Array2;
using eggroll::Factor;
using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::GenerationNoise;
using eggroll::LowRank;
using eggroll::VectorPerturbation;

namespace {

constexpr std::int64_t out = 5;
constexpr std::int64_t in = 7;
constexpr std::int64_t direction = 3;

/// A matrix, parameter 0, and a vector, parameter 1.
template <class Storage, class Perturbation>
auto bound(Perturbation const& perturbation) {
    eggroll::ParameterLayout layout;
    layout.matrix("weight", out, in);
    layout.vector("bias", out);
    GenerationNoise<Storage, typename Perturbation::source_type> noise;
    noise.source = perturbation.source(11, 2);
    noise.bind(layout, perturbation.plan(layout), 2);
    return noise;
}

/// What is added to ones of shape (rows, columns).
template <class Storage, class Source>
std::vector<double> added(GenerationNoise<Storage, Source> const& noise, std::uint32_t parameter, int sign,
                          std::int64_t rows, std::int64_t columns) {
    std::vector<float> values(static_cast<std::size_t>(rows * columns), 1.0F);
    eggroll::add_noise(noise, parameter, direction, sign, Array2<float>{values.data(), rows, columns, columns});
    return {values.begin(), values.end()};
}

void check_close(std::vector<double> const& found, std::vector<double> const& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(found[i] - expected[i]) <= 0x1p-23 * std::abs(expected[i])); // one rounding to float
    }
}

} // namespace

TEST_CASE("the noise of a matrix is sigma A B^T / sqrt(r)", "[materialize]") {
    auto const noise = bound<float>(LowRank<3>{.sigma = 0.25F});
    std::vector<double> plus;
    std::vector<double> minus;
    for (std::int64_t i = 0; i < out; ++i) {
        for (std::int64_t j = 0; j < in; ++j) {
            double sum = 0;
            for (std::int64_t k = 0; k < 3; ++k) {
                sum += static_cast<double>(noise.source.value(0, Factor::a, direction, k, out, i)) *
                       static_cast<double>(noise.source.value(0, Factor::b, direction, k, in, j));
            }
            plus.push_back(1 + 0.25 / std::sqrt(3.0) * sum);
            minus.push_back(1 - 0.25 / std::sqrt(3.0) * sum);
        }
    }
    check_close(added(noise, 0, 1, out, in), plus);
    check_close(added(noise, 0, -1, out, in), minus);
}

TEST_CASE("full noise: a column of the source for each row", "[materialize]") {
    auto const noise = bound<float>(FullRank<>{.sigma = 0.25F});
    std::vector<double> matrix;
    for (std::int64_t i = 0; i < out; ++i) {
        for (std::int64_t j = 0; j < in; ++j) {
            matrix.push_back(1 + 0.25 * static_cast<double>(noise.source.value(0, Factor::full, direction, i, in, j)));
        }
    }
    check_close(added(noise, 0, 1, out, in), matrix);
    std::vector<double> vector;
    for (std::int64_t i = 0; i < out; ++i) {
        vector.push_back(1 - 0.25 * static_cast<double>(noise.source.value(1, Factor::full, direction, 0, out, i)));
    }
    check_close(added(noise, 1, -1, 1, out), vector);
}

TEST_CASE("product noise of a vector is u1 u2", "[materialize]") {
    auto const noise = bound<float>(LowRank<1>{.sigma = 0.25F, .vectors = VectorPerturbation::product});
    std::vector<double> vector;
    for (std::int64_t i = 0; i < out; ++i) {
        vector.push_back(1 + 0.25 * static_cast<double>(noise.source.value(1, Factor::a, direction, 0, out, i)) *
                                 static_cast<double>(noise.source.value(1, Factor::b, direction, 0, out, i)));
    }
    check_close(added(noise, 1, 1, 1, out), vector);
}

TEST_CASE("integer noise counts in sixteenths", "[materialize]") {
    // All of these are exact in float: multiples of 2^-12 below 2^12.
    auto const rank_three = bound<std::int8_t>(LowRank<3, FixedPointGaussian>{.sigma = 0x1p-4});
    std::vector<double> matrix;
    for (std::int64_t i = 0; i < out; ++i) {
        for (std::int64_t j = 0; j < in; ++j) {
            double sum = 0;
            for (std::int64_t k = 0; k < 3; ++k) {
                sum += rank_three.source.value(0, Factor::a, direction, k, out, i) *
                       rank_three.source.value(0, Factor::b, direction, k, in, j);
            }
            matrix.push_back(1 + sum / 256 / 16 / 2); // round(sqrt(3)) = 2
        }
    }
    CHECK(added(rank_three, 0, 1, out, in) == matrix);

    auto const full = bound<std::int8_t>(FullRank<FixedPointGaussian>{.sigma = 0x1p-4});
    std::vector<double> vector;
    for (std::int64_t i = 0; i < out; ++i) {
        vector.push_back(1 - full.source.value(1, Factor::full, direction, 0, out, i) / 256.0);
    }
    CHECK(added(full, 1, -1, 1, out) == vector);
}

TEST_CASE("a frozen parameter gets nothing", "[materialize]") {
    auto const noise = bound<float>(LowRank<1>{.overrides = {{.parameter = "weight", .rank = 0}}});
    CHECK(added(noise, 0, 1, out, in) == std::vector<double>(out * in, 1.0));
}
