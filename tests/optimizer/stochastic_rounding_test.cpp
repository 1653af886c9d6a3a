// SPDX-License-Identifier: Apache-2.0

#include "apply_rule.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/optimizer/stochastic_rounding.hpp>
#include <eggroll/random/philox.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace eggroll;

namespace {

template <class Optimizer, class Storage>
using State = typename Optimizer::template state<Storage, Kokkos::HostSpace>;

UpdateContext context_of(std::uint64_t generation, std::uint32_t parameter, std::int64_t first_element = 0) {
    UpdateContext context;
    context.generation = generation;
    context.seed = 0x123456789ULL;
    context.parameter = parameter;
    context.first_element = first_element;
    return context;
}

/// `count` ones after one step of 2e-4.
template <class Storage>
std::vector<float> stepped(UpdateContext const& context, std::int64_t count) {
    State<StochasticRounding<Sgd>, Storage> const state({Sgd{.learning_rate = 2e-4F}}, count);
    auto const rule = state.rule(context);
    std::vector<float> results;
    for (std::int64_t i = 0; i < count; ++i) {
        results.push_back(rule(context.first_element + i, static_cast<Storage>(1.0F), 1.0F));
    }
    return results;
}

} // namespace

TEMPLATE_TEST_CASE("the bits are those of the rounding domain", "[optimizer][stochastic_rounding]", half, bfloat16) {
    constexpr std::int64_t first = 128;
    auto const context = context_of(7, 3, first);
    auto const results = stepped<TestType>(context, 50);
    for (std::uint32_t i = 0; i < results.size(); ++i) {
        PhiloxBlock const counter{{i / 4, 0, parameter_word(NoiseDomain::rounding, 3, Factor::full), 7}};
        std::uint32_t const bits = philox4x32_10(counter, context.seed.key()).word[i % 4];
        CHECK(results[i] == StorageTraits<TestType>::round_stochastically(1.0F + 2e-4F, bits));
    }
}

TEMPLATE_TEST_CASE("its bits differ by generation, parameter and seed, and not by where a parameter lies",
                   "[optimizer][stochastic_rounding]", half, bfloat16) {
    auto const results = stepped<TestType>(context_of(7, 3, 128), 1000);
    CHECK(results == stepped<TestType>(context_of(7, 3, 64000), 1000));
    CHECK(results != stepped<TestType>(context_of(8, 3, 128), 1000));
    CHECK(results != stepped<TestType>(context_of(7, 4, 128), 1000));
    auto other = context_of(7, 3, 128);
    other.seed = 1;
    CHECK(results != stepped<TestType>(other, 1000));
}

TEMPLATE_TEST_CASE("on average, steps of less than a unit arrive", "[optimizer][stochastic_rounding]", half, bfloat16) {
    constexpr std::int64_t count = 40000;
    double const unit = std::is_same_v<TestType, half> ? 0x1p-10 : 0x1p-7;
    double sum = 0;
    for (float const result : stepped<TestType>(context_of(0, 0), count)) {
        sum += static_cast<double>(result) - 1.0;
        CHECK((result == 1.0F || result == 1.0F + static_cast<float>(unit)));
    }
    // Each result is 1 or 1 + unit: its deviation is at most unit / 2. Five deviations of the mean, which a right
    // implementation passes but for 6 seeds in 10^7; ours is fixed.
    CHECK(std::abs(sum / count - static_cast<double>(1.0F + 2e-4F) + 1.0) <= 5 * unit / 2 / std::sqrt(count));
}

TEMPLATE_TEST_CASE("what a step leaves alone stays exactly", "[optimizer][stochastic_rounding]", half, bfloat16) {
    State<StochasticRounding<ClipNorm<Adam>>, TestType> state({}, 100);
    std::vector<TestType> parameters(100, static_cast<TestType>(0.7F));
    auto const before = static_cast<float>(parameters[0]);
    eggroll::testing::update(state, context_of(0, 0), parameters, std::vector<float>(100, 0.0F));
    for (auto const parameter : parameters) {
        CHECK(static_cast<float>(parameter) == before);
    }
}

TEST_CASE("StochasticRounding keeps what its optimizer keeps", "[optimizer][stochastic_rounding]") {
    std::vector<std::string> names;
    State<StochasticRounding<Adam>, half>({Adam{}}, 10).for_each_array([&](std::string const& name, auto const&) {
        names.push_back(name);
    });
    CHECK(names == std::vector<std::string>{"first_moment", "second_moment"});
}
