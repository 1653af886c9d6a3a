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

/// The action of the largest output, the first of equal ones.
template <environments::discrete_action Action>
KOKKOS_FUNCTION Action greedy_action(float const* outputs) {
    Action action{0};
    for (int a = 1; a < Action::actions; ++a) {
        action.value = outputs[a] > outputs[action.value] ? a : action.value;
    }
    return action;
}

/// Action a with probability exp(outputs[a]) / (the sum of them), for `uniform` uniform on [0, 1).
template <environments::discrete_action Action>
KOKKOS_FUNCTION Action sampled_action(float const* outputs, float uniform) {
    float const largest = outputs[greedy_action<Action>(outputs).value];
    float total = 0;
    for (int a = 0; a < Action::actions; ++a) {
        total += std::exp(outputs[a] - largest);
    }
    float left = uniform * total;
    Action action{0};
    for (; action.value + 1 < Action::actions; ++action.value) {
        left -= std::exp(outputs[action.value] - largest);
        if (left < 0) {
            break;
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
