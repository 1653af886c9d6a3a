// SPDX-License-Identifier: Apache-2.0
// The int8 product of thread blocks, emulated: exactly the product by each member's perturbed matrix.

#include "support/emulated_gpu.hpp"
#include "support/kernel_oracles.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

void check(KernelCase const& c) {
    KernelOperands<std::int8_t> const operands(c);
    EmulatedGpu const place;
    Result<std::int8_t> y(c.rows(), c.out, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear(place, operands.weights(), operands.input(), operands.member_rows(), noise, scratch.data(), y.view());
    });
    INFO(c);
    CHECK(first_difference(y, expected_linear(operands)) == -1);
    CHECK(y.intact());
}

/// What the kernels distinguish: alignment, edges of tiles, the divisor, ranks and maps of rows.
TEST_CASE("the emulated GPU multiplies int8 by the perturbed matrix") {
    check({.out = 64, .in = 64, .noise = 1, .members = 32});
    check({.out = 64, .in = 64, .noise = no_noise, .members = 6});
    check({.out = 100, .in = 80, .noise = 2, .members = 6, .rows_per_member = 3, .padding = 16, .shift = 5});
    check({.out = 67,
           .in = 33,
           .noise = 5,
           .members = 6,
           .rows_per_member = 3,
           .members_per_direction = 1,
           .padding = 3});
    check({.out = 40, .in = 256, .noise = 1, .members = 36, .members_per_block = 4, .padding = 1});
    check({.out = 32, .in = 192, .noise = 1, .members = 4, .members_per_block = 4, .shift = 4});
    check({.out = 17, .in = 20, .noise = 2, .members = 4}); // the generic kernel
}

TEST_CASE("the emulated GPU has tiles of 128 x 128 where there are enough") {
    check({.out = 132, .in = 96, .noise = 1, .members = 130});
    check({.out = 257, .in = 33, .noise = 2, .members = 6, .rows_per_member = 21, .padding = 1});
}

TEST_CASE("the emulated GPU is exact at the limits of int8") {
    for (std::int64_t const in : {64, 1039, 1048, 1049, 2048}) {
        for (int const noise : {1, 3}) {
            for (int const shift : {0, 8}) {
                check({.out = 35, .in = in, .noise = noise, .members = 4, .shift = shift, .extreme = true});
            }
        }
    }
}

} // namespace
