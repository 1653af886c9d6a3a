// SPDX-License-Identifier: Apache-2.0

#include "apply_rule.hpp"
#include "running_error.hpp"

#include <eggroll/optimizer/adam.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using eggroll::Adam;
using eggroll::AdamW;
using eggroll::Schedule;
using eggroll::UpdateContext;
using eggroll::testing::apply_rule;
using eggroll::testing::RunningError;

using AdamState = Adam::state<float, Kokkos::HostSpace>;
using AdamWState = AdamW::state<float, Kokkos::HostSpace>;
static_assert(std::is_trivially_copyable_v<AdamState::Rule>, "kernels copy it");

namespace {

/// Any sums, the same in each run; of several orders of magnitude.
float sum_of(int generation, std::int64_t element) {
    double const n = static_cast<double>(element);
    return static_cast<float>(std::sin(1 + 3 * generation + 5 * n) * std::exp(-n));
}

float decay_of(Adam const&) {
    return 0.0F;
}
float decay_of(AdamW const& options) {
    return options.weight_decay;
}

UpdateContext context_of(int generation, double gradient_scale = 1) {
    UpdateContext context;
    context.generation = static_cast<std::uint64_t>(generation);
    context.gradient_scale = gradient_scale;
    return context;
}

} // namespace

TEMPLATE_TEST_CASE("Adam and AdamW follow their papers for 20 steps", "[optimizer][adam]", Adam, AdamW) {
    constexpr std::int64_t extent = 7;
    TestType options;
    options.learning_rate = Schedule::exponential(0.125, 0.5); // exact in float
    options.beta1 = GENERATE(0.9F, 0.5F);
    options.beta2 = 0.99F;
    options.epsilon = GENERATE(1e-8F, 1e-3F);
    double const gradient_scale = 0.125;
    typename TestType::template state<float, Kokkos::HostSpace> const state(options, extent);

    // Kingma and Ba, algorithm 1, ascending; Loshchilov and Hutter, algorithm 2.
    std::vector<float> parameters(extent, 1.0F);
    std::vector<RunningError> expected(extent, 1.0);
    std::vector<RunningError> first(extent, 0.0);
    std::vector<RunningError> second(extent, 0.0);
    RunningError const one = 1.0;
    double const beta1 = options.beta1;
    double const beta2 = options.beta2;
    for (int t = 0; t < 20; ++t) {
        double const rate = 0.125 * std::pow(0.5, t);
        auto const rule = state.rule(context_of(t, gradient_scale));
        for (std::int64_t i = 0; i < extent; ++i) {
            auto const n = static_cast<std::size_t>(i);
            apply_rule(rule, parameters, i, sum_of(t, i));
            RunningError const gradient = RunningError(gradient_scale) * static_cast<double>(sum_of(t, i));
            first[n] = RunningError(beta1) * first[n] + (one - beta1) * gradient;
            second[n] = RunningError(beta2) * second[n] + (one - beta2) * (gradient * gradient);
            RunningError const mean = first[n] / (1 - std::pow(beta1, t + 1));
            RunningError const square = second[n] / (1 - std::pow(beta2, t + 1));
            RunningError const step = RunningError(rate) * mean / (sqrt(square) + RunningError(options.epsilon));
            RunningError const shrunk =
                (one - RunningError(rate) * static_cast<double>(decay_of(options))) * expected[n];
            expected[n] = shrunk + step;
            CAPTURE(t, i, parameters[n], expected[n].value, expected[n].error);
            CHECK(expected[n].admits(parameters[n]));
        }
    }
    INFO("the tolerance can tell a missing step");
    CHECK(expected[0].error < 1e-5);
}

TEST_CASE("Adam's first step is the learning rate, whatever the gradient", "[optimizer][adam]") {
    AdamState const state(Adam{.learning_rate = 0.25F}, 2);
    std::vector<float> parameters{0.0F, 0.0F};
    auto const rule = state.rule(context_of(0));
    apply_rule(rule, parameters, 0, 1e-3F);
    apply_rule(rule, parameters, 1, -1e4F);
    // epsilon makes it smaller by 1e-8 / 1e-3, rounding by a few units in the last place.
    CHECK(std::abs(parameters[0] - 0.25F) < 0.25F * 2e-5F);
    CHECK(std::abs(parameters[1] + 0.25F) < 0.25F * 1e-6F);
}

TEST_CASE("AdamW shrinks a parameter whose gradient is zero, Adam leaves it", "[optimizer][adam]") {
    std::vector<float> parameters{8.0F};
    apply_rule(AdamState(Adam{.learning_rate = 0.5F}, 1).rule(context_of(0)), parameters, 0, 0.0F);
    CHECK(parameters[0] == 8.0F);
    apply_rule(AdamWState(AdamW{.learning_rate = 0.5F, .weight_decay = 0.25F}, 1).rule(context_of(0)), parameters, 0,
               0.0F);
    CHECK(parameters[0] == 7.0F); // 8 (1 - 0.5 * 0.25)
}

TEST_CASE("Adam takes the parameter's own learning rate and refuses one below zero", "[optimizer][adam]") {
    std::vector<float> parameters{0.0F, 0.0F};
    auto context = context_of(0);
    AdamState const state(Adam{.learning_rate = 0.25F}, 2);
    apply_rule(state.rule(context), parameters, 0, 1.0F);
    context.learning_rate = 0.5F;
    apply_rule(state.rule(context), parameters, 1, 1.0F);
    CHECK(parameters[1] == 2 * parameters[0]);
    context.learning_rate = -0.5F;
    CHECK_THROWS_AS(state.rule(context), eggroll::Error);
}

TEST_CASE("Adam's buffers are two moments", "[optimizer][adam]") {
    std::vector<std::string> names;
    AdamState const state(Adam{}, 100);
    state.for_each_array([&](std::string const& name, auto const& view) {
        names.push_back(name);
        CHECK(view.extent(0) == 100);
        CHECK(view(99) == 0.0F);
    });
    CHECK(names == std::vector<std::string>{"first_moment", "second_moment"});
}
