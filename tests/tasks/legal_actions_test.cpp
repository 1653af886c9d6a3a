// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/rollout.hpp>

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/knapsack.hpp>
#include <eggroll/tasks/environments/snake.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::tasks;
using environments::DiscreteAction;
using environments::Transition;

using Action = DiscreteAction<4>;

/// Of the actions, those whose bit is set.
struct Bits {
    unsigned bits;
    bool operator()(int action) const { return (bits >> action & 1U) != 0; }
};

/// Opens one of three doors, and another in each step: the others cost 1000. Where `blocked` is set, the second step
/// has none.
struct Doors {
    using real_type = float;
    using action_type = DiscreteAction<3>;
    static constexpr int observation_size = 1;
    struct state_type {
        int steps = 0;
    };
    int max_steps = 9;
    bool blocked = false;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random&) const {
        state = {};
    }
    template <class Random>
    KOKKOS_FUNCTION Transition<float> step(state_type& state, action_type action, Random&) const {
        bool const open = legal(state, action);
        ++state.steps;
        return {open ? 1.0F + static_cast<float>(action.value) : -1000.0F, false};
    }
    KOKKOS_FUNCTION void observe(state_type const& state, float* observation) const {
        *observation = static_cast<float>(state.steps);
    }
    KOKKOS_FUNCTION bool legal(state_type const& state, action_type action) const {
        return action.value == state.steps % 3 && !(blocked && state.steps == 1);
    }
};

/// What each member of a policy that knows nothing of doors earns.
template <class Execution>
std::vector<double> returns_of(Doors const& environment, ActionChoice choice) {
    EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, Execution> es{Mlp<>({1, 3}),     LowRank<1>{}, Sgd{},
                                                                         {.population = 8}, {},           Execution{}};
    using Members = typename decltype(es)::members_type;
    Rollout<Doors> const rollout(environment, {.choice = choice});
    std::vector<double> returns(8);
    es.step([&](Members const& members, Fitness fitness) {
        rollout(es.model(), members, Chance{Seed(5).key(), 3}, fitness);
        if constexpr (!Members::synchronous) {
            members.place().space.fence();
        }
        std::copy_n(fitness.data, members.size(), returns.begin() + members.begin());
    });
    return returns;
}

} // namespace

TEST_CASE("the largest output of a legal action is chosen", "[legal_actions]") {
    float const outputs[] = {3, 1, 2, 2};
    CHECK(greedy_action<Action>(outputs, Bits{0b1111}).value == 0);
    CHECK(greedy_action<Action>(outputs, Bits{0b1110}).value == 2); // the first of equal ones
    CHECK(greedy_action<Action>(outputs, Bits{0b1010}).value == 3);
    CHECK(greedy_action<Action>(outputs, Bits{0b0010}).value == 1);
    CHECK(greedy_action<Action>(outputs, Bits{0}).value == 0); // none: any
}

TEST_CASE("legal actions are drawn by their shares alone", "[legal_actions]") {
    float const outputs[] = {std::log(1.0F), 1e30F, std::log(3.0F), std::log(4.0F)};
    auto const times = [&](Bits legal, int action) {
        int count = 0;
        for (int i = 0; i < 8000; ++i) {
            count += sampled_action<Action>(outputs, (static_cast<float>(i) + 0.5F) / 8000, legal).value == action;
        }
        return count;
    };
    CHECK(std::abs(times({0b1101}, 0) - 1000) <= 1); // but for rounding at the borders
    CHECK(times({0b1101}, 1) == 0);
    CHECK(std::abs(times({0b1101}, 2) - 3000) <= 1);
    CHECK(std::abs(times({0b1101}, 3) - 4000) <= 1);
    CHECK(times({0b0001}, 0) == 8000);
    CHECK(times({0}, 1) == 8000); // none: any
    CHECK(sampled_action<Action>(outputs, 0x1.fffffep-1F, Bits{0b0101}).value == 2);
}

TEMPLATE_TEST_CASE("a rollout keeps to legal actions", "[legal_actions]", HostSlices<>, WholePopulation<>) {
    auto const choice = GENERATE(ActionChoice::greedy, ActionChoice::sampled);
    CHECK(returns_of<TestType>({}, choice) == std::vector<double>(8, 3 * (1 + 2 + 3)));
    CHECK(returns_of<TestType>({.blocked = true}, choice) == std::vector<double>(8, 3 * (1 + 2 + 3) - 2 - 1000));
}

static_assert(environments::masked_environment<environments::Snake<>>);
static_assert(environments::masked_environment<environments::Game2048<>>);
static_assert(environments::masked_environment<environments::Knapsack<>>);
static_assert(!environments::masked_environment<environments::CartPole<>>);
