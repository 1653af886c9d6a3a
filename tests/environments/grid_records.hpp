// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Positions and agents as record_navix.py writes them.

#include <eggroll/tasks/environments/grid.hpp>

#include "environments/replay.hpp"

namespace eggroll::testing {

/// From [row, column, ...]. A column of -1 is the last of `size`, as in Python.
inline environments::GridPosition position_of(nlohmann::json const& recorded, int size = 0) {
    int const column = recorded.at(1);
    return environments::GridPosition{recorded.at(0), column < 0 ? size + column : column};
}

/// From [row, column, direction].
inline environments::GridAgent agent_of(nlohmann::json const& recorded) {
    return {.position = position_of(recorded), .direction = recorded.at(2)};
}

/// Rewards have the step penalty, whose product and quotient XLA may round otherwise. Observations are integers.
inline constexpr float reward_bound = 0x1p-23f;

} // namespace eggroll::testing
