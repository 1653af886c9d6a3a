// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// MiniGrid's Dynamic-Obstacles with the rules of Navix-Dynamic-Obstacles-6x6-v0 and its Random variant: reach the goal
/// without being hit by balls that wander about.

#include <eggroll/tasks/environments/grid.hpp>

namespace eggroll::environments {

template <int Obstacles>
struct DynamicObstaclesState {
    GridAgent agent = {};
    GridPosition ball[Obstacles] = {};
    int steps = 0;
};

/// After the agent has acted, each ball chooses one of four directions. It moves there unless a wall, the goal, the
/// agent or the first ball's former place is in its way; so balls may lie on one another. A ball that would have moved
/// to the agent hits it, and the episode ends with reward 0 (MiniGrid: -1). The agent can't walk into a ball.
///
/// The start: the agent at {1, 1} looks east, or with `random_start` is on any cell in any direction. The goal is at
/// {Size - 2, Size - 2}; each ball is on any cell but the agent's and the goal's.
///
/// Observation: GridRoom's, the agent drawn last.
template <class Real = float, int Size = 6, int Obstacles = 3>
struct DynamicObstacles {
    static_assert(Size >= 4, "Dynamic-Obstacles needs cells for balls.");
    using real_type = Real;
    using state_type = DynamicObstaclesState<Obstacles>;
    using action_type = DiscreteAction<7>; // GridAction
    using Room = GridRoom<Size>;
    static constexpr int observation_size = Room::observation_size;
    static constexpr bool has_goal = true;

    bool random_start = false;
    Real step_penalty = 0; // at the end of the episode, either way; MiniGrid: 0.9 at the goal
    int max_steps = 100;   // what navix.make gives; MiniGrid: 4 Size^2

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state = {.agent = {.position = {1, 1}}};
        if (random_start) {
            int const cell = random.index(inner_cells);
            state.agent.position = {1 + cell / (Size - 2), 1 + cell % (Size - 2)};
            state.agent.direction = random.index(4);
        }
        GridPosition const agent = state.agent.position;
        auto const free = [agent](GridPosition position) { return position != agent && position != goal(); };
        int const free_cells = inner_cells - (agent == goal() ? 1 : 2);
        for (GridPosition& ball : state.ball) {
            ball = Room::free_cell(random.index(free_cells), free);
        }
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type choice, Random& random) const {
        auto const action = static_cast<GridAction>(choice.value);
        ++state.steps;
        bool const moved = state.agent.move(action, walkable(state, state.agent.ahead()));
        bool const reached = moved && state.agent.position == goal();

        bool hit = false;
        GridPosition const first = state.ball[0];
        for (GridPosition& ball : state.ball) {
            GridPosition const next = neighbour(ball, random.index(4));
            bool const hits = next == state.agent.position;
            bool const blocked = hits || next == goal() || next == first || !Room::inside(next);
            ball = blocked ? ball : next;
            hit = hit || hits;
        }
        return grid_transition(reached, reached || hit, step_penalty, state.steps, max_steps);
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        Room::draw_room(observation);
        for (GridPosition const ball : state.ball) {
            Room::draw(observation, ball, symbols::ball());
        }
        Room::draw(observation, goal(), symbols::goal());
        Room::draw(observation, state.agent.position, symbols::agent(state.agent.direction));
    }

private:
    static constexpr int inner_cells = (Size - 2) * (Size - 2);

    static KOKKOS_FUNCTION constexpr GridPosition goal() { return {Size - 2, Size - 2}; }

    static KOKKOS_FUNCTION bool walkable(state_type const& state, GridPosition position) {
        bool free = Room::inside(position);
        for (GridPosition const ball : state.ball) {
            free = free && position != ball;
        }
        return free;
    }
};

} // namespace eggroll::environments
