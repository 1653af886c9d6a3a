// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// From a policy's outputs to an action.

#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/tasks/environments/environment.hpp>

#include <cmath>

namespace eggroll::tasks {

/// How many outputs a policy has: one for each discrete action, or one for each number of a continuous one.
template <environments::discrete_action Action>
KOKKOS_FUNCTION constexpr int policy_outputs() {
    return Action::actions;
}
template <environments::continuous_action Action>
KOKKOS_FUNCTION constexpr int policy_outputs() {
    return Action::size;
}

/// Which actions there are to choose from, where an environment has no mask.
struct AllLegal {
    KOKKOS_FUNCTION constexpr bool operator()(int) const { return true; }
};

/// The action of the largest output among the legal ones, the first of equal ones. Where none is legal, among all.
template <environments::discrete_action Action, class Legal = AllLegal>
KOKKOS_FUNCTION Action greedy_action(float const* outputs, Legal const& legal = {}) {
    Action action{0};
    bool found = legal(0); // a legal one
    for (int a = 1; a < Action::actions; ++a) {
        bool const possible = legal(a);
        bool const larger = outputs[a] > outputs[action.value];
        if (possible == found ? larger : possible) {
            action.value = a;
            found = possible;
        }
    }
    return action;
}

/// Action a with probability exp(outputs[a]) / (the sum of them) among the legal ones, for `uniform` uniform on [0, 1).
/// Where none is legal, among all.
template <environments::discrete_action Action, class Legal = AllLegal>
KOKKOS_FUNCTION Action sampled_action(float const* outputs, float uniform, Legal const& legal = {}) {
    Action action = greedy_action<Action>(outputs, legal);
    float const largest = outputs[action.value];
    bool const masked = legal(action.value);
    float share[Action::actions];
    float total = 0;
    for (int a = 0; a < Action::actions; ++a) {
        share[a] = masked && !legal(a) ? 0.0F : std::exp(outputs[a] - largest);
        total += share[a];
    }
    float left = uniform * total;
    for (int a = 0; a < Action::actions && left >= 0; ++a) {
        if (share[a] > 0) {
            action.value = a;
            left -= share[a];
        }
    }
    return action;
}

/// limit * tanh(output): within the environment's own range.
template <environments::continuous_action Action, class Real>
KOKKOS_FUNCTION Action squashed_action(float const* outputs, Real limit) {
    Action action{};
    for (int i = 0; i < Action::size; ++i) {
        action.value[i] = limit * Real(kernels::rows::hyperbolic_tangent(outputs[i]));
    }
    return action;
}

} // namespace eggroll::tasks
