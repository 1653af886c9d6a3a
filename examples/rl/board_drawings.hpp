// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drawings.hpp"

#include <eggroll/tasks/environments/door_key.hpp>
#include <eggroll/tasks/environments/dynamic_obstacles.hpp>
#include <eggroll/tasks/environments/egocentric.hpp>
#include <eggroll/tasks/environments/four_rooms.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/snake.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace rl {

/// A grid world as it is observed: (row, column, {object, colour, state}).
template <class E>
Drawing draw_grid(E const& environment, typename E::state_type const& state) {
    constexpr std::size_t cells = E::observation_size / 3;
    std::size_t columns = 1;
    while (columns * columns < cells) {
        ++columns;
    }
    std::array<typename E::real_type, E::observation_size> observation;
    environment.observe(state, observation.data());
    Drawing lines(cells / columns);
    for (std::size_t cell = 0; cell < cells; ++cell) {
        auto const object = static_cast<std::size_t>(observation[3 * cell]);
        auto const facing = static_cast<std::size_t>(observation[3 * cell + 2]);
        char const mark = object == 10 ? ">v<^"[facing % 4] : "  #?+ko?G"[object < 9 ? object : 7];
        (lines[cell / columns] += mark) += ' ';
    }
    return lines;
}
template <class Real, int Size>
Drawing draw(eggroll::environments::DoorKey<Real, Size> const& environment,
             typename eggroll::environments::DoorKey<Real, Size>::state_type const& state) {
    return draw_grid(environment, state);
}
template <class Real>
Drawing draw(eggroll::environments::FourRooms<Real> const& environment,
             typename eggroll::environments::FourRooms<Real>::state_type const& state) {
    return draw_grid(environment, state);
}
template <class Real, int Size, int Obstacles>
Drawing draw(eggroll::environments::DynamicObstacles<Real, Size, Obstacles> const& environment,
             typename eggroll::environments::DynamicObstacles<Real, Size, Obstacles>::state_type const& state) {
    return draw_grid(environment, state);
}

template <class E, int Radius, int... Codes>
Drawing draw(eggroll::environments::Egocentric<E, Radius, Codes...> const& environment,
             typename E::state_type const& state) {
    return draw(static_cast<E const&>(environment), state);
}

/// Its observation begins with (row, column, {body, head, tail, fruit, place}).
template <class Real>
Drawing draw(eggroll::environments::Snake<Real> const& environment,
             typename eggroll::environments::Snake<Real>::state_type const& state) {
    using E = eggroll::environments::Snake<Real>;
    constexpr std::size_t columns = 12;
    std::array<Real, E::observation_size> observation;
    environment.observe(state, observation.data());
    Drawing lines(columns);
    for (std::size_t cell = 0; cell < columns * columns; ++cell) {
        Real const* const here = observation.data() + 5 * cell;
        (lines[cell / columns] += here[1] > 0 ? '@' : here[3] > 0 ? '*' : here[0] > 0 ? 'o' : '.') += ' ';
    }
    return lines;
}

template <class Real>
Drawing draw(eggroll::environments::Game2048<Real> const&,
             typename eggroll::environments::Game2048<Real>::state_type const& state) {
    constexpr std::size_t columns = 4;
    Drawing lines(columns);
    for (std::size_t cell = 0; cell < columns * columns; ++cell) {
        std::string const tile = state.board[cell] == 0 ? "." : std::to_string(1 << state.board[cell]);
        lines[cell / columns] += std::string(7 - tile.size(), ' ') + tile;
    }
    return lines;
}

} // namespace rl
