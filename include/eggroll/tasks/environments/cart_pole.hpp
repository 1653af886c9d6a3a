// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// CartPole-v1 of Gymnasium: a pole on a cart is kept upright by pushing the cart left or right. The problem is that of
/// Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems"
/// (1983); the frictionless equations of motion those of Florian, "Correct equations for the dynamics of the cart-pole
/// system" (2005), integrated by Euler's method.

#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>

namespace eggroll::environments {

/// Reward 1 for each step. The episode ends when the cart has left the track or the pole leans by more than 12 degrees.
template <std::floating_point Real = float>
struct CartPole {
    using real_type = Real;
    using action_type = DiscreteAction<2>; // push left, push right
    static constexpr int observation_size = 4;

    struct state_type {
        Real position = 0;         // of the cart, m
        Real velocity = 0;         // m/s
        Real angle = 0;            // of the pole from upright, clockwise, rad
        Real angular_velocity = 0; // rad/s
    };

    int max_steps = 500;

    static constexpr Real gravity = Real(9.8);
    static constexpr Real cart_mass = Real(1.0);
    static constexpr Real pole_mass = Real(0.1);
    static constexpr Real pole_half_length = Real(0.5);
    static constexpr Real force = Real(10.0);
    static constexpr Real seconds = Real(0.02); // a step
    static constexpr Real position_limit = Real(2.4);
    static constexpr Real angle_limit = Real(12 * std::numbers::pi / 180);
    static constexpr Real start_limit = Real(0.05);

    /// Each variable uniform on [-0.05, 0.05].
    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state.position = random.uniform(-start_limit, start_limit);
        state.velocity = random.uniform(-start_limit, start_limit);
        state.angle = random.uniform(-start_limit, start_limit);
        state.angular_velocity = random.uniform(-start_limit, start_limit);
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type action, Random&) const {
        constexpr Real per_mass = 1 / (cart_mass + pole_mass);
        constexpr Real pole_moment = pole_mass * pole_half_length;
        auto const [sine, cosine] = sine_cosine(state.angle);
        Real const push = action.value == 1 ? force : -force;

        // The cart's acceleration, were the pole's angular acceleration 0.
        Real const pushed = (push + pole_moment * state.angular_velocity * state.angular_velocity * sine) * per_mass;
        Real const angular_acceleration = (gravity * sine - cosine * pushed) /
                                          (pole_half_length * (Real(4) / 3 - pole_mass * per_mass * cosine * cosine));
        Real const acceleration = pushed - pole_moment * per_mass * angular_acceleration * cosine;

        state.position += seconds * state.velocity;
        state.velocity += seconds * acceleration;
        state.angle += seconds * state.angular_velocity;
        state.angular_velocity += seconds * angular_acceleration;
        bool const left = std::abs(state.position) > position_limit;
        bool const fell = std::abs(state.angle) > angle_limit;
        return {Real(1), left || fell};
    }

    /// The state, (position, velocity, angle, angular velocity).
    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        observation[0] = state.position;
        observation[1] = state.velocity;
        observation[2] = state.angle;
        observation[3] = state.angular_velocity;
    }
};

} // namespace eggroll::environments
