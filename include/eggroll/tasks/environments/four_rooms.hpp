// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// MiniGrid's FourRooms with the rules of Navix-FourRooms-v0: reach the goal through the openings of two walls.

#include <eggroll/tasks/environments/grid.hpp>

namespace eggroll::environments {

struct FourRoomsState {
    GridAgent agent = {};
    GridPosition goal = {};
    int open_rows[2] = {};    // of the wall in column 9
    int open_columns[2] = {}; // of the wall in row 9
    int steps = 0;
};

/// The room is 19 x 19. The start is distributed as in Navix, where one random key serves several draws. With u and v
/// uniform in [0, 7], the vertical wall is open in rows 1 + u and min(11 + u, 17), the horizontal one in columns 1 + v
/// and min(11 + u, 17), and the agent's direction is v mod 4. Agent and goal are each on any free cell, and may be on
/// the same one: then the agent must leave and come back.
///
/// Observation: GridRoom's, the agent drawn last.
template <class Real = float>
struct FourRooms {
    using real_type = Real;
    using state_type = FourRoomsState;
    using action_type = DiscreteAction<7>; // GridAction
    using Room = GridRoom<19>;
    static constexpr int middle = 9; // the row and the column of the walls
    static constexpr int free_cells = 17 * 17 - (2 * 17 - 1) + 4;
    static constexpr int observation_size = Room::observation_size;
    static constexpr bool has_goal = true;

    Real step_penalty = 0; // MiniGrid: 0.9
    int max_steps = 100;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        int const u = random.index(8);
        int const v = random.index(8);
        int const second = u < 6 ? 11 + u : 17;
        state = {.open_rows = {1 + u, second}, .open_columns = {1 + v, second}};
        auto const free = [&state](GridPosition position) { return walkable(state, position); };
        state.agent.position = Room::free_cell(random.index(free_cells), free);
        state.agent.direction = v % 4;
        state.goal = Room::free_cell(random.index(free_cells), free);
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type choice, Random&) const {
        auto const action = static_cast<GridAction>(choice.value);
        ++state.steps;
        bool const moved = state.agent.move(action, walkable(state, state.agent.ahead()));
        bool const reached = moved && state.agent.position == state.goal;
        return grid_transition(reached, reached, step_penalty, state.steps, max_steps);
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        Room::draw_room(observation);
        for (int i = 1; i < 18; ++i) {
            Room::draw(observation, {i, middle}, symbols::wall());
            Room::draw(observation, {middle, i}, symbols::wall());
        }
        for (int i = 0; i < 2; ++i) {
            Room::draw(observation, {state.open_rows[i], middle}, symbols::floor());
            Room::draw(observation, {middle, state.open_columns[i]}, symbols::floor());
        }
        Room::draw(observation, state.goal, symbols::goal());
        Room::draw(observation, state.agent.position, symbols::agent(state.agent.direction));
    }

private:
    static KOKKOS_FUNCTION bool walkable(state_type const& state, GridPosition position) {
        bool const vertical =
            position.column == middle && position.row != state.open_rows[0] && position.row != state.open_rows[1];
        bool const horizontal = position.row == middle && position.column != state.open_columns[0] &&
                                position.column != state.open_columns[1];
        return Room::inside(position) && !vertical && !horizontal;
    }
};

} // namespace eggroll::environments
