// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the grid worlds share: MiniGrid's cells, agent, actions and symbols, as Navix has them. They are rooms with a
/// wall around; rows count downwards.

#include <eggroll/tasks/environments/environment.hpp>

#include <cstdint>

namespace eggroll::environments {

struct GridPosition {
    int row = 0;
    int column = 0;

    friend KOKKOS_FUNCTION constexpr bool operator==(GridPosition a, GridPosition b) {
        return a.row == b.row && a.column == b.column;
    }
};

/// The next cell in a direction: 0 east, 1 south, 2 west, 3 north.
KOKKOS_FUNCTION constexpr GridPosition neighbour(GridPosition position, int direction) {
    int const forward = direction < 2 ? 1 : -1;
    bool const vertical = direction % 2 == 1;
    return {position.row + (vertical ? forward : 0), position.column + (vertical ? 0 : forward)};
}

/// Values of a grid world's actions. Where an environment has nothing to pick up or to toggle, these do nothing, as
/// `done` does everywhere.
enum class GridAction { turn_left, turn_right, forward, pick_up, drop, toggle, done };

struct GridAgent {
    GridPosition position = {};
    int direction = 0; // 0 east, 1 south, 2 west, 3 north

    KOKKOS_FUNCTION constexpr GridPosition ahead() const { return neighbour(position, direction); }

    /// Turns, or goes forward if the cell ahead is free. Returns whether it went.
    KOKKOS_FUNCTION constexpr bool move(GridAction action, bool free_ahead) {
        bool const goes = action == GridAction::forward && free_ahead;
        position = goes ? ahead() : position;
        int const quarters = action == GridAction::turn_right ? 1 : action == GridAction::turn_left ? 3 : 0;
        direction = (direction + quarters) % 4;
        return goes;
    }
};

/// What a cell looks like, in MiniGrid's numbers.
struct GridSymbol {
    std::uint8_t object = 0; // 1 floor, 2 wall, 4 door, 5 key, 6 ball, 8 goal, 10 agent
    std::uint8_t colour = 0; // 0 red (and none), 1 green, 2 blue, 3 purple, 4 yellow, 5 grey
    std::uint8_t state = 0;  // of a door: 0 open, 2 locked; of the agent: its direction
};

/// Functions, because device code can't refer to constants of class type.
namespace symbols {

KOKKOS_FUNCTION constexpr GridSymbol floor() {
    return {1, 0, 0};
}
KOKKOS_FUNCTION constexpr GridSymbol wall() {
    return {2, 5, 0};
}
KOKKOS_FUNCTION constexpr GridSymbol door(bool open) {
    return {4, 4, static_cast<std::uint8_t>(open ? 0 : 2)};
}
KOKKOS_FUNCTION constexpr GridSymbol key() {
    return {5, 4, 0};
}
KOKKOS_FUNCTION constexpr GridSymbol ball() {
    return {6, 2, 0};
}
KOKKOS_FUNCTION constexpr GridSymbol goal() {
    return {8, 1, 0};
}
KOKKOS_FUNCTION constexpr GridSymbol agent(int direction) {
    return {10, 0, static_cast<std::uint8_t>(direction)};
}

} // namespace symbols

/// A room of Size x Size cells, its wall included. Its observation is Navix' `symbolic`, the one that its registered
/// environments have: the whole room from above, three numbers (object, colour, state) for each cell, row by row.
template <int Size>
struct GridRoom {
    static constexpr int size = Size;
    static constexpr int observation_size = 3 * Size * Size;

    static KOKKOS_FUNCTION constexpr bool inside(GridPosition position) {
        return position.row > 0 && position.row < Size - 1 && position.column > 0 && position.column < Size - 1;
    }

    /// Floor within walls.
    template <class Real>
    static KOKKOS_FUNCTION void draw_room(Real* observation) {
        for (int i = 0; i < observation_size; ++i) { // in one go, which compilers vectorise
            observation[i] = 0;
        }
        for (int cell = 0; cell < Size * Size; ++cell) {
            observation[3 * cell] = symbols::floor().object; // its other numbers are 0
        }
        for (int i = 0; i < Size; ++i) {
            draw(observation, {0, i}, symbols::wall());
            draw(observation, {Size - 1, i}, symbols::wall());
            draw(observation, {i, 0}, symbols::wall());
            draw(observation, {i, Size - 1}, symbols::wall());
        }
    }

    /// One cell, over what was drawn there before.
    template <class Real>
    static KOKKOS_FUNCTION void draw(Real* observation, GridPosition position, GridSymbol symbol) {
        Real* const cell = observation + 3 * (Size * position.row + position.column);
        cell[0] = symbol.object;
        cell[1] = symbol.colour;
        cell[2] = symbol.state;
    }

    /// The inner cell that has `before` cells accepted by `free` before it, row by row. There must be one.
    template <class Predicate>
    static KOKKOS_FUNCTION GridPosition free_cell(int before, Predicate const& free) {
        GridPosition position = {1, 1};
        while (!free(position) || before-- > 0) {
            bool const last = position.column == Size - 2;
            position = {position.row + last, last ? 1 : position.column + 1};
        }
        return position;
    }
};

/// What a step of a grid world gives: 1 at the goal, and when the episode is over step_penalty steps / max_steps less.
template <class Real>
KOKKOS_FUNCTION constexpr Transition<Real> grid_transition(bool goal, bool terminated, Real step_penalty, int steps,
                                                           int max_steps) {
    Real const penalty = step_penalty * (static_cast<Real>(steps) / static_cast<Real>(max_steps));
    return {.reward = static_cast<Real>(goal) - (terminated ? penalty : 0), .terminated = terminated};
}

} // namespace eggroll::environments
