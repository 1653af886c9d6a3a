// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Snake on a board of 12 x 12, with the rules of Jumanji's Snake-v1: eat fruit, grow, and hit neither a wall nor the
/// own body.

#include <eggroll/tasks/environments/environment.hpp>

#include <cstdint>

namespace eggroll::environments {

struct SnakeState {
    std::uint8_t order[144] = {}; // (row, column): 0 where the snake isn't, 1 at its tail, up to `length` at its head
    int head = 0;                 // cells: 12 row + column
    int fruit = 0;
    int length = 1;
    int steps = 0;
};

/// Actions: 0 up, 1 right, 2 down, 3 left. The tail moves out of the head's way. Reward: 1 for a fruit, and a new one
/// lies on any free cell with equal probability. An illegal action ends the episode with reward 0, and leaves the board
/// as it was; a full board ends it, too. The start: the head on any cell, the fruit on any other.
///
/// Observation, as Jumanji's flattened: five numbers for each cell (is it body, head, tail, fruit; order / length), row
/// by row; then steps / max_steps (Jumanji: steps); then legal(state, action) for the four actions.
template <class Real = float>
struct Snake {
    using real_type = Real;
    using state_type = SnakeState;
    using action_type = DiscreteAction<4>;
    static constexpr int rows = 12;
    static constexpr int columns = 12;
    static constexpr int cells = rows * columns;
    static constexpr int planes = 5;
    static constexpr int observation_size = planes * cells + 1 + action_type::actions;

    int max_steps = 4000;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        int const row = random.index(rows);
        state = {.head = row * columns + random.index(columns)};
        state.order[state.head] = 1;
        place_fruit(state, random);
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type action, Random& random) const {
        ++state.steps;
        if (!legal(state, action)) {
            return {.reward = 0, .terminated = true};
        }
        state.head += offset(action);
        bool const eaten = state.head == state.fruit;
        if (eaten) {
            ++state.length;
        } else {
            for (auto& order : state.order) {
                order = static_cast<std::uint8_t>(order - (order > 0));
            }
        }
        state.order[state.head] = static_cast<std::uint8_t>(state.length);
        bool const full = state.length == cells;
        if (eaten && !full) {
            place_fruit(state, random);
        }
        return {.reward = static_cast<Real>(eaten), .terminated = full};
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        auto const length = static_cast<Real>(state.length);
        for (int cell = 0; cell < cells; ++cell) {
            Real* const plane = observation + planes * cell;
            std::uint8_t const order = state.order[cell];
            plane[0] = order > 0;
            plane[1] = 0;
            plane[2] = order == 1;
            plane[3] = 0;
            plane[4] = static_cast<Real>(order) / length;
        }
        observation[planes * state.head + 1] = 1;
        observation[planes * state.fruit + 3] = 1;
        Real* const rest = observation + planes * cells;
        rest[0] = static_cast<Real>(state.steps) / static_cast<Real>(max_steps);
        for (int action = 0; action < action_type::actions; ++action) {
            rest[1 + action] = legal(state, {action});
        }
    }

    /// Whether the action leads neither off the board nor into the body.
    KOKKOS_FUNCTION bool legal(state_type const& state, action_type action) const {
        int const row = state.head / columns;
        int const column = state.head % columns;
        bool const inside = action.value == 0   ? row > 0
                            : action.value == 1 ? column < columns - 1
                            : action.value == 2 ? row < rows - 1
                                                : column > 0;
        return inside && state.order[state.head + offset(action)] <= 1; // the tail moves away
    }

private:
    static KOKKOS_FUNCTION int offset(action_type action) {
        int const forward = action.value % 2 == 0 ? columns : 1;
        return action.value == 0 || action.value == 3 ? -forward : forward;
    }

    template <class Random>
    static KOKKOS_FUNCTION void place_fruit(state_type& state, Random& random) {
        int before = random.index(cells - state.length); // free cells before the fruit's
        int cell = 0;
        while (state.order[cell] > 0 || before-- > 0) {
            ++cell;
        }
        state.fruit = cell;
    }
};

} // namespace eggroll::environments
