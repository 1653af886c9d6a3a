// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Pendulum-v1 of Gymnasium: a rod on a pivot is swung up and held upright by a torque too weak to lift it at once.

#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>

namespace eggroll::environments {

/// Reward -(angle^2 + 0.1 angular velocity^2 + 0.001 torque^2), of the state before the step, the angle within a half
/// turn of upright. The episode never terminates.
template <std::floating_point Real = float>
struct Pendulum {
    using real_type = Real;
    using action_type = ContinuousAction<1, Real>; // torque, N m
    static constexpr Real action_limit = Real(2.0);
    static constexpr int observation_size = 3;

    struct state_type {
        Real angle = 0;            // from upright, rad; never wrapped
        Real angular_velocity = 0; // rad/s
    };

    int max_steps = 200;

    static constexpr Real gravity = Real(10.0);
    static constexpr Real mass = Real(1.0);
    static constexpr Real length = Real(1.0);
    static constexpr Real seconds = Real(0.05); // a step
    static constexpr Real velocity_limit = Real(8.0);

    /// The angle uniform on [-pi, pi], the angular velocity on [-1, 1].
    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        constexpr Real half_turn = std::numbers::pi_v<Real>;
        state.angle = random.uniform(-half_turn, half_turn);
        state.angular_velocity = random.uniform(Real(-1), Real(1));
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type const& action, Random&) const {
        Real const torque = clamp(action.value[0], -action_limit, action_limit);
        Real const velocity = state.angular_velocity;
        Real const angle = wrap_angle(state.angle);
        Real const cost = angle * angle + Real(0.1) * velocity * velocity + Real(0.001) * torque * torque;

        // Of a uniform rod, whose moment of inertia is mass length^2 / 3.
        Real const acceleration =
            3 * gravity / (2 * length) * sine_cosine(state.angle).sine + 3 / (mass * length * length) * torque;
        state.angular_velocity = clamp(velocity + acceleration * seconds, -velocity_limit, velocity_limit);
        state.angle += state.angular_velocity * seconds;
        return {-cost, false};
    }

    /// (cosine and sine of the angle, angular velocity).
    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        auto const [sine, cosine] = sine_cosine(state.angle);
        observation[0] = cosine;
        observation[1] = sine;
        observation[2] = state.angular_velocity;
    }
};

} // namespace eggroll::environments
