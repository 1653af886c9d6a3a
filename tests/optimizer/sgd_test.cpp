// SPDX-License-Identifier: Apache-2.0

#include "apply_rule.hpp"
#include "running_error.hpp"

#include <eggroll/optimizer/sgd.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

using eggroll::Schedule;
using eggroll::Sgd;
using eggroll::UpdateContext;
using eggroll::testing::apply_rule;
using eggroll::testing::RunningError;

using State = Sgd::state<float, Kokkos::HostSpace>;
static_assert(std::is_trivially_copyable_v<State::Rule>, "kernels copy it");

namespace {

/// Any sums, the same in each run.
float sum_of(int generation, std::int64_t element) {
    return static_cast<float>(std::sin(1 + 3 * generation + 5 * static_cast<double>(element)));
}

std::int64_t buffer_length(State const& state) {
    std::int64_t length = -1;
    state.for_each_array([&](std::string const& name, auto const& view) {
        CHECK(name == "velocity");
        length = static_cast<std::int64_t>(view.extent(0));
    });
    return length;
}

} // namespace

TEST_CASE("Sgd follows its formula for 20 steps", "[optimizer][sgd]") {
    float const momentum = GENERATE(0.0F, 0.5F, 0.9F);
    bool const nesterov = GENERATE(false, true);
    CAPTURE(momentum, nesterov);
    constexpr std::int64_t extent = 7;
    float const rate = 0.3F;
    double const gradient_scale = 0.125;

    State const state(Sgd{.learning_rate = rate, .momentum = momentum, .nesterov = nesterov}, extent);
    std::vector<float> parameters(extent, 1.0F);
    std::vector<RunningError> expected(extent, 1.0);
    std::vector<RunningError> velocity(extent, 0.0);
    for (int t = 0; t < 20; ++t) {
        UpdateContext context;
        context.generation = static_cast<std::uint64_t>(t);
        context.gradient_scale = gradient_scale;
        auto const rule = state.rule(context);
        for (std::int64_t i = 0; i < extent; ++i) {
            auto const n = static_cast<std::size_t>(i);
            apply_rule(rule, parameters, i, sum_of(t, i));
            RunningError const gradient = RunningError(gradient_scale) * static_cast<double>(sum_of(t, i));
            velocity[n] = RunningError(momentum) * velocity[n] + gradient;
            // Nesterov's point of view: the velocity is applied once more, ahead of the next gradient.
            RunningError const step = nesterov ? gradient + RunningError(momentum) * velocity[n] : velocity[n];
            expected[n] = expected[n] + RunningError(rate) * step;
            CAPTURE(t, i, parameters[n], expected[n].value, expected[n].error);
            CHECK(expected[n].admits(parameters[n]));
        }
    }
    INFO("the tolerance can tell a missing step");
    CHECK(expected[0].error < 1e-5);
}

TEST_CASE("one step of Sgd ascends by learning rate times gradient", "[optimizer][sgd]") {
    State const state(Sgd{.learning_rate = 0.5F}, 2);
    std::vector<float> parameters{1.0F, 2.0F};
    UpdateContext context;
    context.gradient_scale = 0.25;
    apply_rule(state.rule(context), parameters, 1, 8.0F);
    CHECK(parameters == std::vector{1.0F, 3.0F});

    INFO("the parameter's own rate");
    context.learning_rate = 2.0F;
    apply_rule(state.rule(context), parameters, 0, -1.0F);
    CHECK(parameters == std::vector{0.5F, 3.0F});

    INFO("the rate of the generation");
    context.generation = 3;
    context.learning_rate.reset();
    State const decaying(Sgd{.learning_rate = Schedule::exponential(8.0, 0.5)}, 2);
    apply_rule(decaying.rule(context), parameters, 1, 4.0F);
    CHECK(parameters == std::vector{0.5F, 4.0F});
}

TEST_CASE("momentum sums a geometric series", "[optimizer][sgd]") {
    State const state(Sgd{.learning_rate = 1.0F, .momentum = 0.5F}, 1);
    std::vector<float> parameters{0.0F};
    for (float const expected : {1.0F, 2.5F, 4.25F, 6.125F}) { // steps 1, 1.5, 1.75, 1.875
        apply_rule(state.rule(UpdateContext{}), parameters, 0, 1.0F);
        CHECK(parameters[0] == expected);
    }
    State const ahead(Sgd{.learning_rate = 1.0F, .momentum = 0.5F, .nesterov = true}, 1);
    parameters = {0.0F};
    for (float const expected : {1.5F, 3.25F, 5.125F}) { // steps 1.5, 1.75, 1.875
        apply_rule(ahead.rule(UpdateContext{}), parameters, 0, 1.0F);
        CHECK(parameters[0] == expected);
    }
}

TEST_CASE("without momentum Sgd keeps nothing", "[optimizer][sgd]") {
    CHECK(buffer_length(State(Sgd{}, 100)) == 0);
    CHECK(buffer_length(State(Sgd{.momentum = 0.9F}, 100)) == 100);
}

TEST_CASE("Sgd refuses a learning rate below zero", "[optimizer][sgd]") {
    std::vector<float> parameters{0.0F};
    CHECK_THROWS_AS(State(Sgd{.learning_rate = -1.0F}, 1).rule(UpdateContext{}), eggroll::Error);
}
