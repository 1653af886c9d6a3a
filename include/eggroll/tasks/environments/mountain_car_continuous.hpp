// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// MountainCarContinuous-v0 of Gymnasium: a car too weak to climb a hill gathers speed by swinging in the valley. The
/// problem is that of Moore, "Efficient memory-based learning for robot control" (1990), with a continuous force. The
/// original rounds its state to float32 after each step and computes in float32; double here is double throughout.

#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>

namespace eggroll::environments {

/// Reward 100 at the goal, less 0.1 times the square of each action (as given, not as clipped). The episode ends when
/// the car is at the goal and does not move backwards.
template <std::floating_point Real = float>
struct MountainCarContinuous {
    using real_type = Real;
    using action_type = ContinuousAction<1, Real>; // force to the right
    static constexpr Real action_limit = Real(1.0);
    static constexpr int observation_size = 2;

    struct state_type {
        Real position = 0; // the valley is at -pi/6
        Real velocity = 0; // per step
    };

    int max_steps = 999;

    static constexpr Real lowest_position = Real(-1.2);
    static constexpr Real highest_position = Real(0.6);
    static constexpr Real goal = Real(0.45);
    static constexpr Real velocity_limit = Real(0.07);
    static constexpr Real power = Real(0.0015);
    static constexpr Real gravity = Real(0.0025);

    /// At rest, at a position uniform on [-0.6, -0.4].
    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state.position = random.uniform(Real(-0.6), Real(-0.4));
        state.velocity = 0;
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type const& action, Random&) const {
        Real const given = action.value[0];
        Real const force = clamp(given, -action_limit, action_limit);
        Real const slope = sine_cosine(3 * state.position).cosine;
        Real const velocity =
            clamp(state.velocity + (force * power - gravity * slope), -velocity_limit, velocity_limit);
        state.position = clamp(state.position + velocity, lowest_position, highest_position);
        bool const at_wall = state.position == lowest_position && velocity < 0;
        state.velocity = at_wall ? Real(0) : velocity;
        bool const arrived = state.position >= goal && state.velocity >= 0;
        return {(arrived ? Real(100) : Real(0)) - Real(0.1) * given * given, arrived};
    }

    /// The state, (position, velocity).
    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        observation[0] = state.position;
        observation[1] = state.velocity;
    }
};

} // namespace eggroll::environments
