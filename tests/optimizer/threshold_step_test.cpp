// SPDX-License-Identifier: Apache-2.0

#include <eggroll/optimizer/threshold_step.hpp>

#include "support/golden.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::Schedule;
using eggroll::ThresholdStep;
using eggroll::UpdateContext;

using State = ThresholdStep::state<std::int8_t, Kokkos::HostSpace>;
static_assert(std::is_trivially_copyable_v<State::Rule>, "kernels copy it");

namespace {

/// A weight after one step.
int stepped(int weight, std::int64_t vote, std::int64_t limit) {
    return State::Rule{limit}(1, static_cast<std::int8_t>(weight), vote);
}

} // namespace

TEST_CASE("a weight moves by one towards its vote from the limit on", "[optimizer][threshold_step]") {
    constexpr std::int64_t limit = 160; // of 16 |Z|
    CHECK(stepped(5, 9, limit) == 5);
    CHECK(stepped(5, 10, limit) == 6);
    CHECK(stepped(5, 11, limit) == 6);
    CHECK(stepped(5, -9, limit) == 5);
    CHECK(stepped(5, -10, limit) == 4);
    INFO("between two votes");
    CHECK(stepped(5, 10, limit + 1) == 5);
    CHECK(stepped(5, 0, 1) == 5);
}

TEST_CASE("at threshold 0 everything moves, and a vote of 0 by -1", "[optimizer][threshold_step]") {
    CHECK(stepped(5, 1, 0) == 6);
    CHECK(stepped(5, -1, 0) == 4);
    CHECK(stepped(5, 0, 0) == 4);
}

TEST_CASE("weights stay within 127", "[optimizer][threshold_step]") {
    CHECK(stepped(126, 1, 0) == 127);
    CHECK(stepped(127, 1, 0) == 127);
    CHECK(stepped(-126, -1, 0) == -127);
    CHECK(stepped(-127, -1, 0) == -127);
    CHECK(stepped(-127, 0, 0) == -127);
}

TEST_CASE("votes may pass 32 bits", "[optimizer][threshold_step]") {
    std::int64_t const vote = (std::int64_t{1} << 32) + 1; // 1 in 32 bits
    CHECK(stepped(0, vote, std::int64_t{1} << 36) == 1);
    CHECK(stepped(0, vote, (std::int64_t{1} << 36) + 17) == 0);
    CHECK(stepped(0, -vote, std::int64_t{1} << 36) == -1);
}

TEST_CASE("the limit is tau times the deviation of the votes", "[optimizer][threshold_step]") {
    // alpha = 0.5: tau = trunc(16 * 0.67449) = 10.
    ThresholdStep const options{.alpha = 0.5};
    CHECK(options.threshold(0) == 10);
    UpdateContext context;
    context.vote_deviation = 256 * 5;
    auto const rule = State(options, 2).rule(context);
    CHECK(rule.limit == 10 * 256 * 5);
    CHECK(rule(0, std::int8_t{0}, 10 * 256 * 5 / 16 - 1) == 0);
    CHECK(rule(1, std::int8_t{0}, 10 * 256 * 5 / 16) == 1);
}

TEST_CASE("alpha follows its schedule and stays a fraction", "[optimizer][threshold_step]") {
    CHECK(ThresholdStep{}.threshold(0) == 0);
    ThresholdStep const halving{.alpha = Schedule::exponential(1.0, 0.5)};
    CHECK(halving.threshold(0) == 0);
    CHECK(halving.threshold(1) == 10); // alpha 1/2
    CHECK(halving.threshold(2) == 18); // alpha 1/4: 16 * 1.15035
    for (double const alpha : {0.0, -0.25, 1.25, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_MATCHES(ThresholdStep{.alpha = alpha}.threshold(7), eggroll::Error,
                             MessageMatches(ContainsSubstring(std::to_string(alpha)) &&
                                            ContainsSubstring("generation 7") && ContainsSubstring("(0, 1]")));
    }
}

TEST_CASE("the published parametrisation gives the published thresholds", "[optimizer][threshold_step][golden]") {
    auto const file = eggroll::testing::golden("egg-thresholds");
    auto const alphas = file.values<float>("alpha");                // (alpha)
    auto const thresholds = file.values<std::int32_t>("threshold"); // (alpha, generation)
    std::size_t const generations = thresholds.size() / alphas.size();
    REQUIRE(generations == 1000);
    for (std::size_t n = 0; n < alphas.size(); ++n) {
        ThresholdStep const options{
            .alpha = ThresholdStep::published_alpha(static_cast<double>(alphas[n]), static_cast<double>(generations))};
        for (std::size_t t = 0; t < generations; ++t) {
            CAPTURE(alphas[n], t);
            REQUIRE(options.threshold(t) == thresholds[n * generations + t]);
        }
    }
}

TEST_CASE("ThresholdStep keeps nothing", "[optimizer][threshold_step]") {
    State(ThresholdStep{}, 100).for_each_array([](auto const&...) { FAIL("it has a buffer"); });
}
