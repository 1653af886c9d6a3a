// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Ant-v5 of Gymnasium: a body on four legs of two joints each walks.

#include <eggroll/tasks/environments/environment.hpp>
#include <eggroll/tasks/environments/mujoco/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace eggroll::environments {

/// Reward: 1 while healthy, and the torso's velocity along x over the step, less 0.5 of the sum of squared controls and
/// 5e-4 of the sum of squared contact forces, each within +-1. Terminates when unhealthy: a height out of [0.2, 1].
struct Ant {
    static constexpr bool host_only = true;
    static constexpr int bodies = 14;
    using Simulation = MujocoSimulation<MujocoShape{15, 14, 8, bodies, 0}>;
    using real_type = double;
    using action_type = ContinuousAction<8, double>; // hip and ankle of the legs 4, 1, 2, 3
    static constexpr double action_limit = 1;
    static constexpr int observation_size = 105;

    struct state_type {
        Simulation::State physics; // x, y, height, quaternion, then hip and ankle of each leg
        double torso_x = 0;
        double contact_force[6 * bodies] = {}; // (body, torque then force), from outside, within +-1
    };

    Simulation simulation; // a MujocoModel of Gymnasium's ant.xml
    int max_steps = 1000;
    int frame_skip = 5; // steps of MuJoCo in a step
    double forward_reward_weight = 1;
    double control_cost_weight = 0.5;
    double contact_cost_weight = 5e-4;
    double healthy_reward = 1;
    double healthy_least_height = 0.2;
    double healthy_largest_height = 1;
    double reset_noise = 0.1;

    template <class Random>
    void reset(state_type& state, Random& random) const {
        state = {};
        state.torso_x = torso_x(simulation.start(state.physics, reset_noise, random));
    }

    template <class Random>
    Transition<double> step(state_type& state, action_type const& action, Random&) const {
        double const x_before = state.torso_x;
        mjData& data = simulation.advance(state.physics, action.value, frame_skip);
        mj_rnePostConstraint(&simulation.model(), &data); // computes cfrc_ext
        state.torso_x = torso_x(data);
        std::transform(data.cfrc_ext, data.cfrc_ext + 6 * bodies, state.contact_force,
                       [](mjtNum force) { return std::clamp<double>(force, -1, 1); });
        return outcome(x_before, action, state);
    }

    /// What the step gives that led from a torso at x_before to the state.
    Transition<double> outcome(double x_before, action_type const& action, state_type const& after) const {
        double controls = 0;
        for (double const control : action.value) {
            controls += control * control; // not clipped, as in the original
        }
        double contacts = 0;
        for (double const force : after.contact_force) {
            contacts += force * force;
        }
        bool const healthy = is_healthy(after);
        double const velocity = (after.torso_x - x_before) / (simulation.seconds() * frame_skip);
        return {forward_reward_weight * velocity + (healthy ? healthy_reward : 0) - control_cost_weight * controls -
                    contact_cost_weight * contacts,
                !healthy};
    }

    /// (all positions but x and y, all velocities, contact forces of all bodies but the world).
    void observe(state_type const& state, double* observation) const {
        auto const& [position, velocity, warm_start] = state.physics;
        observation = std::copy(std::begin(position) + 2, std::end(position), observation);
        observation = std::copy(std::begin(velocity), std::end(velocity), observation);
        std::copy(std::begin(state.contact_force) + 6, std::end(state.contact_force), observation);
    }

private:
    static double torso_x(mjData const& data) { return data.xpos[3]; } // body 1

    bool is_healthy(state_type const& state) const {
        auto const finite = [](mjtNum x) { return std::isfinite(x); };
        auto const& [position, velocity, warm_start] = state.physics;
        return std::all_of(std::begin(position), std::end(position), finite) &&
               std::all_of(std::begin(velocity), std::end(velocity), finite) && position[2] >= healthy_least_height &&
               position[2] <= healthy_largest_height;
    }
};

} // namespace eggroll::environments
