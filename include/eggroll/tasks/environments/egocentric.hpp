// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Egocentric: a grid world as its agent sees it, from which a policy learns with fewer steps.

#include <eggroll/tasks/environments/grid.hpp>

namespace eggroll::environments {

/// Numbers what a cell looks like, without colour.
KOKKOS_FUNCTION constexpr int symbol_code(GridSymbol symbol) {
    return 4 * symbol.object + symbol.state;
}

/// The grid world E, observed from the agent's place: the cells up to `Radius` away from it on each side, turned so
/// that it looks up. Observation: (symbol, row, column), 1 where the cell shows the symbol of that code, else 0; the
/// agent is in the middle. Around the world there is wall. Other things that are farther away are shown at the nearest
/// cell of the border, so that their direction is always seen, and a carried key in the agent's own cell.
///
/// That is neither Navix' observation nor MiniGrid's, which is a part of the room ahead of the agent; rules, starts and
/// rewards are E's.
template <class E, int Radius, int... Codes>
struct Egocentric : E {
    using real_type = typename E::real_type;
    static constexpr int width = 2 * Radius + 1;
    static constexpr int observation_size = static_cast<int>(sizeof...(Codes)) * width * width;

    KOKKOS_FUNCTION void observe(typename E::state_type const& state, real_type* observation) const {
        constexpr int size = E::Room::size;
        real_type cells[E::observation_size]; // (row, column, {object, colour, state})
        E::observe(state, cells);
        for (int i = 0; i < observation_size; ++i) {
            observation[i] = 0;
        }
        GridAgent const agent = state.agent;
        for (int forward = -Radius; forward <= Radius; ++forward) {
            for (int right = -Radius; right <= Radius; ++right) {
                GridPosition const cell = from_agent(agent, forward, right);
                if (cell.row < 0 || cell.row >= size || cell.column < 0 || cell.column >= size) {
                    show(observation, forward, right, symbol_code(symbols::wall()));
                }
            }
        }
        for (int row = 0; row < size; ++row) {
            for (int column = 0; column < size; ++column) {
                real_type const* const cell = cells + 3 * (size * row + column);
                int const object = static_cast<int>(cell[0]);
                if (object == symbols::key().object && row == 0 && column == size - 1) { // carried: there is wall
                    show_cell(observation, agent, {row, column}, symbol_code(symbols::wall()));
                    show_cell(observation, agent, agent.position, symbol_code(symbols::key()));
                } else if (object != symbols::floor().object) {
                    show_cell(observation, agent, {row, column}, 4 * object + static_cast<int>(cell[2]));
                }
            }
        }
    }

private:
    static KOKKOS_FUNCTION constexpr GridPosition from_agent(GridAgent const& agent, int forward, int right) {
        GridPosition const ahead = neighbour({}, agent.direction);
        GridPosition const beside = neighbour({}, (agent.direction + 1) % 4);
        return {agent.position.row + forward * ahead.row + right * beside.row,
                agent.position.column + forward * ahead.column + right * beside.column};
    }

    static KOKKOS_FUNCTION void show_cell(real_type* observation, GridAgent const& agent, GridPosition cell, int code) {
        GridPosition const ahead = neighbour({}, agent.direction);
        GridPosition const beside = neighbour({}, (agent.direction + 1) % 4);
        int const down = cell.row - agent.position.row;
        int const east = cell.column - agent.position.column;
        int const forward = down * ahead.row + east * ahead.column;
        int const right = down * beside.row + east * beside.column;
        int const shown_forward = nearest(forward);
        int const shown_right = nearest(right);
        if (code != symbol_code(symbols::wall()) || (forward == shown_forward && right == shown_right)) {
            show(observation, shown_forward, shown_right, code);
        }
    }

    static KOKKOS_FUNCTION constexpr int nearest(int distance) {
        return distance < -Radius ? -Radius : distance > Radius ? Radius : distance;
    }

    static KOKKOS_FUNCTION void show(real_type* observation, int forward, int right, int code) {
        int cell = width * (Radius - forward) + Radius + right;
        ((observation[cell] = code == Codes ? 1 : observation[cell], cell += width * width), ...);
    }
};

} // namespace eggroll::environments
