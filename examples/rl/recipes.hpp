// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.hpp"

#include <map>
#include <string>

namespace rl {

/// The settings of an environment that were found by search (docs/recipes.md says how, and what they reach), or, where
/// nobody searched, the defaults.
inline Settings recipe(std::string const& environment) {
    // Of grid worlds. Starts differ more than members do, so each pair meets its own.
    static Settings const dynamic_obstacles = {.normalize = true,
                                               .population = 1024,
                                               .learning_rate_end = 0.3,
                                               .episodes = 16,
                                               .in_turn = 0,
                                               .common_random_numbers = "pair",
                                               .generations = 100};
    static Settings const four_rooms = [] {
        Settings settings = dynamic_obstacles;
        settings.episodes = 4;
        settings.actions = settings.test_actions = "sampled";
        return settings;
    }();
    static Settings const door_key = [] { // random actions reach its goal once in some thousand episodes
        Settings settings = four_rooms;
        settings.episodes = 8;
        settings.generations = 200;
        return settings;
    }();
    static std::map<std::string, Settings> const all = {
        {"CartPole", {.generations = 30}},
        {"Acrobot", {.normalize = true, .generations = 30}},
        {"MountainCarContinuous", {.normalize = true, .sigma = 0.5, .generations = 30}},
        {"DoorKey", door_key},
        {"DoorKeyEgocentric", door_key},
        {"DynamicObstacles", dynamic_obstacles},
        {"DynamicObstaclesEgocentric", dynamic_obstacles},
        {"FourRooms", four_rooms},
        {"FourRoomsEgocentric", four_rooms},
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
