// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The knapsack problem, one item a step, as Jumanji's Knapsack-v1 with its dense reward.

#include <eggroll/tasks/environments/environment.hpp>

namespace eggroll::environments {

template <class Real>
struct KnapsackState {
    static constexpr int items = 50;

    Real weight[items] = {};
    Real value[items] = {};
    bool packed[items] = {};
    Real budget = 0; // of weight, that is left
};

/// The action is the item to pack. Reward: its value. An illegal action ends the episode with reward 0 and packs
/// nothing; it ends, too, when nothing more can be packed. The start: weights and values uniform on [0, 1).
///
/// Observation, as Jumanji's flattened: the weights, the values, which items are packed, which could be
/// (legal(state, item)).
template <class Real = float>
struct Knapsack {
    using real_type = Real;
    using state_type = KnapsackState<Real>;
    static constexpr int items = state_type::items;
    using action_type = DiscreteAction<items>;
    static constexpr int observation_size = 4 * items;

    Real budget = 12.5;
    int max_steps = items; // never reached: an episode packs an item a step

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        for (Real& weight : state.weight) {
            weight = random.uniform(Real(0), Real(1));
        }
        for (Real& value : state.value) {
            value = random.uniform(Real(0), Real(1));
        }
        for (bool& packed : state.packed) {
            packed = false;
        }
        state.budget = budget;
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type action, Random&) const {
        if (!legal(state, action)) {
            return {.reward = 0, .terminated = true};
        }
        state.packed[action.value] = true;
        state.budget -= state.weight[action.value];
        bool any_legal = false;
        for (int item = 0; item < items; ++item) {
            any_legal |= legal(state, {item});
        }
        return {.reward = state.value[action.value], .terminated = !any_legal};
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        for (int item = 0; item < items; ++item) {
            observation[item] = state.weight[item];
            observation[items + item] = state.value[item];
            observation[2 * items + item] = state.packed[item];
            observation[3 * items + item] = legal(state, {item});
        }
    }

    /// Whether the item is not packed yet and fits.
    KOKKOS_FUNCTION bool legal(state_type const& state, action_type action) const {
        return !state.packed[action.value] && state.weight[action.value] <= state.budget;
    }
};

} // namespace eggroll::environments
