// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.hpp"

#include <map>
#include <string>

namespace rl {

/// The settings of an environment that were found by search (docs/recipes.md says how, and what they reach), or, where
/// nobody searched, the defaults.
inline Settings recipe(std::string const& environment) {
    static std::map<std::string, Settings> const all = {
        {"CartPole", {.generations = 30}},
        {"Acrobot", {.normalize = true, .generations = 30}},
        {"MountainCarContinuous", {.normalize = true, .sigma = 0.5, .generations = 30}},
        {"Pendulum", {.normalize = true, .learning_rate = 0.1, .episodes = 4, .discount = 0.98, .generations = 100}},
        {"Snake",
         {.view = "actions",
          .hidden = {32},
          .sigma = 0.2,
          .learning_rate = 0.1,
          .learning_rate_end = 0.3,
          .episodes = 2,
          .max_steps = 1000,
          .generations = 100}},
        {"Game2048", {.view = "actions", .hidden = {16}, .learning_rate = 0.1, .generations = 40}},
        {"Knapsack", {.view = "actions", .hidden = {16}, .generations = 30}},
    };
    auto const found = all.find(environment);
    Settings settings = found != all.end() ? found->second : Settings{};
    settings.environment = environment;
    return settings;
}

} // namespace rl
