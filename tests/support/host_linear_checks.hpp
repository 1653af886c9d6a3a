// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guarded_pages.hpp"
#include "instruction_sets.hpp"
#include "kernel_cases.hpp"

#include <eggroll/kernels/host/linear.hpp>
#include <eggroll/kernels/reference/linear.hpp>
#include <eggroll/kernels/reference/linear_transposed.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eggroll::testing {

/// The host's `linear` of a case equals the reference bit for bit.
template <class T>
void check_linear(kernels::host::Thread thread, KernelCase const& c) {
    KernelOperands<T> const operands(c);
    Packed<T> const packed(operands.weights());
    Result<T> expected(c.rows(), c.out, c.padding);
    Result<T> y(c.rows(), c.out, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear(kernels::reference::Place{}, operands.weights(), operands.input(), operands.member_rows(), noise,
               scratch.data(), expected.view());
        linear(thread, packed.weights(), operands.input(), operands.member_rows(), noise, scratch.data(), y.view());
    });
    INFO(c);
    CHECK(y == expected);
}

template <class T>
void check_linear_transposed(kernels::host::Thread thread, KernelCase const& c) {
    KernelOperands<T> const operands(c, true);
    Packed<T> const packed(operands.weights(), true);
    Result<T> expected(c.rows(), c.in, c.padding);
    Result<T> y(c.rows(), c.in, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear_transposed(kernels::reference::Place{}, operands.weights(), operands.input(), operands.member_rows(),
                          noise, scratch.data(), expected.view());
        linear_transposed(thread, packed.weights(), operands.input(), operands.member_rows(), noise, scratch.data(),
                          y.view());
    });
    INFO(c);
    CHECK(y == expected);
}

#if __has_include(<sys/mman.h>)
/// The same for low-rank noise and operands that end where memory without access begins. The case has no padding.
template <class T>
void check_guarded_linear(kernels::host::Thread thread, KernelCase const& c) {
    GuardedPages pages;
    KernelOperands<T> const operands(c);
    Packed<T> const packed(operands.weights());
    auto weights = packed.weights();
    auto input = operands.input();
    auto noise = operands.low_rank();
    weights.packed = pages.copy(static_cast<std::byte const*>(weights.packed),
                                static_cast<std::int64_t>(kernels::host::packed_bytes<T>(c.out, c.in)));
    input.data.data = pages.copy(input.data.data, c.data_rows() * c.in);
    noise.a = pages.copy(noise.a, c.directions() * c.rank() * c.out);
    noise.b = pages.copy(noise.b, c.directions() * c.rank() * c.in);
    Result<T> expected(c.rows(), c.out, 0);
    linear(kernels::reference::Place{}, operands.weights(), input, operands.member_rows(), noise,
           operands.scratch().data(), expected.view());
    auto y = expected.view();
    y.data = pages.copy(std::vector<T>(static_cast<std::size_t>(c.rows() * c.out)).data(), c.rows() * c.out);
    linear(thread, weights, input, operands.member_rows(), noise, operands.scratch().data(), y);
    bool equal = true;
    for (std::int64_t n = 0; n < c.rows() * c.out; ++n) {
        equal = equal && y.data[n] == expected(n / c.out, n % c.out);
    }
    INFO(c);
    CHECK(equal);
}
#endif

} // namespace eggroll::testing
