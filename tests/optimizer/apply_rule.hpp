// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the update does with optimizers, without kernels.

#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eggroll::testing {

/// Loads the stored element, and stores what the rule makes of it and its sum.
template <class Rule, class Storage, class Sum>
void apply_rule(Rule const& rule, std::vector<Storage>& parameters, std::int64_t element, Sum sum) {
    auto& stored = parameters[static_cast<std::size_t>(element)];
    stored = rule(element, stored, sum);
}

/// The update of one parameter, whose elements begin at 0: measures if the optimizer wants to, and applies its rule.
template <class State, class Storage, class Sum>
void update(State& state, UpdateContext const& context, std::vector<Storage>& parameters,
            std::vector<Sum> const& sums) {
    if constexpr (measurements_of < State >> 0) {
        auto const measure = state.measure(context);
        Measurements<measurements_of<State>> totals{};
        for (std::size_t i = 0; i < sums.size(); ++i) {
            auto const values = measure(static_cast<std::int64_t>(i), parameters[i], sums[i]);
            for (std::size_t k = 0; k < totals.size(); ++k) {
                totals[k] += values[k];
            }
        }
        state.measured(totals);
    }
    auto const rule = state.rule(context);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        apply_rule(rule, parameters, static_cast<std::int64_t>(i), sums[i]);
    }
}

} // namespace eggroll::testing
