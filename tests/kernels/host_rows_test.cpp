// SPDX-License-Identifier: Apache-2.0

#include "support/instruction_sets.hpp"
#include "support/kernel_cases.hpp"

#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/integer_layer_norm.hpp>
#include <eggroll/kernels/host/log_likelihood.hpp>
#include <eggroll/kernels/host/perturb_vector.hpp>
#include <eggroll/kernels/reference/for_each_row.hpp>
#include <eggroll/kernels/reference/perturb_vector.hpp>
#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/layer_norm_relu.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

namespace host = eggroll::kernels::host;
namespace reference = eggroll::kernels::reference;
using namespace eggroll::testing;
using eggroll::Array2;
using eggroll::MemberRows;
using eggroll::VectorNoise;

template <class T>
std::vector<T> drawn(std::int64_t count, std::uint32_t what) {
    HashNoise<T> const source{3, false};
    std::vector<T> values;
    for (std::int64_t n = 0; n < count; ++n) {
        values.push_back(source.value(what, eggroll::Factor::a, 0, 0, count, n));
    }
    return values;
}

} // namespace

TEMPLATE_TEST_CASE("host perturb_vector equals the reference bit for bit", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (std::int64_t const length : {1, 15, 16, 100, 256}) {
        for (std::int64_t const members_per_direction : {1, 2}) {
            for (bool const product : {false, true}) {
                CAPTURE(length, members_per_direction, product);
                auto const v = drawn<TestType>(length, 1);
                auto const first = drawn<TestType>(6 * length, 2);
                auto const second = drawn<TestType>(6 * length, 3);
                VectorNoise<TestType> noise{first.data(), product ? second.data() : nullptr, {}};
                if constexpr (std::is_same_v<TestType, float>) {
                    noise.scale.factor = 0.03f;
                } else {
                    noise.scale.shift = 7;
                }
                MemberRows const members{1, members_per_direction};
                Result<TestType> expected(6, length, 3);
                Result<TestType> out(6, length, 3);
                perturb_vector(reference::Place{}, v.data(), members, noise, expected.view());
                perturb_vector(thread, v.data(), members, noise, out.view());
                CHECK(out == expected);
            }
        }
    }
}

TEST_CASE("host for_each_row gives integer rows the reference's values", "[host]") {
    host::Thread const thread = each_instruction_set();
    constexpr std::int64_t rows = 5;
    for (std::int64_t const columns : {1, 31, 64, 200}) {
        CAPTURE(columns);
        auto const f = drawn<std::int8_t>(rows * columns, 1);
        auto const h = drawn<std::int8_t>(rows * columns, 2);
        auto const view = [&](auto& values) { return Array2<std::int8_t>{values.data(), rows, columns, columns}; };
        auto const constant = [&](auto& values) {
            return Array2<std::int8_t const>{values.data(), rows, columns, columns};
        };
        auto expected = drawn<std::int8_t>(rows * columns, 3);
        auto state = expected;
        for_each_row(reference::Place{}, rows,
                     eggroll::kernels::rows::BlendState{constant(f), constant(h), view(expected)});
        for_each_row(thread, rows, eggroll::kernels::rows::BlendState{constant(f), constant(h), view(state)});
        CHECK(state == expected);
        for_each_row(reference::Place{}, rows,
                     eggroll::kernels::rows::IntegerLayerNorm{constant(f), constant(h), 1, view(expected)});
        for_each_row(thread, rows, eggroll::kernels::rows::IntegerLayerNorm{constant(f), constant(h), 1, view(state)});
        CHECK(state == expected);
    }
}

TEST_CASE("host layer norm divides by every mean as the reference does", "[host]") {
    host::Thread const thread = each_instruction_set();
    constexpr std::int64_t rows = 128;
    constexpr std::int64_t columns = 200;
    // Row m holds pairs +-(m + d), +-(m - d): their mean size is m.
    auto x = drawn<std::int8_t>(rows * columns, 1);
    for (std::int64_t n = 0; n < rows * columns; ++n) {
        auto const m = static_cast<int>(n / columns);
        int const d = x[static_cast<std::size_t>(n & ~std::int64_t{1})] % (std::min(m, 127 - m) + 1);
        int const size = m + (n % 2 == 0 ? d : -d);
        x[static_cast<std::size_t>(n)] = static_cast<std::int8_t>(n / 2 % 2 == 0 ? size : -size);
    }
    auto const weights = drawn<std::int8_t>(rows * columns, 2);
    auto const constant = [&](auto& values) {
        return Array2<std::int8_t const>{values.data(), rows, columns, columns};
    };
    Result<std::int8_t> expected(rows, columns, 3);
    Result<std::int8_t> y(rows, columns, 3);
    for_each_row(reference::Place{}, rows,
                 eggroll::kernels::rows::IntegerLayerNorm{constant(x), constant(weights), 1, expected.view()});
    for_each_row(thread, rows, eggroll::kernels::rows::IntegerLayerNorm{constant(x), constant(weights), 1, y.view()});
    CHECK(y == expected);
}

TEST_CASE("host log-likelihoods equal the reference's", "[host]") {
    host::Thread const thread = each_instruction_set();
    constexpr std::int64_t rows = 7;
    auto logits = drawn<std::int8_t>(rows * 256, 1);
    std::fill_n(logits.begin(), 256, std::int8_t{-127});
    std::fill_n(logits.begin() + 256, 256, std::int8_t{127});
    std::vector<std::uint8_t> const targets{0, 255, 3, 100, 200, 7, 9};
    std::vector<std::int64_t> expected_sums(rows, 5);
    std::vector<std::int64_t> sums = expected_sums;
    std::vector<eggroll::kernels::rows::ExactLogLoss> expected_exact(rows);
    auto exact = expected_exact;
    eggroll::kernels::rows::LogLikelihood functor{
        {logits.data(), rows, 256, 256}, {{targets.data(), rows, 1, 1}, 1, 1}, expected_sums.data(), nullptr};
    for (bool const with_exact : {false, true}) {
        functor.sums = expected_sums.data();
        functor.exact = with_exact ? expected_exact.data() : nullptr;
        for_each_row(reference::Place{}, rows, functor);
        functor.sums = sums.data();
        functor.exact = with_exact ? exact.data() : nullptr;
        for_each_row(thread, rows, functor);
        CHECK(sums == expected_sums);
    }
    CHECK(std::ranges::equal(exact, expected_exact, [](auto const& a, auto const& b) {
        return a.mantissa == b.mantissa && a.exponent == b.exponent && a.logit_sum == b.logit_sum;
    }));
}

TEST_CASE("host for_each_row gives float rows the same bits on every instruction set", "[host]") {
    host::Thread const thread = each_instruction_set();
    auto expected = drawn<float>(3 * 77, 1);
    auto values = expected;
    for_each_row(host::Thread{host::Isa::scalar}, 3, eggroll::kernels::rows::Tanh<float>{{expected.data(), 3, 77, 77}});
    for_each_row(thread, 3, eggroll::kernels::rows::Tanh<float>{{values.data(), 3, 77, 77}});
    CHECK(values == expected);
    for (std::int64_t const columns : {1, 7, 16, 77, 256}) {
        CAPTURE(columns);
        expected = drawn<float>(3 * columns, 2);
        values = expected;
        for_each_row(host::Thread{host::Isa::scalar}, 3,
                     eggroll::kernels::rows::LayerNormRelu{{expected.data(), 3, columns, columns}});
        for_each_row(thread, 3, eggroll::kernels::rows::LayerNormRelu{{values.data(), 3, columns, columns}});
        CHECK(values == expected);
    }
}
