// SPDX-License-Identifier: Apache-2.0

#include "environments/baselines.hpp"

#include <catch2/catch_test_macros.hpp>

namespace environments = eggroll::environments;
using namespace eggroll::testing;

namespace {

constexpr int episodes = 1000;

/// A repetition is exact but for the order of floating-point sums; another seed would differ by the error given.
template <class Environment, class Policy>
void check(char const* name, Environment const& environment, Policy const& policy, double mean) {
    auto const found = baseline(environment, policy, episodes, 1);
    INFO(name << ": " << found.mean << " +- " << found.error);
    CHECK(std::abs(found.mean - mean) <= 1e-3 * mean);
}

} // namespace

TEST_CASE("The baselines that docs/environments.md states") {
    check("knapsack, random", environments::Knapsack<float>{}, RandomAction{}, 4.450);
    check("knapsack, random legal", environments::Knapsack<float>{}, RandomLegalAction{}, 13.416);
    check("knapsack, greedy", environments::Knapsack<float>{}, Greedy{}, 20.055);
    check("snake, random", environments::Snake<float>{}, RandomAction{}, 0.117);
    check("snake, random legal", environments::Snake<float>{}, RandomLegalAction{}, 6.233);
    check("snake, greedy", environments::Snake<float>{}, Greedy{}, 25.200);
    check("2048, random", environments::Game2048<float>{}, RandomAction{}, 1110.5);
    check("2048, random legal", environments::Game2048<float>{}, RandomLegalAction{}, 1088.1);
    check("2048, greedy", environments::Game2048<float>{}, Greedy{}, 3227.4);
    check("obstacles, random", environments::DynamicObstacles<float>{}, RandomAction{}, 0);
    check("obstacles, greedy", environments::DynamicObstacles<float>{}, Greedy{}, 0.251);
    environments::DynamicObstacles<float> const anywhere{.random_start = true};
    check("obstacles from anywhere, random", anywhere, RandomAction{}, 0.037);
    check("obstacles from anywhere, greedy", anywhere, Greedy{}, 0.445);
}
