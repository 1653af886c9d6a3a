// SPDX-License-Identifier: Apache-2.0

#include "support/instruction_sets.hpp"
#include "support/kernel_cases.hpp"

#include <eggroll/kernels/host/linear.hpp>
#include <eggroll/kernels/reference/linear.hpp>
#include <eggroll/kernels/reference/linear_transposed.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

namespace host = eggroll::kernels::host;
namespace reference = eggroll::kernels::reference;
using namespace eggroll::testing;

template <class T>
void check_linear(host::Thread thread, KernelCase const& c) {
    KernelOperands<T> const operands(c);
    Packed<T> const packed(operands.weights());
    Result<T> expected(c.rows(), c.out, c.padding);
    Result<T> y(c.rows(), c.out, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear(reference::Place{}, operands.weights(), operands.input(), operands.member_rows(), noise, scratch.data(),
               expected.view());
        linear(thread, packed.weights(), operands.input(), operands.member_rows(), noise, scratch.data(), y.view());
    });
    INFO(c);
    CHECK(y == expected);
}

template <class T>
void check_linear_transposed(host::Thread thread, KernelCase const& c) {
    KernelOperands<T> const operands(c, true);
    Packed<T> const packed(operands.weights(), true);
    Result<T> expected(c.rows(), c.in, c.padding);
    Result<T> y(c.rows(), c.in, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear_transposed(reference::Place{}, operands.weights(), operands.input(), operands.member_rows(), noise,
                          scratch.data(), expected.view());
        linear_transposed(thread, packed.weights(), operands.input(), operands.member_rows(), noise, scratch.data(),
                          y.view());
    });
    INFO(c);
    CHECK(y == expected);
}

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
    // Two pages each, the second without access; operands end where the first does.
    auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char*> mapped;
    auto const last_of_page = [&](TestType const* values, std::int64_t count) {
        void* const memory = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        mapped.push_back(static_cast<unsigned char*>(memory));
        REQUIRE(mprotect(mapped.back() + page, page, PROT_NONE) == 0);
        auto* const copy = reinterpret_cast<TestType*>(mapped.back() + page) - count;
        std::copy_n(values, count, copy);
        return copy;
    };
    for (std::int64_t const size : {1, 2, 3, 5, 13, 31, 67}) {
        KernelCase const c{size, size, 1, 2, 1};
        KernelOperands<TestType> const operands(c);
        Packed<TestType> const packed(operands.weights());
        auto input = operands.input();
        auto noise = operands.low_rank();
        input.data.data = last_of_page(input.data.data, c.rows() * size);
        noise.a = last_of_page(noise.a, size);
        noise.b = last_of_page(noise.b, size);
        Result<TestType> expected(c.rows(), size, 0);
        linear(reference::Place{}, operands.weights(), input, operands.member_rows(), noise, operands.scratch().data(),
               expected.view());
        auto y = expected.view();
        y.data = last_of_page(std::vector<TestType>(static_cast<std::size_t>(c.rows() * size)).data(), c.rows() * size);
        linear(thread, packed.weights(), input, operands.member_rows(), noise, operands.scratch().data(), y);
        bool equal = true;
        for (std::int64_t n = 0; n < c.rows() * size; ++n) {
            equal = equal && y.data[n] == expected(n / size, n % size);
        }
        CAPTURE(size);
        CHECK(equal);
    }
    for (unsigned char* const memory : mapped) {
        munmap(memory, 2 * page);
    }
}
#endif
