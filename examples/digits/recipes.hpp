// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace digits {

/// Settings that were found by search (docs/recipes.md), with what they reach.
struct Recipe {
    std::string name;
    std::string what;
    Settings settings;
};

inline std::vector<Recipe> const& recipes() {
    static std::vector<Recipe> const all = [] {
        std::vector<Recipe> list;
        Settings quick;
        list.push_back({"quick", "?", quick});
        return list;
    }();
    return all;
}

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

/// "quick: ...; other: ..."
inline std::string recipe_list() {
    std::string list;
    for (auto const& known : recipes()) {
        list += (list.empty() ? "" : "; ") + known.name + ": " + known.what;
    }
    return list;
}

} // namespace digits
