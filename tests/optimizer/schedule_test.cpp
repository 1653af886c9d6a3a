// SPDX-License-Identifier: Apache-2.0

#include <eggroll/optimizer/schedule.hpp>
#include <eggroll/optimizer/update_context.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::learning_rate_at;
using eggroll::Schedule;
using eggroll::UpdateContext;

TEST_CASE("a number is a constant schedule", "[schedule]") {
    Schedule const schedule = 0.25F;
    CHECK(schedule.at(0) == 0.25);
    CHECK(schedule.at(1'000'000) == 0.25);
    INFO("a double keeps its digits");
    CHECK(Schedule(0.1).at(7) == 0.1);
}

TEST_CASE("an exponential schedule is start * factor^t", "[schedule]") {
    auto const schedule = Schedule::exponential(8.0, 0.5);
    CHECK(schedule.at(0) == 8.0);
    CHECK(schedule.at(1) == 4.0);
    CHECK(schedule.at(10) == 0x1p-7);
}

TEST_CASE("a linear schedule ends at its end", "[schedule]") {
    auto const schedule = Schedule::linear(1.0, 0.5, 8);
    CHECK(schedule.at(0) == 1.0);
    CHECK(schedule.at(2) == 0.875);
    CHECK(schedule.at(7) == 0.5625);
    CHECK(schedule.at(8) == 0.5);
    CHECK(schedule.at(std::numeric_limits<std::uint64_t>::max()) == 0.5);
    CHECK_THROWS_MATCHES(Schedule::linear(1, 0, 0), eggroll::Error, MessageMatches(ContainsSubstring("0 generations")));
}

TEST_CASE("an inverse-time schedule is start / (1 + rate t)", "[schedule]") {
    auto const schedule = Schedule::inverse_time(3.0, 0.5);
    CHECK(schedule.at(0) == 3.0);
    CHECK(schedule.at(1) == 2.0);
    CHECK(schedule.at(10) == 0.5);
}

TEST_CASE("a cosine schedule is flat at both ends and ends at its end", "[schedule]") {
    auto const schedule = Schedule::cosine(1.0, 0.5, 6);
    CHECK(schedule.at(0) == 1.0);
    CHECK(std::abs(schedule.at(2) - 0.875) < 1e-15); // cos 60 degrees = 1/2
    CHECK(std::abs(schedule.at(3) - 0.75) < 1e-15);
    CHECK(std::abs(schedule.at(4) - 0.625) < 1e-15);
    CHECK(schedule.at(6) == 0.5);
    CHECK(schedule.at(std::numeric_limits<std::uint64_t>::max()) == 0.5);
    CHECK_THROWS_MATCHES(Schedule::cosine(1, 0, 0), eggroll::Error, MessageMatches(ContainsSubstring("0 generations")));
}

TEST_CASE("a schedule can be one's own function", "[schedule]") {
    auto const steps = Schedule::function([](std::uint64_t t) { return t < 3 ? 1.0 : 0.25; });
    CHECK(steps.at(2) == 1.0);
    CHECK(steps.at(3) == 0.25);
    CHECK_THROWS_MATCHES(Schedule::function(nullptr), eggroll::Error, MessageMatches(ContainsSubstring("null")));
}

TEST_CASE("any schedule can warm up", "[schedule]") {
    auto const schedule = Schedule::exponential(8.0, 0.5).with_warm_up(4);
    CHECK(schedule.at(0) == 2.0);
    CHECK(schedule.at(1) == 2.0);
    CHECK(schedule.at(2) == 1.5);
    CHECK(schedule.at(3) == 1.0);
    CHECK(schedule.at(4) == 0.5);
    CHECK(Schedule(3.0).with_warm_up(0).at(0) == 3.0);
    CHECK(Schedule(3.0).with_warm_up(1).at(0) == 3.0);
}

TEST_CASE("a parameter's own learning rate replaces the optimizer's", "[schedule]") {
    UpdateContext context;
    context.generation = 2;
    auto const schedule = Schedule::exponential(1.0, 0.5);
    CHECK(learning_rate_at(schedule, context) == 0.25F);
    context.learning_rate = Schedule::exponential(3.0, 2.0);
    CHECK(learning_rate_at(schedule, context) == 12.0F);
    context.learning_rate = 0.0;
    CHECK(learning_rate_at(schedule, context) == 0.0F);
}

TEST_CASE("a learning rate below zero is refused", "[schedule]") {
    UpdateContext context;
    context.generation = 3;
    CHECK_THROWS_MATCHES(learning_rate_at(Schedule::linear(1, -0.5, 3), context), eggroll::Error,
                         MessageMatches(ContainsSubstring("learning rate is -0.5") &&
                                        ContainsSubstring("generation 3") && ContainsSubstring("not be negative")));
    CHECK_THROWS_AS(learning_rate_at(std::numeric_limits<double>::quiet_NaN(), context), eggroll::Error);
    context.learning_rate = -0.5;
    CHECK_THROWS_AS(learning_rate_at(1.0, context), eggroll::Error);
}
