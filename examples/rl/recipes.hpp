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
    };
    auto const found = all.find(environment);
    Settings settings = found != all.end() ? found->second : Settings{};
    settings.environment = environment;
    return settings;
}

} // namespace rl
