// SPDX-License-Identifier: Apache-2.0

#include "support/host_linear_checks.hpp"
#include "support/instruction_sets.hpp"
#include "support/kernel_cases.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace {

namespace host = eggroll::kernels::host;
using namespace eggroll::testing;

} // namespace

TEMPLATE_TEST_CASE("host linear equals the reference bit for bit", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (KernelCase const& c : kernel_cases()) {
        check_linear<TestType>(thread, c);
    }
}

TEMPLATE_TEST_CASE("host linear_transposed equals the reference bit for bit", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (KernelCase const& c : kernel_cases(3)) {
        check_linear_transposed<TestType>(thread, c);
    }
}

TEST_CASE("host linear is exact at the limits of int8", "[host]") {
    host::Thread const thread = each_instruction_set();
    for (KernelCase const& c : extreme_cases()) {
        check_linear<std::int8_t>(thread, c);
    }
}

TEMPLATE_TEST_CASE("host linear meets every row and output remainder", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (std::int64_t rows = 1; rows <= 25; ++rows) {
        check_linear<TestType>(thread, {80, 24, 1, 1, rows});
    }
    check_linear<TestType>(thread, {33, 30, 2, 50, 4}); // more than two panels of rows
    for (std::int64_t out = 1; out <= 130; out += 7) {
        check_linear<TestType>(thread, {out, 12, 2, 4, 3});
    }
}

TEST_CASE("host linear divides by what is no power of two", "[host]") {
    host::Thread const thread = each_instruction_set();
    for (std::int64_t const in : {4, 20, 32, 128, 300, 1000}) {
        for (bool const extreme : {false, true}) {
            check_linear<std::int8_t>(thread, {70, in, 1, 8, 3, 1, 2, 0, 4, extreme});
        }
    }
}

#if __has_include(<sys/mman.h>)
TEMPLATE_TEST_CASE("host linear reads nothing beyond its operands", "[host]", float, std::int8_t) {
    host::Thread const thread = each_instruction_set();
    for (std::int64_t const size : {1, 2, 3, 5, 13, 31, 67}) {
        check_guarded_linear<TestType>(thread, {size, size, 1, 2, 1});
    }
}
#endif
