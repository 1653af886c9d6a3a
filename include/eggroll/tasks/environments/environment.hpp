// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What an environment is. Its options are a trivially copyable aggregate with three functions, its state another; both
/// are passed by value to kernels and threads. examples/custom_environment.cpp is one of a user's own.

#include <eggroll/error.hpp>
#include <eggroll/tasks/environments/random.hpp>

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eggroll::environments {

/// What a step gives.
template <class Real>
struct Transition {
    Real reward = 0;
    bool terminated = false; // the episode is over; a time limit is the rollout's affair (max_steps)
};

/// One of `Count` actions, numbered from 0.
template <int Count>
struct DiscreteAction {
    static constexpr int actions = Count;
    int value = 0; // in [0, actions)
};

/// Real numbers in the environment's own units, which it clips as the original does.
template <int Size, class Real>
struct ContinuousAction {
    static constexpr int size = Size;
    Real value[Size] = {};
};

template <class A>
concept discrete_action = requires(A action) {
    { A::actions } -> std::convertible_to<int>;
    { action.value } -> std::same_as<int&>;
};

template <class A>
concept continuous_action = requires(A action) {
    { A::size } -> std::convertible_to<int>;
    requires std::floating_point<std::remove_reference_t<decltype(action.value[0])>>;
};

/// E is the options of an environment. `random` is a source with uniform(low, high) and index(count), such as
/// EpisodeRandom; the functions are templates over it, so that a test can prescribe chance.
///
/// reset(state, random): overwrites the state with a start.
/// step(state, action, random): advances the state; the action must be one that check_action accepts.
/// observe(state, observation): writes observation_size numbers, each of them always.
///
/// Continuous actions also have an `action_limit`: the original's range is [-action_limit, action_limit].
template <class E>
concept environment = std::is_trivially_copyable_v<E> && std::is_trivially_copyable_v<typename E::state_type> &&
                      std::floating_point<typename E::real_type> &&(E::observation_size > 0) &&
                      (discrete_action<typename E::action_type> ||
                       (continuous_action<typename E::action_type> &&
                        std::convertible_to<decltype(E::action_limit), typename E::real_type>)) &&
                      requires(E const options, typename E::state_type state, typename E::action_type const action,
                               typename E::real_type* observation, EpisodeRandom random) {
    { options.max_steps } -> std::convertible_to<int>; // of an episode; then the rollout truncates it
    options.reset(state, random);
    { options.step(state, action, random) } -> std::same_as<Transition<typename E::real_type>>;
    options.observe(std::as_const(state), observation);
};

/// An environment of discrete actions may say which are legal: legal(state, action). A rollout chooses among those, and
/// where none is, among all.
template <class E>
concept masked_environment = environment<E> &&
    requires(E const options, typename E::state_type const state, typename E::action_type action) {
    requires discrete_action<typename E::action_type>;
    { options.legal(state, action) } -> std::same_as<bool>;
};

/// An environment that calls libraries of the host says so: static constexpr bool host_only = true.
template <class E>
concept host_environment = environment<E> && requires {
    requires E::host_only;
};

/// An environment whose episodes succeed or fail says so: static constexpr bool has_goal = true. A return is above 0 if
/// and only if the goal was reached.
template <class E>
concept goal_environment = environment<E> && requires {
    requires E::has_goal;
};

/// Throws eggroll::Error unless the action is one of the `actions`. Functions of environments don't check, as they run
/// on devices.
template <discrete_action Action>
void check_action(Action const& action, std::string_view environment) {
    EGGROLL_EXPECTS(action.value >= 0 && action.value < Action::actions,
                    "action " + std::to_string(action.value) + " of " + std::string(environment) +
                        " does not exist: use one from 0 to " + std::to_string(Action::actions - 1));
}

/// Throws eggroll::Error unless all of the action's numbers are finite.
template <continuous_action Action>
void check_action(Action const& action, std::string_view environment) {
    for (int i = 0; i < Action::size; ++i) {
        EGGROLL_EXPECTS(std::isfinite(action.value[i]), "component " + std::to_string(i) + " of an action of " +
                                                            std::string(environment) + " is " +
                                                            std::to_string(action.value[i]) + ": use finite numbers");
    }
}

} // namespace eggroll::environments
