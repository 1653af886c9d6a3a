// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.hpp"

#include <eggroll/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace digits {

/// Settings that were found by search; docs/recipes.md says how, and what they reach.
struct Recipe {
    std::string name;
    std::string what;
    Settings settings;
};

/// They differ in how long they take.
inline std::vector<Recipe> const& recipes() {
    static std::vector<Recipe> const all = [] {
        Settings const quick = {.perturbation = "lowrank",
                                .rank = 1,
                                .sigma = 0.05,
                                .population = 512,
                                .batch = 128,
                                .hidden = {64},
                                .activation = "tanh",
                                .reward = "log_likelihood",
                                .shaping = "centred_rank",
                                .optimizer = "adam",
                                .learning_rate = 0.01,
                                .learning_rate_end = 0.2,
                                .generations = 1000};
        Settings standard = quick;
        standard.batch = 512;
        standard.learning_rate_end = 0.05;
        standard.generations = 2000;
        return std::vector<Recipe>{{"quick", "half a million evaluations of 128 digits", quick},
                                   {"standard", "a million evaluations of 512 digits", standard}};
    }();
    return all;
}

/// Throws eggroll::Error if there is none of that name.
inline Recipe const& recipe(std::string const& name) {
    auto const found =
        std::find_if(recipes().begin(), recipes().end(), [&](Recipe const& known) { return known.name == name; });
    EGGROLL_EXPECTS(found != recipes().end(), "no recipe is called \"" + name + "\"");
    return *found;
}

inline std::vector<std::string> recipe_names() {
    std::vector<std::string> names;
    for (auto const& known : recipes()) {
        names.push_back(known.name);
    }
    return names;
}

/// "quick: ...; standard: ..."
inline std::string recipe_list() {
    std::string list;
    for (auto const& known : recipes()) {
        list += (list.empty() ? "" : "; ") + known.name + ": " + known.what;
    }
    return list;
}

} // namespace digits
