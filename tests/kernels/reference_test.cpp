// SPDX-License-Identifier: Apache-2.0

#include "support/kernel_oracles.hpp"

#include <eggroll/kernels/reference/embedding.hpp>
#include <eggroll/kernels/reference/for_each_row.hpp>
#include <eggroll/kernels/reference/linear.hpp>
#include <eggroll/kernels/reference/linear_transposed.hpp>
#include <eggroll/kernels/reference/perturb_vector.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

namespace reference = eggroll::kernels::reference;
using namespace eggroll;
using namespace eggroll::testing;

template <class T>
void check_linear(KernelCase const& c) {
    KernelOperands<T> const operands(c);
    Result<T> y(c.rows(), c.out, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear(reference::Place{}, operands.weights(), operands.input(), operands.member_rows(), noise, scratch.data(),
               y.view());
    });
    INFO(c);
    CHECK(first_difference(y, expected_linear(operands)) == -1);
    CHECK(y.intact());
}

template <class T>
void check_linear_transposed(KernelCase const& c) {
    KernelOperands<T> const operands(c, true);
    Result<T> y(c.rows(), c.in, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear_transposed(reference::Place{}, operands.weights(), operands.input(), operands.member_rows(), noise,
                          scratch.data(), y.view());
    });
    INFO(c);
    CHECK(first_difference(y, expected_linear(operands, true)) == -1);
    CHECK(y.intact());
}

/// Row t of W + sigma g E, in double; for int8 from (W << shift) + g A B and 64-bit integers.
template <class T>
double expected_look_up(KernelOperands<T> const& operands, std::int64_t row, std::int64_t t, std::int64_t j) {
    KernelCase const& c = operands.description();
    std::int64_t const direction = operands.member_rows().direction(row);
    int const sign = operands.member_rows().sign(row);
    auto const scale = operands.scale();
    T const weight = operands.weights().data[t * c.in + j];
    int const components = c.noise == full_rank ? 1 : c.rank();
    if constexpr (std::is_same_v<T, float>) {
        double sum = static_cast<double>(weight);
        for (int k = 0; k < components; ++k) {
            sum += static_cast<double>(scale.factor) * sign * operands.noise(direction, k, t, j);
        }
        return sum;
    } else {
        std::int64_t sum = components == 0 ? weight : 0;
        for (int k = 0; k < components; ++k) {
            double const e = std::floor(sign * operands.noise(direction, k, t, j) / scale.divisor);
            sum += ((k == 0 ? std::int64_t{weight} << scale.shift : 0) + static_cast<std::int64_t>(e)) >> scale.shift;
        }
        return static_cast<double>(std::clamp<std::int64_t>(sum, -127, 127));
    }
}

} // namespace

TEMPLATE_TEST_CASE("reference linear multiplies by the perturbed matrix", "[reference]", float, std::int8_t) {
    for (KernelCase const& c : kernel_cases()) {
        check_linear<TestType>(c);
    }
}

TEMPLATE_TEST_CASE("reference linear_transposed multiplies by its transpose", "[reference]", float, std::int8_t) {
    for (KernelCase const& c : kernel_cases(7)) {
        check_linear_transposed<TestType>(c);
    }
}

TEST_CASE("reference linear is exact at the limits of int8", "[reference]") {
    for (KernelCase const& c : extreme_cases()) {
        check_linear<std::int8_t>(c);
    }
}

TEMPLATE_TEST_CASE("reference embedding looks rows of the perturbed table up", "[reference]", float, std::int8_t) {
    for (KernelCase const& c : kernel_cases(7)) {
        KernelOperands<TestType> const operands(c);
        auto const small = operands.tokens();
        std::vector<std::int32_t> const tokens(small.begin(), small.end());
        Input<std::int32_t> const input{{tokens.data(), c.data_rows(), 1, 1}, c.rows_per_member, c.members_per_block};
        Result<TestType> y(c.rows(), c.in, c.padding);
        operands.with_noise([&](auto const& noise) {
            embedding(reference::Place{}, operands.weights(), input, operands.member_rows(), noise, y.view());
        });
        INFO(c);
        double worst = 0;
        for (std::int64_t row = 0; row < c.rows(); ++row) {
            std::int64_t const t = tokens[static_cast<std::size_t>(input.data_row(row))];
            for (std::int64_t j = 0; j < c.in; ++j) {
                double const expected = expected_look_up(operands, row, t, j);
                worst = std::max(worst, std::abs(static_cast<double>(y(row, j)) - expected));
            }
        }
        CHECK(worst <= (std::is_same_v<TestType, float> ? 2e-6 : 0.0)); // values below 4, at most 6 roundings
        CHECK(y.intact());
    }
}

