// SPDX-License-Identifier: Apache-2.0

#include "support/golden.hpp"

#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/kernels/rows/add.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/layer_norm_relu.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>
#include <eggroll/kernels/rows/reset_rows.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace {

namespace rows = eggroll::kernels::rows;
using eggroll::Array2;
using eggroll::testing::golden;
using Bytes = std::vector<std::int8_t>;

static_assert(std::is_trivially_copyable_v<rows::Add<float>> && std::is_trivially_copyable_v<rows::LogLikelihood> &&
              std::is_trivially_copyable_v<rows::IntegerLayerNorm> && std::is_trivially_copyable_v<rows::BlendState>);

template <class T>
Array2<T> matrix(std::vector<T>& values, std::int64_t columns) {
    return {values.data(), static_cast<std::int64_t>(values.size()) / columns, columns, columns};
}
Array2<std::int8_t const> matrix(std::span<std::int8_t const> values, std::int64_t columns) {
    return {values.data(), static_cast<std::int64_t>(values.size()) / columns, columns, columns};
}

template <class Functor>
void run(std::int64_t count, Functor const& functor) {
    for (std::int64_t row = 0; row < count; ++row) {
        functor(row);
    }
}

Bytes every_pair(bool second) { // 255^2 pairs of values
    Bytes values;
    for (int a = -127; a <= 127; ++a) {
        for (int b = -127; b <= 127; ++b) {
            values.push_back(static_cast<std::int8_t>(second ? b : a));
        }
    }
    return values;
}

} // namespace

TEST_CASE("int8 sums are saturated once", "[rows]") {
    Bytes a = every_pair(false);
    Bytes b = every_pair(true);
    Bytes y(a.size());
    rows::Add<std::int8_t>{matrix(a, 255), matrix(b, 255), matrix(y, 255)}(100);
    for (std::size_t n = 100 * 255; n < 101 * 255; ++n) {
        REQUIRE(y[n] == std::clamp(a[n] + b[n], -127, 127));
    }
    Bytes vector{100, -100, 7};
    Bytes x{100, 100, 1, -100, 50, 2, 127, -127, 3, 0, 0, 0};
    Bytes z{100, -20, 4, -100, 7, 5, -127, 127, 6, 1, 1, 1};
    Bytes sum(12);
    auto const v = Array2<std::int8_t const>{vector.data(), 1, 3, 0};
    run(4, rows::SumOfThree{matrix(x, 3), matrix(z, 3), v, 2, matrix(sum, 3)});
    CHECK(sum == Bytes{127, -20, 12, -100, -43, 14, 100, -100, 16, 101, -99, 8});
}

