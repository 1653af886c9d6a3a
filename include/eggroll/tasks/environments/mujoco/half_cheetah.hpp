// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// HalfCheetah-v5 of Gymnasium: a planar body of two legs and six joints runs.

#include <eggroll/tasks/environments/environment.hpp>
#include <eggroll/tasks/environments/mujoco/simulation.hpp>

#include <algorithm>
#include <iterator>

namespace eggroll::environments {

/// Reward: the forward velocity over the step, less 0.1 of the sum of squared controls. The episode never terminates.
struct HalfCheetah {
    static constexpr bool host_only = true;
    using Simulation = MujocoSimulation<MujocoShape{9, 9, 6, 8, 0}>;
    using real_type = double;
    using action_type = ContinuousAction<6, double>; // hind thigh, shin, foot, fore thigh, shin, foot
    static constexpr double action_limit = 1;
    static constexpr int observation_size = 17;

    struct state_type {
        Simulation::State physics; // x, height, pitch, then the joints as in an action
    };

    Simulation simulation; // a MujocoModel of Gymnasium's half_cheetah.xml
    int max_steps = 1000;
    int frame_skip = 5; // steps of MuJoCo in a step
    double forward_reward_weight = 1;
    double control_cost_weight = 0.1;
    double reset_noise = 0.1;

    template <class Random>
    void reset(state_type& state, Random& random) const {
        simulation.start(state.physics, reset_noise, random);
    }

    template <class Random>
    Transition<double> step(state_type& state, action_type const& action, Random&) const {
        state_type const before = state;
        simulation.advance(state.physics, action.value, frame_skip);
        return outcome(before, action, state);
    }

    /// What the step gives that led from one state to the next.
    Transition<double> outcome(state_type const& before, action_type const& action, state_type const& after) const {
        double const distance = after.physics.position[0] - before.physics.position[0];
        double const velocity = distance / (simulation.seconds() * frame_skip);
        double squares = 0;
        for (double const control : action.value) {
            squares += control * control; // not clipped, as in the original
        }
        return {forward_reward_weight * velocity - control_cost_weight * squares, false};
    }

    /// (all positions but x, all velocities).
    void observe(state_type const& state, double* observation) const {
        auto const& [position, velocity, warm_start] = state.physics;
        std::copy(std::begin(velocity), std::end(velocity),
                  std::copy(std::begin(position) + 1, std::end(position), observation));
    }
};

} // namespace eggroll::environments
