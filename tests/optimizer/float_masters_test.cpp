// SPDX-License-Identifier: Apache-2.0

#include "apply_rule.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/float_masters.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using namespace eggroll;

namespace {

template <class Optimizer, class Storage>
using State = typename Optimizer::template state<Storage, Kokkos::HostSpace>;

UpdateContext context_of(std::uint64_t generation) {
    UpdateContext context;
    context.generation = generation;
    context.gradient_scale = 0.125;
    return context;
}

/// Any sums, the same in each run, of several orders of magnitude.
std::vector<float> sums_of(std::uint64_t t, std::size_t count) {
    std::vector<float> sums;
    for (std::size_t i = 0; i < count; ++i) {
        auto const n = static_cast<double>(i);
        sums.push_back(static_cast<float>(std::sin(1.0 + 3.0 * static_cast<double>(t) + 5.0 * n) * std::exp(-n / 4)));
    }
    return sums;
}

/// The oracle: the optimizer on fp32 masters, which are rounded for the model.
template <class Storage, class Optimizer>
void check_equals_rounded_masters(Optimizer const& options) {
    constexpr std::size_t count = 64;
    State<Optimizer, float> on_masters(options, count);
    State<FloatMasters<Optimizer>, Storage> state(FloatMasters<Optimizer>{options}, count);
    std::vector<Storage> parameters;
    std::vector<float> masters;
    for (std::size_t i = 0; i < count; ++i) { // subnormal halves among them
        parameters.push_back(StorageTraits<Storage>::from_real(
            std::ldexp(1.0F + static_cast<float>(i) / 64, 3 - static_cast<int>(i) / 2)));
        masters.push_back(static_cast<float>(parameters.back()));
    }
    std::int64_t apart = 0;
    for (std::uint64_t t = 0; t < 200; ++t) {
        eggroll::testing::update(on_masters, context_of(t), masters, sums_of(t, count));
        eggroll::testing::update(state, context_of(t), parameters, sums_of(t, count));
        for (std::size_t i = 0; i < count; ++i) {
            CAPTURE(t, i, masters[i]);
            REQUIRE(parameters[i].bits() == StorageTraits<Storage>::from_real(masters[i]).bits());
            apart += static_cast<float>(parameters[i]) != masters[i] ? 1 : 0;
        }
    }
    INFO("masters are not simply 16-bit numbers");
    CHECK(apart > 100 * 64);
}

template <class T>
std::vector<std::string> array_names(T const& state) {
    std::vector<std::string> names;
    state.for_each_array([&](std::string const& name, auto const&) { names.push_back(name); });
    return names;
}

} // namespace

TEMPLATE_TEST_CASE("FloatMasters is training fp32 masters and rounding them", "[optimizer][float_masters]", half,
                   bfloat16) {
    check_equals_rounded_masters<TestType>(Sgd{.learning_rate = 1e-3F});
    check_equals_rounded_masters<TestType>(Sgd{.learning_rate = 1e-3F, .momentum = 0.9F, .nesterov = true});
    check_equals_rounded_masters<TestType>(Adam{.learning_rate = 1e-3F});
    check_equals_rounded_masters<TestType>(AdamW{.learning_rate = 1e-3F, .weight_decay = 0.1F});
    check_equals_rounded_masters<TestType>(ClipUp{.learning_rate = 1e-3F, .max_speed = 2e-3F});
    check_equals_rounded_masters<TestType>(ClipNorm<Adam>{.max_norm = 0.01F, .optimizer = {.learning_rate = 1e-3F}});
}

TEMPLATE_TEST_CASE("steps that rounding loses add up in masters", "[optimizer][float_masters]", half, bfloat16) {
    constexpr float step = 0x1p-14F; // an eighth of half's unit at 1
    Sgd const options{.learning_rate = step};
    UpdateContext const context;
    std::vector<TestType> rounded{static_cast<TestType>(1.0F)};
    auto mastered = rounded;
    State<Sgd, TestType> plain(options, 1);
    State<FloatMasters<Sgd>, TestType> masters({options}, 1);
    for (int t = 0; t < 1 << 14; ++t) {
        eggroll::testing::update(plain, context, rounded, std::vector{1.0F});
        eggroll::testing::update(masters, context, mastered, std::vector{1.0F});
    }
    CHECK(rounded[0] == 1.0F);
    CHECK(mastered[0] == 2.0F);
}

TEMPLATE_TEST_CASE("a parameter written from outside is what the next step starts from", "[optimizer][float_masters]",
                   half, bfloat16) {
    State<FloatMasters<Sgd>, TestType> state({Sgd{.learning_rate = 1.0F}}, 1);
    std::vector<TestType> parameters{static_cast<TestType>(1024.0F)};
    auto const step = [&](float sum) {
        eggroll::testing::update(state, UpdateContext{}, parameters, std::vector{sum});
    };
    step(0.25F); // is kept in the remainder
    REQUIRE(parameters[0] == 1024.0F);
    parameters[0] = static_cast<TestType>(0.0F);
    step(0.0F);
    CHECK(parameters[0] == 0.0F);
    step(0.125F);
    CHECK(parameters[0] == 0.125F);
}

TEST_CASE("a master beyond the largest half comes back", "[optimizer][float_masters]") {
    State<FloatMasters<Sgd>, half> state({Sgd{.learning_rate = 1.0F}}, 1);
    std::vector<half> parameters{half(65504.0F)};
    eggroll::testing::update(state, UpdateContext{}, parameters, std::vector{1000.0F});
    CHECK(parameters[0] == 65504.0F);
    eggroll::testing::update(state, UpdateContext{}, parameters, std::vector{-2024.0F});
    CHECK(parameters[0] == 64480.0F);
}

TEST_CASE("FloatMasters keeps a remainder beside the optimizer's own arrays", "[optimizer][float_masters]") {
    State<FloatMasters<Adam>, half> const state({Adam{}}, 10);
    CHECK(array_names(state) == std::vector<std::string>{"master_remainder", "first_moment", "second_moment"});
    state.for_each_array([](std::string const&, auto const& view) {
        CHECK(view.extent(0) == 10);
        CHECK(view(9) == 0.0F);
        static_assert(std::is_same_v<std::decay_t<decltype(view(0))>, float>);
    });
}
