// SPDX-License-Identifier: Apache-2.0

#include "support/kernel_oracles.hpp"
#include "support/spaces.hpp"

#include <eggroll/kernels/device/embedding.hpp>
#include <eggroll/kernels/device/fill.hpp>
#include <eggroll/kernels/device/for_each_row.hpp>
#include <eggroll/kernels/device/linear.hpp>
#include <eggroll/kernels/device/linear_transposed.hpp>
#include <eggroll/kernels/device/perturb_vector.hpp>
#include <eggroll/kernels/reference/embedding.hpp>
#include <eggroll/kernels/reference/fill.hpp>
#include <eggroll/kernels/reference/perturb_vector.hpp>
#include <eggroll/kernels/rows/activations.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

namespace device = eggroll::kernels::device;
namespace reference = eggroll::kernels::reference;
using namespace eggroll;
using namespace eggroll::testing;

template <class Space, class T>
void check_linear(KernelCase const& c) {
    KernelOperands<T> const operands(c);
    device::On<Space> const place{Space()};
    Result<T> y(c.rows(), c.out, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear(place, operands.weights(), operands.input(), operands.member_rows(), noise, scratch.data(), y.view());
    });
    place.space.fence("eggroll::test");
    INFO(c);
    CHECK(first_difference(y, expected_linear(operands)) == -1);
    CHECK(y.intact());
}

template <class Space, class T>
void check_linear_transposed(KernelCase const& c) {
    KernelOperands<T> const operands(c, true);
    device::On<Space> const place{Space()};
    Result<T> y(c.rows(), c.in, c.padding);
    auto scratch = operands.scratch();
    operands.with_noise([&](auto const& noise) {
        linear_transposed(place, operands.weights(), operands.input(), operands.member_rows(), noise, scratch.data(),
                          y.view());
    });
    place.space.fence("eggroll::test");
    INFO(c);
    CHECK(first_difference(y, expected_linear(operands, true)) == -1);
    CHECK(y.intact());
}

} // namespace

TEMPLATE_LIST_TEST_CASE("device linear multiplies by the perturbed matrix", "[device]", Spaces) {
    for (KernelCase const& c : kernel_cases(7)) {
        check_linear<typename TestType::Space, typename TestType::Storage>(c);
    }
}

TEMPLATE_LIST_TEST_CASE("device linear_transposed multiplies by its transpose", "[device]", Spaces) {
    for (KernelCase const& c : kernel_cases(11)) {
        check_linear_transposed<typename TestType::Space, typename TestType::Storage>(c);
    }
}

TEST_CASE("device linear is exact at the limits of int8", "[device]") {
    for (KernelCase const& c : extreme_cases()) {
        check_linear<Kokkos::DefaultHostExecutionSpace, std::int8_t>(c);
    }
}

TEMPLATE_LIST_TEST_CASE("device embedding agrees with the reference", "[device]", Spaces) {
    using T = typename TestType::Storage;
    device::On<typename TestType::Space> const place{typename TestType::Space()};
    for (KernelCase const& c : kernel_cases(7)) {
        KernelOperands<T> const operands(c);
        auto const tokens = operands.tokens();
        Input<std::uint8_t> const input{{tokens.data(), c.data_rows(), 1, 1}, c.rows_per_member, c.members_per_block};
        Result<T> y(c.rows(), c.in, c.padding);
        Result<T> expected(c.rows(), c.in, c.padding);
        operands.with_noise([&](auto const& noise) {
            embedding(place, operands.weights(), input, operands.member_rows(), noise, y.view());
            embedding(reference::Place{}, operands.weights(), input, operands.member_rows(), noise, expected.view());
        });
        place.space.fence("eggroll::test");
        INFO(c);
        CHECK(first_difference(y, expected, 1e-6) == -1);
        CHECK(y.intact());
    }
}

TEMPLATE_LIST_TEST_CASE("device perturb_vector agrees with the reference", "[device]", Spaces) {
    using T = typename TestType::Storage;
    device::On<typename TestType::Space> const place{typename TestType::Space()};
    HashNoise<T> const source{9, false};
    for (std::int64_t const length : {1, 17, 256}) {
        for (std::int64_t const members_per_direction : {1, 2}) {
            for (bool const product : {false, true}) {
                auto const size = static_cast<std::size_t>(6 * length);
                std::vector<T> v(size);
                std::vector<T> first(size);  // (direction, length)
                std::vector<T> second(size); // (direction, length)
                fill(place, source, 1, Factor::full, 0, 1, 0, 1, length, v.data());
                fill(place, source, 2, Factor::a, 0, 6, 0, 1, length, first.data());
                fill(place, source, 2, Factor::b, 0, 6, 0, 1, length, second.data());
                VectorNoise<T> noise{first.data(), product ? second.data() : nullptr, {}};
                if constexpr (std::is_same_v<T, float>) {
                    noise.scale = {0.3f};
                } else {
                    noise.scale = {5, 1};
                }
                Result<T> y(6, length, 2);
                Result<T> expected(6, length, 2);
                MemberRows const members{1, members_per_direction};
                perturb_vector(place, v.data(), members, noise, y.view());
                place.space.fence("eggroll::test");
                perturb_vector(reference::Place{}, v.data(), members, noise, expected.view());
                CHECK(first_difference(y, expected, 1e-6) == -1);
                CHECK(y.intact());
            }
        }
    }
}

TEMPLATE_LIST_TEST_CASE("device fill agrees with the reference", "[device]", Spaces) {
    using T = typename TestType::Storage;
    device::On<typename TestType::Space> const place{typename TestType::Space()};
    HashNoise<T> const source{10, false};
    std::vector<T> y(5 * 3 * 37);
    std::vector<T> expected(y.size());
    fill(place, source, 4, Factor::b, 7, 5, 2, 3, 37, y.data());
    place.space.fence("eggroll::test");
    fill(reference::Place{}, source, 4, Factor::b, 7, 5, 2, 3, 37, expected.data());
    CHECK(y == expected);
}

TEMPLATE_TEST_CASE("device for_each_row calls a functor for every row", "[device]", Kokkos::Serial,
                   Kokkos::DefaultHostExecutionSpace) {
    device::On<TestType> const place{TestType()};
    std::vector<float> values(300, -1.0f); // (row, 3)
    for_each_row(place, 99, kernels::rows::Relu<float>{{values.data(), 100, 3, 3}});
    place.space.fence("eggroll::test");
    for (std::size_t n = 0; n < values.size(); ++n) {
        REQUIRE(values[n] == (n < 297 ? 0.0f : -1.0f));
    }
}
