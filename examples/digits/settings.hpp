// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "objective.hpp"

#include <eggroll/models/mlp.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace digits {

/// What makes one run differ from another.
struct Settings {
    std::string perturbation = "lowrank"; // or fullrank
    int rank = 1;
    double sigma = 0.05;
    double sigma_end = 1; // the last generation's sigma, as a share of the first's
    std::int64_t population = 512;
    std::int64_t batch = 128;
    std::string input = "shared"; // or per_member
    std::vector<std::int64_t> hidden = {64};
    std::string activation = "relu";
    std::string reward = "log_likelihood";
    std::string shaping = "centred_rank";
    std::string optimizer = "adam";
    double learning_rate = 0.01;
    double learning_rate_end = 0.1; // the last generation's, as a share of the first's
    std::uint64_t generations = 1000;
    std::uint64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settings, perturbation, rank, sigma, sigma_end, population, batch, input, hidden,
                                   activation, reward, shaping, optimizer, learning_rate, learning_rate_end,
                                   generations, seed)

inline Reward reward_of(std::string const& name) {
    return name == "log_likelihood"  ? Reward::log_likelihood
           : name == "squared_error" ? Reward::squared_error
                                     : Reward::accuracy;
}

inline eggroll::Activation activation_of(std::string const& name) {
    return name == "tanh" ? eggroll::Activation::tanh : eggroll::Activation::relu;
}

} // namespace digits
