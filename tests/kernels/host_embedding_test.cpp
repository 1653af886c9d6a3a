// SPDX-License-Identifier: Apache-2.0

#include "support/instruction_sets.hpp"
#include "support/kernel_cases.hpp"

#include <eggroll/kernels/host/embedding.hpp>
#include <eggroll/kernels/reference/embedding.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace {

namespace host = eggroll::kernels::host;
namespace reference = eggroll::kernels::reference;
using namespace eggroll::testing;
using eggroll::Input;

template <class T, class Token>
void check_embedding(host::Thread thread, KernelCase const& c) {
    KernelOperands<T> const operands(c);
    auto const bytes = operands.tokens();
    std::vector<Token> const tokens(bytes.begin(), bytes.end());
    Input<Token> const input{{tokens.data(), c.data_rows(), 1, 1}, c.rows_per_member, c.members_per_block};
    Result<T> expected(c.rows(), c.in, c.padding);
    Result<T> y(c.rows(), c.in, c.padding);
    operands.with_noise([&](auto const& noise) {
        embedding(reference::Place{}, operands.weights(), input, operands.member_rows(), noise, expected.view());
        embedding(thread, operands.weights(), input, operands.member_rows(), noise, y.view());
    });
    INFO(c);
    CHECK(y == expected);
}

} // namespace

TEMPLATE_TEST_CASE("host embedding equals the reference bit for bit", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (KernelCase const& c : kernel_cases(3)) {
        check_embedding<TestType, std::uint8_t>(thread, c);
    }
    check_embedding<TestType, std::int32_t>(thread, {100, 20, 1});
}

TEST_CASE("host embedding divides like the reference at every rank", "[host]") {
    host::Thread const thread = each_instruction_set();
    for (int const rank : {3, 7, 16, 40}) {
        for (int const shift : {0, 4, 9}) {
            check_embedding<std::int8_t, std::uint8_t>(thread, {30, 600, rank, 4, 2, 1, 2, 0, shift});
        }
    }
}

TEST_CASE("a product divides exactly in float", "[host]") {
    for (std::int32_t divisor = 1; divisor <= 300; ++divisor) {
        bool equal = true;
        for (std::int32_t product = -127 * 127; product <= 127 * 127; ++product) {
            equal = equal && host::detail::floor_quotient(product, 1.0f / static_cast<float>(divisor)) ==
                                 eggroll::floor_divide(product, divisor);
        }
        CAPTURE(divisor);
        CHECK(equal);
    }
}
