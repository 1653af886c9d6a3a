// SPDX-License-Identifier: Apache-2.0
// Rows by warps give the bits that the same functor gives row by row.

#include <support/emulated_gpu.hpp>

#include <eggroll/kernels/cuda/for_each_row.hpp>
#include <eggroll/kernels/reference/kernels.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

using namespace eggroll;
namespace rows = eggroll::kernels::rows;

namespace {

std::mt19937 generator(5);

template <class T>
std::vector<T> random_values(std::int64_t count) {
    std::vector<T> values;
    std::uniform_int_distribution<int> const bytes(-127, 127);
    std::normal_distribution<float> const normal(0.3F, 2);
    for (std::int64_t i = 0; i < count; ++i) {
        if constexpr (std::is_same_v<T, std::int8_t>) {
            values.push_back(static_cast<T>(std::uniform_int_distribution<int>(bytes.param())(generator)));
        } else {
            values.push_back(std::normal_distribution<float>(normal.param())(generator));
        }
    }
    return values;
}

template <class T>
Array2<T> rows_of(std::vector<T>& values, std::int64_t columns) {
    return {values.data(), static_cast<std::int64_t>(values.size()) / columns, columns, columns};
}

/// functor_of(array) on a copy of `values`, row by row and by warps, leaves the same bits.
template <class T, class FunctorOf>
void check(std::int64_t row_count, std::int64_t columns, FunctorOf const& functor_of) {
    CAPTURE(row_count, columns);
    auto expected = random_values<T>(row_count * columns);
    auto found = expected;
    for_each_row(kernels::reference::Place{}, row_count, functor_of(rows_of(expected, columns)));
    for_each_row(testing::EmulatedGpu{}, row_count, functor_of(rows_of(found, columns)));
    CHECK(std::memcmp(found.data(), expected.data(), found.size() * sizeof(T)) == 0);
}

struct Shape {
    std::int64_t rows;
    std::int64_t columns;
};
constexpr Shape shapes[] = {{1, 1}, {3, 6}, {5, 31}, {9, 33}, {4, 64}, {17, 100}};

} // namespace

TEST_CASE("elements of rows by warps", "[cuda]") {
    for (Shape const& shape : shapes) {
        std::int64_t const count = shape.rows;
        std::int64_t const columns = shape.columns; // clang 14 captures no bindings
        std::int64_t const n = count * columns;
        auto floats = random_values<float>(n);
        auto a = random_values<std::int8_t>(n);
        auto b = random_values<std::int8_t>(n);
        auto vector = random_values<std::int8_t>(n);
        auto const first = rows_of(a, columns);
        auto const second = rows_of(b, columns);
        check<float>(count, columns, [](auto y) { return rows::Relu<float>{y}; });
        check<float>(count, columns, [](auto y) { return rows::Tanh<float>{y}; });
        check<float>(count, columns, [&](auto y) { return rows::AddVector<float>{y, rows_of(floats, columns), 2}; });
        check<std::int8_t>(count, columns, [&](auto y) {
            return rows::AddVector<std::int8_t>{y, {vector.data(), 1, y.columns, 0}, 1};
        });
        check<std::int8_t>(count, columns, [&](auto y) { return rows::Add<std::int8_t>{first, second, y}; });
        check<std::int8_t>(count, columns, [&](auto y) {
            return rows::SumOfThree{first, second, rows_of(vector, columns), 3, y};
        });
        check<std::int8_t>(count, columns, [&](auto y) { return rows::GatedState{first, second, y}; });
        check<std::int8_t>(count, columns, [&](auto y) { return rows::BlendState{first, second, y}; });
        std::vector<std::uint8_t> tokens(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            tokens[i] = static_cast<std::uint8_t>(i % 3);
        }
        check<std::int8_t>(count, columns, [&](auto y) { return rows::ResetRows{{rows_of(tokens, 1), 1, 1}, y}; });
    }
}

TEST_CASE("layer norms by warps", "[cuda]") {
    for (Shape const& shape : shapes) {
        std::int64_t const count = shape.rows;
        std::int64_t const columns = shape.columns; // clang 14 captures no bindings
        check<float>(count, columns, [](auto y) { return rows::LayerNormRelu{y}; });
        auto weights = random_values<std::int8_t>(count * columns);
        check<std::int8_t>(count, columns, [&](auto y) {
            return rows::IntegerLayerNorm{y, rows_of(weights, columns), 2, y};
        });
    }
    INFO("rows of mean 0");
    auto weights = random_values<std::int8_t>(40);
    for (auto const& x : {std::vector<std::int8_t>(40, 0), [] {
                              std::vector<std::int8_t> one(40, 0);
                              one[7] = -39;
                              return one;
                          }()}) {
        auto expected = x;
        auto found = x;
        Array2<std::int8_t const> const w = rows_of(weights, 40);
        for_each_row(kernels::reference::Place{}, 1,
                     rows::IntegerLayerNorm{rows_of(expected, 40), w, 1, rows_of(expected, 40)});
        for_each_row(testing::EmulatedGpu{}, 1, rows::IntegerLayerNorm{rows_of(found, 40), w, 1, rows_of(found, 40)});
        CHECK(found == expected);
    }
}

TEST_CASE("log-likelihood by warps", "[cuda]") {
    constexpr std::int64_t count = 6;
    auto logits = random_values<std::int8_t>(count * 256);
    std::vector<std::uint8_t> targets{0, 255, 7, 100, 31, 32};
    std::vector<std::int64_t> expected(count, 5);
    std::vector<std::int64_t> found(count, 5);
    std::vector<rows::ExactLogLoss> expected_loss(count);
    std::vector<rows::ExactLogLoss> found_loss(count);
    Input<std::uint8_t> const read{rows_of(targets, 1), 1, 1};
    for (int token = 0; token < 2; ++token) {
        for_each_row(kernels::reference::Place{}, count,
                     rows::LogLikelihood{rows_of(logits, 256), read, expected.data(), expected_loss.data()});
        for_each_row(testing::EmulatedGpu{}, count,
                     rows::LogLikelihood{rows_of(logits, 256), read, found.data(), found_loss.data()});
    }
    CHECK(found == expected);
    for (std::size_t i = 0; i < found_loss.size(); ++i) {
        CHECK(bits(found_loss[i]) == bits(expected_loss[i]));
    }
    for_each_row(testing::EmulatedGpu{}, count, rows::LogLikelihood{rows_of(logits, 256), read, found.data(), nullptr});
    CHECK(found != expected);
}
