// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Board games seen action by action: what each legal action leads to, as a few numbers, instead of the whole board.
/// One small network then scores every action, whichever it is, so what it learns of one holds for all.

#include <eggroll/kernels/operands.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/knapsack.hpp>
#include <eggroll/tasks/environments/snake.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace rl {

/// The environment E with observations (action, feature), zeros for illegal actions.
template <class E>
struct ActionView;

template <class E>
concept has_action_view = requires {
    ActionView<E>::features;
};

/// The item's weight and value, and the budget that is left.
template <class Real>
struct ActionView<eggroll::environments::Knapsack<Real>> : eggroll::environments::Knapsack<Real> {
    using Base = eggroll::environments::Knapsack<Real>;
    static constexpr int features = 3;
    static constexpr int observation_size = Base::items * features;

    KOKKOS_FUNCTION void observe(typename Base::state_type const& state, Real* observation) const {
        for (int item = 0; item < Base::items; ++item) {
            bool const legal = this->legal(state, {item});
            Real* const feature = observation + features * item;
            feature[0] = legal ? state.weight[item] : 0;
            feature[1] = legal ? state.value[item] : 0;
            feature[2] = legal ? state.budget / this->budget : 0;
        }
    }
};

/// The board after the move, without the new tile: exponents, the numbers of empty cells and of equal neighbours, and
/// the logarithm of the reward.
template <class Real>
struct ActionView<eggroll::environments::Game2048<Real>> : eggroll::environments::Game2048<Real> {
    using Base = eggroll::environments::Game2048<Real>;
    static constexpr int features = Base::cells + 3;
    static constexpr int observation_size = Base::action_type::actions * features;

    KOKKOS_FUNCTION void observe(typename Base::state_type const& state, Real* observation) const {
        for (int action = 0; action < Base::action_type::actions; ++action) {
            Real* const feature = observation + features * action;
            auto after = state;
            int const sum = this->slide(after, {action});
            int empty = 0;
            int equal = 0;
            for (int cell = 0; cell < Base::cells; ++cell) {
                int const tile = after.board[cell];
                empty += tile == 0;
                equal += tile != 0 && cell % Base::size + 1 < Base::size && tile == after.board[cell + 1];
                equal += tile != 0 && cell + Base::size < Base::cells && tile == after.board[cell + Base::size];
                feature[cell] = static_cast<Real>(tile) / 8;
            }
            feature[Base::cells] = static_cast<Real>(empty) / 8;
            feature[Base::cells + 1] = static_cast<Real>(equal) / 8;
            feature[Base::cells + 2] = std::log2(static_cast<Real>(1 + sum)) / 8;
        }
    }
};

/// As the snake's head sees it after the move, looking where it went: the 5 x 5 cells around it (how long they stay
/// occupied, as a share of the length; 1 for a wall); how far the fruit lies ahead and to the right, the sum of both
/// distances and whether it is eaten; and the length.
template <class Real>
struct ActionView<eggroll::environments::Snake<Real>> : eggroll::environments::Snake<Real> {
    using Base = eggroll::environments::Snake<Real>;
    static constexpr int reach = 2; // cells that it sees in each direction
    static constexpr int window = 2 * reach + 1;
    static constexpr int features = window * window + 5;
    static constexpr int observation_size = Base::action_type::actions * features;

    KOKKOS_FUNCTION void observe(typename Base::state_type const& state, Real* observation) const {
        for (int action = 0; action < Base::action_type::actions; ++action) {
            describe(state, action, observation + features * action);
        }
    }

private:
    KOKKOS_FUNCTION void describe(typename Base::state_type const& state, int action, Real* feature) const {
        int const down = action == 0 ? -1 : action == 2 ? 1 : 0; // ahead
        int const right = action == 3 ? -1 : action == 1 ? 1 : 0;
        int const row = state.head / Base::columns + down;
        int const column = state.head % Base::columns + right;
        for (int ahead = -reach; ahead <= reach; ++ahead) {
            for (int aside = -reach; aside <= reach; ++aside) {
                int const r = row + ahead * down + aside * right;
                int const c = column + ahead * right - aside * down;
                bool const inside = r >= 0 && r < Base::rows && c >= 0 && c < Base::columns;
                *feature++ =
                    inside ? static_cast<Real>(state.order[r * Base::columns + c]) / static_cast<Real>(state.length)
                           : 1;
            }
        }
        int const to_row = state.fruit / Base::columns - row;
        int const to_column = state.fruit % Base::columns - column;
        *feature++ = static_cast<Real>(to_row * down + to_column * right) / 4;
        *feature++ = static_cast<Real>(to_row * right - to_column * down) / 4;
        *feature++ = static_cast<Real>(std::abs(to_row) + std::abs(to_column)) / 4;
        *feature++ = to_row == 0 && to_column == 0;
        *feature++ = static_cast<Real>(state.length) / Base::columns;
    }
};

/// A policy that scores each action alone, by one network with `features` inputs and an output.
struct EachAction {
    static constexpr bool independent_rows = true;
    eggroll::Mlp<> const& scores;
    int features;

    /// x (row, action x feature) -> (row, action)
    template <class Members>
    eggroll::Array2<float> forward(Members const& members, eggroll::Array2<float> const& x) const {
        std::int64_t const actions = x.columns / features;
        auto const y = scores.forward(members, eggroll::Array2<float>{x.data, x.rows * actions, features, features});
        return {y.data, x.rows, actions, actions};
    }
};

} // namespace rl
