// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/models/mlp.hpp>
#include <eggroll/tasks/rollout.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rl {

/// What makes one run differ from another.
struct Settings {
    std::string environment = "CartPole";
    std::string algorithm = "eggroll"; // or openes
    int rank = 1;
    std::string view = "board"; // or actions: what each leads to (action_views.hpp)
    std::vector<std::int64_t> hidden = {32, 32};
    std::string activation = "tanh";
    bool normalize = false; // observations
    std::int64_t population = 256;
    double sigma = 0.1;
    double sigma_end = 1; // the last generation's sigma, as a share of the first's
    std::string optimizer = "adam";
    double weight_decay = 0.01; // of adamw, times the learning rate
    double learning_rate = 0.05;
    double learning_rate_end = 0.1; // the last generation's, as a share of the first's
    std::string shaping = "centred_rank";
    std::int64_t episodes = 1; // that a member plays in a generation
    std::int64_t in_turn = 1;  // of them one after another, the others at the same time; 0: all
    std::string common_random_numbers = "population";
    std::string actions = "greedy";
    std::string test_actions = "greedy";
    double discount = 1;
    int max_steps = 0; // of an episode in training; 0: the environment's
    std::uint64_t generations = 100;
    std::uint64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settings, environment, algorithm, rank, view, hidden, activation, normalize,
                                   population, sigma, sigma_end, optimizer, weight_decay, learning_rate,
                                   learning_rate_end, shaping, episodes, in_turn, common_random_numbers, actions,
                                   test_actions, discount, max_steps, generations, seed)

inline eggroll::Activation activation_of(std::string const& name) {
    return name == "relu"              ? eggroll::Activation::relu
           : name == "layer_norm_relu" ? eggroll::Activation::layer_norm_relu
                                       : eggroll::Activation::tanh;
}

inline eggroll::tasks::ActionChoice action_choice_of(std::string const& name) {
    return name == "sampled" ? eggroll::tasks::ActionChoice::sampled : eggroll::tasks::ActionChoice::greedy;
}

inline eggroll::tasks::RolloutOptions rollout_of(Settings const& s) {
    using eggroll::tasks::CommonRandomNumbers;
    return {.episodes = s.episodes,
            .in_turn = s.in_turn == 0 ? s.episodes : s.in_turn,
            .common_random_numbers = s.common_random_numbers == "none"   ? CommonRandomNumbers::none
                                     : s.common_random_numbers == "pair" ? CommonRandomNumbers::pair
                                                                         : CommonRandomNumbers::group,
            .choice = action_choice_of(s.actions),
            .discount = s.discount,
            .max_steps = s.max_steps};
}

} // namespace rl
