// SPDX-License-Identifier: Apache-2.0

// Every optimizer on every floating storage, against its definition in double.

#include "apply_rule.hpp"
#include "oracles.hpp"

#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

using namespace eggroll;
using eggroll::testing::Oracle;
using eggroll::testing::Values;

namespace {

/// Half a unit in the last place, relative.
template <class Storage>
constexpr double half_unit = std::is_same_v<Storage, float>  ? 0x1p-24
                             : std::is_same_v<Storage, half> ? 0x1p-11
                                                             : 0x1p-8;

/// Any sums, the same in each run, whose size varies from step to step by a factor of 8.
std::vector<float> sums_of(std::uint64_t t, std::size_t count) {
    std::vector<float> sums;
    for (std::size_t i = 0; i < count; ++i) {
        sums.push_back(static_cast<float>(std::ldexp(
            std::sin(1.0 + 3.0 * static_cast<double>(t) + 5.0 * static_cast<double>(i)), static_cast<int>(t % 4))));
    }
    return sums;
}

/// The oracle starts every step from the parameters that were found, so that one step's rounding is all that differs.
template <class Storage, class Optimizer>
void check_follows_its_oracle(Optimizer const& options) {
    constexpr std::size_t count = 9;
    constexpr double gradient_scale = 0.25;
    typename Optimizer::template state<Storage, Kokkos::HostSpace> state(options, count);
    static_assert(std::is_trivially_copyable_v<decltype(state.rule(UpdateContext{}))>, "kernels copy it");
    Oracle<Optimizer> oracle(options);
    std::vector<Storage> parameters;
    for (std::size_t i = 0; i < count; ++i) {
        parameters.push_back(static_cast<Storage>(static_cast<float>(i) - 4.0F));
    }
    for (std::uint64_t t = 0; t < 20; ++t) {
        Values const before(parameters.begin(), parameters.end());
        auto const sums = sums_of(t, count);
        auto const steps =
            oracle.step(t, eggroll::testing::scaled(Values(sums.begin(), sums.end()), gradient_scale), before);
        UpdateContext context;
        context.generation = t;
        context.gradient_scale = gradient_scale;
        eggroll::testing::update(state, context, parameters, sums);
        for (std::size_t i = 0; i < count; ++i) {
            double const found = static_cast<double>(static_cast<float>(parameters[i]));
            double const expected = before[i] + steps[i];
            // The state's own roundings to float add up over the steps: 20 of some operations each, of values that are
            // at most about 8 (the sums times their scale, plus momentum).
            double const bound = half_unit<Storage> * std::abs(expected) + 20 * 0x1p-24 * (std::abs(before[i]) + 8);
            CAPTURE(t, i, found, expected, bound);
            CHECK(std::abs(found - expected) <= bound);
        }
    }
}

} // namespace

TEMPLATE_TEST_CASE("optimizers follow their definitions on every storage", "[optimizer][storage]", float, half,
                   bfloat16) {
    SECTION("Sgd") {
        check_follows_its_oracle<TestType>(Sgd{.learning_rate = 0.3F});
    }
    SECTION("momentum") {
        check_follows_its_oracle<TestType>(Sgd{.learning_rate = Schedule::cosine(0.25, 0.0, 25), .momentum = 0.75F});
    }
    SECTION("Nesterov") {
        check_follows_its_oracle<TestType>(Sgd{.learning_rate = 0.125F, .momentum = 0.5F, .nesterov = true});
    }
    SECTION("Adam") {
        check_follows_its_oracle<TestType>(Adam{.learning_rate = 0.1F});
    }
    SECTION("AdamW") {
        check_follows_its_oracle<TestType>(AdamW{.learning_rate = 0.1F, .weight_decay = 0.25F});
    }
    SECTION("ClipUp, clipped and not") {
        check_follows_its_oracle<TestType>(ClipUp{.learning_rate = 0.15F, .max_speed = 0.3F});
        check_follows_its_oracle<TestType>(ClipUp{.learning_rate = 0.15F, .max_speed = 100.0F});
    }
    SECTION("Adam of a clipped gradient") {
        // Some steps' norms are below 1, some beyond it.
        check_follows_its_oracle<TestType>(ClipNorm<Adam>{.max_norm = 1.0F, .optimizer = {.learning_rate = 0.1F}});
    }
}
