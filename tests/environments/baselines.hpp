// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Policies without parameters: what a trained policy is compared with. Each is called with an environment, its state
/// and a source of random numbers, and gives an action.

#include <eggroll/tasks/environments/dynamic_obstacles.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/knapsack.hpp>
#include <eggroll/tasks/environments/snake.hpp>

#include <cmath>
#include <cstdlib>

namespace eggroll::testing {

/// Any of the actions, whether or not it is legal.
struct RandomAction {
    template <class Environment, class State, class Random>
    int operator()(Environment const&, State const&, Random& random) const {
        return random.index(Environment::action_type::actions);
    }
};

/// The first of the actions that `score` prefers to all others; illegal ones only if there is nothing else.
template <class Environment, class State, class Score>
int best_legal(Environment const& environment, State const& state, Score const& score) {
    int best = 0;
    double best_score = -HUGE_VAL;
    for (int action = 0; action < Environment::action_type::actions; ++action) {
        double const value = environment.legal(state, {action}) ? score(action) : -HUGE_VAL;
        if (value > best_score) {
            best = action;
            best_score = value;
        }
    }
    return best;
}

/// Any legal action, all with the same probability.
struct RandomLegalAction {
    template <class Environment, class State, class Random>
    int operator()(Environment const& environment, State const& state, Random& random) const {
        return best_legal(environment, state, [&](int) { return random.uniform(0.0, 1.0); });
    }
};

struct Greedy {
    /// The item with the most value for its weight.
    template <class Real, class Random>
    int operator()(environments::Knapsack<Real> const& knapsack, environments::KnapsackState<Real> const& state,
                   Random&) const {
        return best_legal(knapsack, state, [&](int item) { return state.value[item] / state.weight[item]; });
    }

    /// The move that ends nearest to the fruit.
    template <class Real, class Random>
    int operator()(environments::Snake<Real> const& snake, environments::SnakeState const& state, Random&) const {
        int const row = state.head / 12 - state.fruit / 12;
        int const column = state.head % 12 - state.fruit % 12;
        int const row_move[] = {-1, 0, 1, 0};
        int const column_move[] = {0, 1, 0, -1};
        return best_legal(snake, state, [&](int action) {
            return -std::abs(row + row_move[action]) - std::abs(column + column_move[action]);
        });
    }

    /// The move with the highest reward.
    template <class Real, class Random>
    int operator()(environments::Game2048<Real> const& game, environments::Game2048State const& state,
                   Random& random) const {
        return best_legal(game, state, [&](int action) {
            environments::Game2048State after = state;
            return game.step(after, {action}, random).reward;
        });
    }

    /// Towards the goal, east first and then south, whatever the balls do.
    template <class Real, int Size, int Obstacles, class Random>
    int operator()(environments::DynamicObstacles<Real, Size, Obstacles> const&,
                   environments::DynamicObstaclesState<Obstacles> const& state, Random&) const {
        int const wanted = state.agent.position.column < Size - 2 ? 0 : 1;
        auto const action = state.agent.direction == wanted             ? environments::GridAction::forward
                            : state.agent.direction == 3 && wanted == 0 ? environments::GridAction::turn_right
                                                                        : environments::GridAction::turn_left;
        return static_cast<int>(action);
    }
};

struct Baseline {
    double mean = 0;  // of the return
    double error = 0; // of the mean: deviation / sqrt(episodes)
};

/// The return over episodes 0, 1, ... of a seed, each ended by the environment or its max_steps.
template <class Environment, class Policy>
Baseline baseline(Environment const& environment, Policy const& policy, int episodes, Seed seed) {
    double sum = 0;
    double squares = 0;
    for (int episode = 0; episode < episodes; ++episode) {
        auto const chance = [&](std::uint32_t generation, int step) {
            return environments::EpisodeRandom(seed.key(), generation, static_cast<std::uint32_t>(episode),
                                               static_cast<std::uint32_t>(step));
        };
        typename Environment::state_type state;
        auto start = chance(0, 0);
        environment.reset(state, start);
        double total = 0;
        bool terminated = false;
        for (int step = 1; step <= environment.max_steps && !terminated; ++step) {
            auto of_policy = chance(1, step);
            auto of_environment = chance(0, step);
            auto const transition = environment.step(state, {policy(environment, state, of_policy)}, of_environment);
            total += double{transition.reward};
            terminated = transition.terminated;
        }
        sum += total;
        squares += total * total;
    }
    double const mean = sum / episodes;
    return {.mean = mean, .error = std::sqrt((squares / episodes - mean * mean) / (episodes - 1))};
}

} // namespace eggroll::testing
