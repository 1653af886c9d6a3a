// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// MiniGrid's DoorKey with the rules of Navix-DoorKey-8x8-v0: find the key, unlock the door, reach the goal.

#include <eggroll/tasks/environments/grid.hpp>

namespace eggroll::environments {

struct DoorKeyState {
    GridAgent agent = {};
    GridPosition door = {};
    GridPosition key = {}; // {0, Size - 1}, a corner of the wall, while it is carried: there Navix draws it
    bool has_key = false;  // the key was picked up, at least once
    bool open = false;
    int steps = 0;
};

/// A wall with a locked door divides the room. Three things differ from MiniGrid, because they do in Navix: whoever
/// picked up the key can open the door even after dropping it, an open door stays open, and a step towards the goal
/// reaches it even if the key was dropped there.
///
/// The start: the agent at {1, 1} looks east, the goal is at {Size - 2, Size - 2}. The wall's column is uniform in
/// [2, Size - 3], the door's row in [1, Size - 2], and the key is on any cell to the wall's left but the agent's.
///
/// Observation: GridRoom's; where things overlap the agent is drawn last, before it the key.
template <class Real = float, int Size = 8>
struct DoorKey {
    static_assert(Size >= 5, "DoorKey needs two rooms.");
    using real_type = Real;
    using state_type = DoorKeyState;
    using action_type = DiscreteAction<7>; // GridAction
    using Room = GridRoom<Size>;
    static constexpr int observation_size = Room::observation_size;
    static constexpr bool has_goal = true;

    Real step_penalty = 0; // MiniGrid: 0.9
    int max_steps = 100;   // what navix.make gives; MiniGrid: 10 Size^2

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state = {.agent = {.position = {1, 1}}};
        int const column = 2 + random.index(Size - 4);
        state.door = {1 + random.index(Size - 2), column};
        int const width = column - 1;                              // of the left room
        int const cell = 1 + random.index((Size - 2) * width - 1); // of the left room, row by row
        state.key = {1 + cell / width, 1 + cell % width};
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type choice, Random&) const {
        auto const action = static_cast<GridAction>(choice.value);
        GridPosition const ahead = state.agent.ahead();
        bool const free_ahead = walkable(state, ahead);
        bool const reached = action == GridAction::forward && ahead == goal(); // even with the key on it
        ++state.steps;
        state.agent.move(action, free_ahead);
        if (action == GridAction::pick_up && ahead == state.key) {
            state.key = pocket();
            state.has_key = true;
        } else if (action == GridAction::drop && state.key == pocket() && free_ahead) {
            state.key = ahead;
        } else if (action == GridAction::toggle && ahead == state.door) {
            state.open = state.has_key; // never lost, so an open door stays open
        }
        return grid_transition(reached, reached, step_penalty, state.steps, max_steps);
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        Room::draw_room(observation);
        for (int row = 1; row < Size - 1; ++row) {
            Room::draw(observation, {row, state.door.column}, symbols::wall());
        }
        Room::draw(observation, state.door, symbols::door(state.open));
        Room::draw(observation, goal(), symbols::goal());
        Room::draw(observation, state.key, symbols::key());
        Room::draw(observation, state.agent.position, symbols::agent(state.agent.direction));
    }

private:
    static KOKKOS_FUNCTION constexpr GridPosition goal() { return {Size - 2, Size - 2}; }
    static KOKKOS_FUNCTION constexpr GridPosition pocket() { return {0, Size - 1}; }

    static KOKKOS_FUNCTION bool walkable(state_type const& state, GridPosition position) {
        bool const wall = position.column == state.door.column && (position.row != state.door.row || !state.open);
        return Room::inside(position) && !wall && position != state.key;
    }
};

} // namespace eggroll::environments