TEST_CASE("reference perturb_vector gives each member its vector", "[reference]") {
    std::vector<float> const v{1, 2};
    std::vector<float> const first{0.5f, -1, 4, 8}; // (direction, length)
    std::vector<float> const second{2, 4, -1, 1};
    Result<float> y(4, 2, 1);
    perturb_vector(reference::Place{}, v.data(), MemberRows{}, VectorNoise<float>{first.data(), nullptr, {0.5f}},
                   y.view());
    CHECK(values(y) == std::vector<float>{1.25f, 1.5f, 0.75f, 2.5f, 3, 6, -1, -2});
    perturb_vector(reference::Place{}, v.data(), MemberRows{1, 1},
                   VectorNoise<float>{first.data(), second.data(), {0.5f}}, Array2<float>{y.view().data, 2, 2, 3});
    CHECK(y(0, 0) == 1.5f);
    CHECK(y(0, 1) == 0.0f);
    CHECK(y(1, 0) == -1.0f);
    CHECK(y(1, 1) == 6.0f);

    std::vector<std::int8_t> const w{-120, 5};
    std::vector<std::int8_t> const e{127, -3}; // (direction, length)
    Result<std::int8_t> z(2, 2, 8);
    perturb_vector(reference::Place{}, w.data(), MemberRows{}, VectorNoise<std::int8_t>{e.data(), e.data(), {4, 1}},
                   z.view());
    CHECK(values(z) == std::vector<std::int8_t>{127, 5, -127, 4}); // 127^2 >> 4 = 1008; 9 >> 4 = 0, -9 >> 4 = -1
    perturb_vector(reference::Place{}, w.data(), MemberRows{}, VectorNoise<std::int8_t>{e.data(), nullptr, {4, 1}},
                   z.view());
    CHECK(values(z) == std::vector<std::int8_t>{-113, 4, -127, 5}); // 127 >> 4 = 7, -127 >> 4 = -8
}

TEST_CASE("reference refuses an int8 fan-in whose sums may wrap", "[reference]") {
    std::int64_t const in = largest_integer_fan_in + 1;
    Weights<std::int8_t> const w{nullptr, 1, in, nullptr};
    CHECK_THROWS_AS(linear(reference::Place{}, w, Input<std::int8_t>{}, MemberRows{}, NoNoise{},
                           static_cast<std::int32_t*>(nullptr), Array2<std::int8_t>{}),
                    Error);
}

TEST_CASE("reference for_each_row goes through the rows in order", "[reference]") {
    std::vector<std::int64_t> seen;
    for_each_row(reference::Place{}, 4, [&](std::int64_t row) { seen.push_back(row); });
    CHECK(seen == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("reference float sums follow the documented order", "[reference]") {
    // At 2^30 a float has no room for 1: a sum is exact only if the two large values meet before anything else is
    // added.
    float const large = 0x1p30f;
    std::vector<float> const ones(48, 1.0f);
    std::vector<float> x(48, 1.0f);
    x[3] = large;
    x[35] = -large; // the same lane of 16; the 1 between them is lost
    CHECK(reference::dot(x.data(), ones.data(), 48) == 45.0f);
    x[35] = 1.0f;
    x[11] = -large; // 3 and 11 are the first lanes to meet, with their second and third ones lost
    CHECK(reference::dot(x.data(), ones.data(), 48) == 42.0f);

    std::vector<float> chain{large, 1.0f, -large, 1.0f};
    Weights<float> const w{ones.data(), 1, 4, nullptr};
    float y = 0;
    linear(reference::Place{}, w, Input<float>{{chain.data(), 1, 4, 4}, 1, 1}, MemberRows{}, NoNoise{},
           static_cast<float*>(nullptr), Array2<float>{&y, 1, 1, 1});
    CHECK(y == 1.0f);
}
