// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// InvertedDoublePendulum-v5 of Gymnasium: a pole on a pole on a cart is kept upright by pushing the cart.

#include <eggroll/tasks/environments/environment.hpp>
#include <eggroll/tasks/environments/mujoco/simulation.hpp>

#include <algorithm>
#include <cmath>

namespace eggroll::environments {

/// Reward 10 while upright - 0.01 x^2 - (z - 2)^2 - 0.001 velocity_1^2 - 0.005 velocity_2^2, (x, z) the upper pole's
/// tip, the velocities those of the hinges. Terminates with the tip at height 1 or below.
struct InvertedDoublePendulum {
    static constexpr bool host_only = true;
    using Simulation = MujocoSimulation<MujocoShape{3, 3, 1, 4, 1}>;
    using real_type = double;
    using action_type = ContinuousAction<1, double>; // of the cart's motor
    static constexpr double action_limit = 1;
    static constexpr int observation_size = 9;

    struct state_type {
        Simulation::State physics;  // cart, lower hinge, upper hinge
        double tip_x = 0;           // of the model's site
        double tip_z = 0;           // height
        double cart_constraint = 0; // force, N
    };

    Simulation simulation; // a MujocoModel of Gymnasium's inverted_double_pendulum.xml
    int max_steps = 1000;
    int frame_skip = 5; // steps of MuJoCo in a step
    double healthy_reward = 10;
    double reset_noise = 0.1;

    template <class Random>
    void reset(state_type& state, Random& random) const {
        sense(state, simulation.start(state.physics, reset_noise, random));
    }

    template <class Random>
    Transition<double> step(state_type& state, action_type const& action, Random&) const {
        sense(state, simulation.advance(state.physics, action.value, frame_skip));
        return outcome(state);
    }

    /// What the step gives that led to this state.
    Transition<double> outcome(state_type const& state) const {
        double const lower = state.physics.velocity[1];
        double const upper = state.physics.velocity[2];
        double const below = state.tip_z - 2;
        bool const terminated = state.tip_z <= 1;
        double const distance_penalty = 0.01 * state.tip_x * state.tip_x + below * below;
        double const velocity_penalty = 1e-3 * lower * lower + 5e-3 * upper * upper;
        return {(terminated ? 0 : healthy_reward) - distance_penalty - velocity_penalty, terminated};
    }

    /// (cart's position, sines of both angles, cosines, three velocities, force on the cart by its constraint), the
    /// last four within +-10.
    void observe(state_type const& state, double* observation) const {
        auto const& [position, velocity, warm_start] = state.physics;
        *observation++ = position[0];
        *observation++ = std::sin(position[1]);
        *observation++ = std::sin(position[2]);
        *observation++ = std::cos(position[1]);
        *observation++ = std::cos(position[2]);
        for (mjtNum const v : velocity) {
            *observation++ = std::clamp<double>(v, -10, 10);
        }
        *observation = std::clamp<double>(state.cart_constraint, -10, 10);
    }

private:
    static void sense(state_type& state, mjData const& data) {
        state.tip_x = data.site_xpos[0];
        state.tip_z = data.site_xpos[2];
        state.cart_constraint = data.qfrc_constraint[0];
    }
};

} // namespace eggroll::environments
