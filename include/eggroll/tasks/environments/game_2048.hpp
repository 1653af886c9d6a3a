// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// 2048 on a board of 4 x 4, with the rules of Jumanji's Game2048-v1: slide all tiles to one side; equal neighbours
/// merge.

#include <eggroll/tasks/environments/environment.hpp>

#include <cstdint>

namespace eggroll::environments {

struct Game2048State {
    std::uint8_t board[16] = {}; // (row, column): 0 empty, k for the tile 2^k
};

/// Actions: 0 up, 1 right, 2 down, 3 left. A tile merges once in a move, those nearest to the wall first. Reward: the
/// sum of the tiles made by merging. Then a tile appears on any empty cell with equal probability: a 2, or with
/// probability 1/10 a 4. A move that changes nothing is illegal: no tile appears, reward 0, and the episode goes on. It
/// ends when no move is legal. The start: one tile. Jumanji has no time limit; `max_steps` is ours.
///
/// Observation, as Jumanji's flattened: the exponents, row by row; then legal(state, action) for the four actions.
template <class Real = float>
struct Game2048 {
    using real_type = Real;
    using state_type = Game2048State;
    using action_type = DiscreteAction<4>;
    static constexpr int size = 4; // rows, and columns
    static constexpr int cells = size * size;
    static constexpr int observation_size = cells + action_type::actions;

    int max_steps = 2000;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state = {};
        place_tile(state, random);
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<Real> step(state_type& state, action_type action, Random& random) const {
        Transition<Real> result;
        if (legal(state, action)) {
            result.reward = static_cast<Real>(slide(state, action));
            place_tile(state, random);
        }
        bool any_legal = false;
        for (int next = 0; next < action_type::actions; ++next) {
            any_legal = any_legal || legal(state, {next});
        }
        result.terminated = !any_legal;
        return result;
    }

    /// The move without the new tile. Returns the sum of the tiles made by merging.
    KOKKOS_FUNCTION int slide(state_type& state, action_type action) const {
        int sum = 0;
        for (int number = 0; number < size; ++number) {
            sum += slide(state, Line(action, number));
        }
        return sum;
    }

    KOKKOS_FUNCTION void observe(state_type const& state, Real* observation) const {
        for (int cell = 0; cell < cells; ++cell) {
            observation[cell] = state.board[cell];
        }
        for (int action = 0; action < action_type::actions; ++action) {
            observation[cells + action] = legal(state, {action});
        }
    }

    /// Whether the move changes the board.
    KOKKOS_FUNCTION bool legal(state_type const& state, action_type action) const {
        bool moves = false;
        for (int number = 0; number < size; ++number) {
            Line const line(action, number);
            for (int i = 0; i + 1 < size; ++i) {
                std::uint8_t const near = state.board[line.cell(i)];
                std::uint8_t const far = state.board[line.cell(i + 1)];
                moves |= far != 0 && (near == 0 || near == far);
            }
        }
        return moves;
    }

private:
    /// A row or column, from the wall that the action moves its tiles to.
    struct Line {
        int first;
        int stride;

        KOKKOS_FUNCTION Line(action_type action, int number) {
            bool const vertical = action.value % 2 == 0;
            bool const ascending = action.value == 0 || action.value == 3;
            int const forward = vertical ? size : 1;
            first = number * (vertical ? 1 : size) + (ascending ? 0 : (size - 1) * forward);
            stride = ascending ? forward : -forward;
        }
        KOKKOS_FUNCTION int cell(int i) const { return first + i * stride; }
    };

    /// Moves the tiles of a line. Returns the sum of those made by merging.
    static KOKKOS_FUNCTION int slide(state_type& state, Line line) {
        int sum = 0;
        int settled = 0;            // tiles that have their place
        std::uint8_t mergeable = 0; // the last of them, unless it was made by merging
        for (int i = 0; i < size; ++i) {
            std::uint8_t const tile = state.board[line.cell(i)];
            state.board[line.cell(i)] = 0;
            if (tile != 0 && tile == mergeable) {
                state.board[line.cell(settled - 1)] = static_cast<std::uint8_t>(tile + 1);
                sum += 1 << (tile + 1);
                mergeable = 0;
            } else if (tile != 0) {
                state.board[line.cell(settled++)] = tile;
                mergeable = tile;
            }
        }
        return sum;
    }

    template <class Random>
    static KOKKOS_FUNCTION void place_tile(state_type& state, Random& random) {
        int empty = 0;
        for (std::uint8_t const tile : state.board) {
            empty += tile == 0;
        }
        int before = random.index(empty); // empty cells before the new tile's
        int cell = 0;
        while (state.board[cell] != 0 || before-- > 0) {
            ++cell;
        }
        state.board[cell] = random.index(10) == 0 ? 2 : 1;
    }
};

} // namespace eggroll::environments
