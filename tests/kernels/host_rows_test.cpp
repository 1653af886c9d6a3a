// SPDX-License-Identifier: Apache-2.0

#include "support/instruction_sets.hpp"
#include "support/kernel_cases.hpp"

#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/perturb_vector.hpp>
#include <eggroll/kernels/reference/for_each_row.hpp>
#include <eggroll/kernels/reference/perturb_vector.hpp>
#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/layer_norm_relu.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

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
