// SPDX-License-Identifier: Apache-2.0

// What optimizers that measure the gradient do at the edges; their formulas: storage_test.cpp.

#include "apply_rule.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/sgd.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace eggroll;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::testing::update;

namespace {

template <class Optimizer>
using State = typename Optimizer::template state<float, Kokkos::HostSpace>;
using Floats = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// One step with these sums from zero.
template <class Optimizer>
Floats step(Optimizer const& options, Floats const& sums) {
    State<Optimizer> state(options, static_cast<std::int64_t>(sums.size()));
    Floats parameters(sums.size(), 0.0F);
    update(state, UpdateContext{}, parameters, sums);
    return parameters;
}

/// A gradient that is not finite leaves parameters and state alone.
template <class Optimizer>
void check_survives_infinity(Optimizer const& options) {
    for (float const bad : {infinity, -infinity, not_a_number}) {
        CAPTURE(bad);
        State<Optimizer> state(options, 2);
        State<Optimizer> undisturbed(options, 2);
        Floats parameters{1.0F, 2.0F};
        Floats expected = parameters;
        update(state, UpdateContext{}, parameters, Floats{1.0F, -1.0F});
        update(undisturbed, UpdateContext{}, expected, Floats{1.0F, -1.0F});
        update(state, UpdateContext{}, parameters, Floats{bad, 1.0F});
        CHECK(parameters == expected);
        update(state, UpdateContext{}, parameters, Floats{0.5F, 0.5F});
        update(undisturbed, UpdateContext{}, expected, Floats{0.5F, 0.5F});
        CHECK(parameters == expected);
        CHECK(std::isfinite(parameters[0]));
    }
}

} // namespace

TEST_CASE("ClipNorm leaves a gradient within the bound alone and shortens a longer one", "[optimizer][clip]") {
    using Clipped = ClipNorm<Sgd>;
    Sgd const identity{.learning_rate = 1.0F};
    CHECK(step(Clipped{.max_norm = 5.0F, .optimizer = identity}, {3.0F, -4.0F}) == Floats{3.0F, -4.0F});
    CHECK(step(Clipped{.max_norm = 2.5F, .optimizer = identity}, {3.0F, -4.0F}) == Floats{1.5F, -2.0F});
    CHECK(step(Clipped{.max_norm = 2.5F, .optimizer = identity}, {0.0F, 0.0F}) == Floats{0.0F, 0.0F});
    INFO("squares that floats can't hold");
    CHECK(step(Clipped{.max_norm = 5.0F, .optimizer = identity}, {3e30F, -4e30F}) == Floats{3.0F, -4.0F});
}

TEST_CASE("ClipUp's first step has the length that was chosen, whatever the gradient's", "[optimizer][clip]") {
    ClipUp const options{.learning_rate = 0.5F, .max_speed = 1.0F};
    for (float const size : {1.0F, 0x1p-100F, 0x1p100F}) {
        CAPTURE(size);
        auto const parameters = step(options, {3 * size, -4 * size});
        CHECK(std::abs(parameters[0] - 0.3F) < 1e-7F);
        CHECK(std::abs(parameters[1] + 0.4F) < 1e-7F);
    }
    CHECK(step(options, {0.0F, 0.0F}) == Floats{0.0F, 0.0F});
    INFO("subnormal sums");
    CHECK(step(options, {1e-45F, 0.0F}) == Floats{0.5F, 0.0F});
}

TEST_CASE("ClipUp's speed reaches max_speed and stays there", "[optimizer][clip]") {
    State<ClipUp> state({.learning_rate = 1.0F, .max_speed = 2.0F, .momentum = 0.5F}, 1);
    Floats parameters{0.0F};
    float position = 0;
    for (float const speed : {1.0F, 1.5F, 1.75F}) {
        update(state, UpdateContext{}, parameters, Floats{7.0F});
        CHECK(parameters[0] == (position += speed));
    }
    State<ClipUp> limited({.learning_rate = 1.0F, .max_speed = 1.25F, .momentum = 0.5F}, 1);
    parameters = {position = 0};
    for (float const speed : {1.0F, 1.25F, 1.25F}) {
        update(limited, UpdateContext{}, parameters, Floats{7.0F});
        CHECK(parameters[0] == (position += speed));
    }
    INFO("a gradient of zero adds nothing");
    update(limited, UpdateContext{}, parameters, Floats{0.0F});
    CHECK(parameters[0] == position + 0.625F);
}

TEST_CASE("a gradient that is not finite moves nothing", "[optimizer][clip]") {
    check_survives_infinity(ClipUp{});
    check_survives_infinity(ClipNorm<Adam>{});
    check_survives_infinity(ClipNorm<Sgd>{.max_norm = 1.0F, .optimizer = {.momentum = 0.5F}});
}

TEST_CASE("bounds that are not positive are refused", "[optimizer][clip]") {
    CHECK_THROWS_MATCHES(State<ClipNorm<Sgd>>({.max_norm = 0.0F}, 1).rule({}), Error,
                         MessageMatches(ContainsSubstring("max_norm is 0")));
    CHECK_THROWS_MATCHES(State<ClipUp>({.max_speed = -1.0F}, 1).rule({}), Error,
                         MessageMatches(ContainsSubstring("max_speed is -1") && ContainsSubstring("generation 0")));
    CHECK_THROWS_AS(State<ClipNorm<Sgd>>({.max_norm = not_a_number}, 1).rule({}), Error);
}