TEST_CASE("a vector is added to the rows of its member", "[rows]") {
    std::vector<float> y{1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<float> v{10, 20, 30, 40};
    run(4, rows::AddVector{matrix(y, 2), Array2<float const>{v.data(), 2, 2, 2}, 2});
    CHECK(y == std::vector<float>{11, 22, 13, 24, 35, 46, 37, 48});
    run(4, rows::AddVector{matrix(y, 2), Array2<float const>{v.data(), 1, 2, 0}, 1});
    CHECK(y == std::vector<float>{21, 42, 23, 44, 45, 66, 47, 68});
}

TEST_CASE("relu cuts negative values and keeps NaN", "[rows]") {
    float const nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> y{-1.5f, 0.0f, 2.5f, nan};
    rows::Relu{matrix(y, 4)}(0);
    CHECK(y[0] == 0.0f);
    CHECK(y[2] == 2.5f);
    CHECK(std::isnan(y[3]));
}

TEST_CASE("layer normalisation and relu are those of double", "[rows]") {
    for (std::int64_t const columns : {1, 5, 16, 33, 256}) {
        std::vector<float> y;
        for (std::int64_t n = 0; n < 2 * columns; ++n) {
            y.push_back(static_cast<float>((n * n * 7 + n * 3) % 101) * 0.1F - (n < columns ? 3.0F : 100.0F));
        }
        std::vector<float> const x = y;
        run(2, rows::LayerNormRelu{matrix(y, columns)});
        for (std::size_t row = 0; row < 2; ++row) {
            auto const size = static_cast<std::size_t>(columns);
            double mean = 0;
            double variance = 0;
            for (std::size_t j = 0; j < size; ++j) {
                mean += static_cast<double>(x[row * size + j]) / static_cast<double>(columns);
            }
            for (std::size_t j = 0; j < size; ++j) {
                double const difference = static_cast<double>(x[row * size + j]) - mean;
                variance += difference * difference / static_cast<double>(columns);
            }
            for (std::size_t j = 0; j < size; ++j) {
                double const expected = (static_cast<double>(x[row * size + j]) - mean) / std::sqrt(variance + 1e-5);
                CAPTURE(columns, row, j);
                // The mean's rounding, 2^-24 of 100, against deviations of 3.
                REQUIRE(std::abs(static_cast<double>(y[row * size + j]) - std::max(expected, 0.0)) < 1e-5);
            }
        }
    }
    for (float const bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        std::vector<float> y{1, bad, 3};
        run(1, rows::LayerNormRelu{matrix(y, 3)});
        CHECK(std::all_of(y.begin(), y.end(), [](float value) { return std::isnan(value); }));
    }
}

TEST_CASE("tanh is within 4 units in the last place", "[rows]") {
    double worst = 0;
    for (float x = 1e-30f; x < 12.0f; x *= 1.0001f) {
        double const exact = std::tanh(static_cast<double>(x));
        double const unit = std::ldexp(1.0, std::ilogb(exact) - 23);
        worst = std::max(worst, std::abs(static_cast<double>(rows::hyperbolic_tangent(x)) - exact) / unit);
        REQUIRE(rows::hyperbolic_tangent(-x) == -rows::hyperbolic_tangent(x));
    }
    INFO(worst);
    CHECK(worst < 4);
    float const infinity = std::numeric_limits<float>::infinity();
    CHECK(rows::hyperbolic_tangent(0.0f) == 0.0f);
    CHECK_FALSE(std::signbit(rows::hyperbolic_tangent(0.0f)));
    CHECK(std::signbit(rows::hyperbolic_tangent(-0.0f)));
    CHECK(rows::hyperbolic_tangent(infinity) == 1.0f);
    CHECK(rows::hyperbolic_tangent(-infinity) == -1.0f);
    CHECK(rows::hyperbolic_tangent(std::numeric_limits<float>::max()) == 1.0f);
    CHECK(std::isnan(rows::hyperbolic_tangent(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("the gated cell follows the golden vectors", "[rows][golden]") {
    auto const file = golden("egg-primitives-gru");
    auto const f = file.values<std::int8_t>("f");
    auto const h = file.values<std::int8_t>("h");
    auto const s = file.values<std::int8_t>("s");
    auto const out = file.values<std::int8_t>("out");
    auto const out_gated = file.values<std::int8_t>("out_gated");
    std::int64_t const columns = 64;
    std::int64_t const count = static_cast<std::int64_t>(f.size()) / columns;
    Bytes state(s.begin(), s.end());
    run(count, rows::BlendState{matrix(f, columns), matrix(h, columns), matrix(state, columns)});
    CHECK(std::ranges::equal(state, out));

    Bytes candidate(s.size()); // sat(q + h), q made in place
    run(count, rows::GatedState{matrix(f, columns), matrix(s, columns), matrix(candidate, columns)});
    run(count, rows::Add<std::int8_t>{matrix(candidate, columns), matrix(h, columns), matrix(candidate, columns)});
    state.assign(s.begin(), s.end());
    run(count, rows::BlendState{matrix(f, columns), matrix(candidate, columns), matrix(state, columns)});
    CHECK(std::ranges::equal(state, out_gated));
}

TEST_CASE("the blended state lies between state and candidate", "[rows]") {
    Bytes h = every_pair(false);
    for (int f = -127; f <= 127; ++f) {
        Bytes gate(h.size(), static_cast<std::int8_t>(f));
        Bytes s = every_pair(true);
        Bytes const before = s;
        run(255, rows::BlendState{matrix(gate, 255), matrix(h, 255), matrix(s, 255)});
        bool between = true;
        for (std::size_t n = 0; n < s.size(); ++n) {
            between = between && std::min(before[n], h[n]) <= s[n] && s[n] <= std::max(before[n], h[n]);
        }
        REQUIRE(between);
    }
}

TEST_CASE("layer norm follows the golden vectors", "[rows][golden]") {
    auto const file = golden("egg-primitives-layernorm");
    for (std::int64_t const n : {16, 64, 256}) {
        std::string const prefix = "n" + std::to_string(n) + "/";
        auto const x = file.values<std::int8_t>(prefix + "x");
        auto const weight = file.values<std::int8_t>(prefix + "weight");
        Bytes y(x.begin(), x.end()); // in place
        run(static_cast<std::int64_t>(x.size()) / n,
            rows::IntegerLayerNorm{matrix(y, n), matrix(weight, n), 1, matrix(y, n)});
        CHECK(std::ranges::equal(y, file.values<std::int8_t>(prefix + "y")));
    }
}

TEST_CASE("layer norm divides every product by every mean exactly", "[rows]") {
    for (int mean = 1; mean <= 127; ++mean) {
        bool exact = true;
        for (int product = -127 * 127; product <= 127 * 127; ++product) {
            int const quotient = static_cast<int>(std::floor(static_cast<double>(product) / mean));
            exact = exact &&
                    rows::quotient_by_mean(product, 1.0f / static_cast<float>(mean)) == std::clamp(quotient, -127, 127);
        }
        INFO(mean);
        CHECK(exact);
    }
}

TEST_CASE("quotients follow the golden vectors", "[rows][golden]") {
    auto const file = golden("egg-primitives-layernorm");
    auto const products = file.values<std::int32_t>("division/numerator");
    for (int const mean : {1, 3, 127}) {
        float const reciprocal = 1.0f / static_cast<float>(mean);
        CHECK(std::ranges::equal(products, file.values<std::int8_t>("division/by_" + std::to_string(mean)), {},
                                 [=](int product) { return rows::quotient_by_mean(product, reciprocal); }));
    }
    CHECK(std::ranges::equal(products, file.values<std::int8_t>("division/by_0"), {},
                             [](int product) { return rows::quotient_by_zero(product); }));
}

TEST_CASE("a zero token resets the rows that read it", "[rows]") {
    std::vector<std::uint8_t> tokens{5, 0};
    Bytes state{1, 2, 3, 4, 5, 6, 7, 8};
    eggroll::Input<std::uint8_t> input{{tokens.data(), 2, 1, 1}, 1, 2}; // members 0, 1 read 5; 2, 3 read 0
    run(4, rows::ResetRows{input, matrix(state, 2)});
    CHECK(state == Bytes{1, 2, 3, 4, 0, 0, 0, 0});
}
