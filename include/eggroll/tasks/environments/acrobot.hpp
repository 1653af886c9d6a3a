// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Acrobot-v1 of Gymnasium: two links hang from a pivot, and a torque at the joint between them swings the end above a
/// line. The problem and the equations of motion are those of Sutton and Barto, "Reinforcement Learning: An
/// Introduction" (its 1996 paper has a term less), integrated by the classical Runge-Kutta method.

#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>

namespace eggroll::environments {

/// Reward -1 for each step but the last. The episode ends when the end is more than a link's length above the pivot.
template <std::floating_point Real = float>
struct Acrobot {
    using real_type = Real;
    using action_type = DiscreteAction<3>; // torque -1, 0, 1 N m
    static constexpr int observation_size = 6;

    struct state_type {
        Real angle_1 = 0;    // of the first link from hanging, rad, within [-pi, pi]
        Real angle_2 = 0;    // of the second link from the first's direction
        Real velocity_1 = 0; // rad/s
        Real velocity_2 = 0;
    };

    int max_steps = 500;

    static constexpr Real gravity = Real(9.8);
    static constexpr Real link_length = Real(1.0); // of the first; the second's plays no part in the motion
    static constexpr Real link_mass = Real(1.0);   // of each
    static constexpr Real centre = Real(0.5);      // of mass, from the link's upper end
    static constexpr Real inertia = Real(1.0);     // of each
    static constexpr Real seconds = Real(0.2);     // a step
    static constexpr Real velocity_limit_1 = Real(4 * std::numbers::pi);
    static constexpr Real velocity_limit_2 = Real(9 * std::numbers::pi);
    static constexpr Real start_limit = Real(0.1);

    /// Each variable uniform on [-0.1, 0.1].
    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state.angle_1 = random.uniform(-start_limit, start_limit);
        state.angle_2 = random.uniform(-start_limit, start_limit);
        state.velocity_1 = random.uniform(-start_limit, start_limit);
        state.velocity_2 = random.uniform(-start_limit, start_limit);
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type action, Random&) const {
        auto const torque = static_cast<Real>(action.value - 1);
        state_type const k1 = derivative(state, torque);
        state_type const k2 = derivative(moved(state, seconds / 2, k1), torque);
        state_type const k3 = derivative(moved(state, seconds / 2, k2), torque);
        state_type const k4 = derivative(moved(state, seconds, k3), torque);
        state = moved(moved(state, seconds / 6, k1), seconds / 3, k2);
        state = moved(moved(state, seconds / 3, k3), seconds / 6, k4);

        state.angle_1 = wrap_angle(state.angle_1);
        state.angle_2 = wrap_angle(state.angle_2);
        state.velocity_1 = clamp(state.velocity_1, -velocity_limit_1, velocity_limit_1);
        state.velocity_2 = clamp(state.velocity_2, -velocity_limit_2, velocity_limit_2);
        Real const height = -sine_cosine(state.angle_1).cosine - sine_cosine(state.angle_1 + state.angle_2).cosine;
        bool const above = height > 1;
        return {above ? Real(0) : Real(-1), above};
    }

    /// (cosine and sine of both angles, both angular velocities).
    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        auto const [sine_1, cosine_1] = sine_cosine(state.angle_1);
        auto const [sine_2, cosine_2] = sine_cosine(state.angle_2);
        observation[0] = cosine_1;
        observation[1] = sine_1;
        observation[2] = cosine_2;
        observation[3] = sine_2;
        observation[4] = state.velocity_1;
        observation[5] = state.velocity_2;
    }

private:
    /// state + time * rate
    static KOKKOS_FUNCTION state_type moved(state_type const& state, Real time, state_type const& rate) {
        return {state.angle_1 + time * rate.angle_1, state.angle_2 + time * rate.angle_2,
                state.velocity_1 + time * rate.velocity_1, state.velocity_2 + time * rate.velocity_2};
    }

    /// The rate of change of each variable: the equations of motion.
    static KOKKOS_FUNCTION state_type derivative(state_type const& state, Real torque) {
        auto const [sine_2, cosine_2] = sine_cosine(state.angle_2);
        Real const v1 = state.velocity_1;
        Real const v2 = state.velocity_2;
        constexpr Real arm = link_mass * link_length * centre;
        constexpr Real inertia_2 = link_mass * centre * centre + inertia; // of the second link about the joint

        // The entries of the inertia matrix, (d1, d2; d2, inertia_2).
        Real const d2 = inertia_2 + arm * cosine_2;
        Real const d1 = inertia_2 + link_mass * link_length * link_length + inertia_2 + 2 * arm * cosine_2;
        Real const phi2 = link_mass * centre * gravity * sine_cosine(state.angle_1 + state.angle_2).sine;
        Real const phi1 = -arm * sine_2 * (v2 * v2 + 2 * v2 * v1) +
                          (link_mass * centre + link_mass * link_length) * gravity * sine_cosine(state.angle_1).sine +
                          phi2;
        Real const ratio = d2 / d1;
        Real const acceleration_2 = (torque + ratio * phi1 - arm * v1 * v1 * sine_2 - phi2) / (inertia_2 - d2 * ratio);
        return {v1, v2, -(d2 * acceleration_2 + phi1) / d1, acceleration_2};
    }
};

} // namespace eggroll::environments
