// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/knapsack.hpp>

#include "environments/replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using Knapsack = environments::Knapsack<float>;
using State = environments::KnapsackState<float>;
static_assert(environments::environment<Knapsack>);
static_assert(environments::environment<environments::Knapsack<double>>);

State instance(json const& reset) {
    State state;
    for (std::size_t i = 0; i < 50; ++i) {
        state.weight[i] = reset.at("random").at(i);
        state.value[i] = reset.at("random").at(50 + i);
    }
    return state;
}

void set_packed(State& state, json const& recorded) {
    for (auto const& item : recorded.at("packed")) {
        state.packed[item.get<std::size_t>()] = true;
    }
    state.budget = recorded.at("budget");
}

} // namespace

TEST_CASE("The knapsack is packed, overflows and looks as Jumanji's") {
    Knapsack const knapsack;
    std::vector<State> instances;
    for (auto const& record : testing::recorded("knapsack")) {
        if (record.at("kind") == "reset") {
            instances.push_back(instance(record));
        }
    }
    auto const state_before = [&](json const& record) {
        State state = instances.at(record.at("instance").get<std::size_t>());
        set_packed(state, record.at("before"));
        return state;
    };
    auto const check = [&](json const& record, testing::Play<Knapsack> const&,
                           testing::Outcome<Knapsack> const& outcome) {
        State expected;
        set_packed(expected, record.at("after"));
        CHECK(std::ranges::equal(outcome.state.packed, expected.packed));
        CHECK(outcome.state.budget == expected.budget);
        if (record.contains("legal_after")) {
            std::vector<int> legal;
            for (int item = 0; item < 50; ++item) {
                if (knapsack.legal(outcome.state, {item})) {
                    legal.push_back(item);
                }
            }
            CHECK(legal == record.at("legal_after").get<std::vector<int>>());
        }
    };
    testing::replay("knapsack", knapsack, state_before, check);
}

TEST_CASE("Weights and values of a knapsack are uniform") {
    // The means of 50 x 200 uniform numbers have deviation sqrt(1 / 12 / 10000) = 0.00289, their squares' 0.00298:
    // five deviations are exceeded once in 1.7 million.
    double weight = 0, weight_squared = 0, value = 0, value_squared = 0, product = 0;
    for (std::uint32_t episode = 0; episode < 200; ++episode) {
        environments::EpisodeRandom random(eggroll::Seed(11).key(), 0, episode, 0);
        State state;
        Knapsack{}.reset(state, random);
        for (int i = 0; i < 50; ++i) {
            weight += double(state.weight[i]) / 10000;
            value += double(state.value[i]) / 10000;
            weight_squared += double(state.weight[i]) * double(state.weight[i]) / 10000;
            value_squared += double(state.value[i]) * double(state.value[i]) / 10000;
            product += double(state.weight[i]) * double(state.value[i]) / 10000;
            REQUIRE((state.weight[i] >= 0 && state.weight[i] < 1 && state.value[i] >= 0 && state.value[i] < 1));
        }
    }
    CHECK(std::abs(weight - 0.5) < 0.0145);
    CHECK(std::abs(value - 0.5) < 0.0145);
    CHECK(std::abs(weight_squared - 1.0 / 3) < 0.0149);
    CHECK(std::abs(value_squared - 1.0 / 3) < 0.0149);
    CHECK(std::abs(product - 0.25) < 0.0111); // deviation sqrt(1 / 9 - 1 / 16) / 100 = 0.00220
}
