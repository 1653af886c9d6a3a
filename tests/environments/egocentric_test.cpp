// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/egocentric.hpp>

#include <eggroll/tasks/environments/door_key.hpp>
#include <eggroll/tasks/environments/dynamic_obstacles.hpp>
#include <eggroll/tasks/environments/four_rooms.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace eggroll::environments;
using eggroll::Seed;

constexpr int wall = symbol_code(symbols::wall());
constexpr int locked = symbol_code(symbols::door(false));
constexpr int open = symbol_code(symbols::door(true));
constexpr int key = symbol_code(symbols::key());
constexpr int ball = symbol_code(symbols::ball());
constexpr int goal = symbol_code(symbols::goal());

using Grid = std::vector<std::vector<int>>; // of codes

/// A quarter turn against the clock.
Grid turned(Grid const& grid) {
    std::size_t const size = grid.size();
    Grid result = grid;
    for (std::size_t row = 0; row < size; ++row) {
        for (std::size_t column = 0; column < size; ++column) {
            result[row][column] = grid[column][size - 1 - row];
        }
    }
    return result;
}

/// The observation by turning the whole grid until the agent looks up, and cutting the view out of it.
template <int Radius, class E>
std::vector<float> by_turning(E const& environment, typename E::state_type const& state,
                              std::vector<int> const& codes) {
    constexpr int size = E::Room::size;
    std::vector<float> cells(E::observation_size);
    environment.observe(state, cells.data());
    Grid grid(size, std::vector<int>(size));
    for (int cell = 0; cell < size * size; ++cell) {
        auto const index = static_cast<std::size_t>(3 * cell);
        grid[static_cast<std::size_t>(cell / size)][static_cast<std::size_t>(cell % size)] =
            4 * static_cast<int>(cells[index]) + static_cast<int>(cells[index + 2]);
    }
    bool const carries = grid[0][size - 1] == key;
    grid[0][size - 1] = wall;
    for (int turn = 0; turn < (state.agent.direction + 1) % 4; ++turn) {
        grid = turned(grid);
    }
    int row = 0;
    int column = 0;
    for (int cell = 0; cell < size * size; ++cell) {
        if (grid[static_cast<std::size_t>(cell / size)][static_cast<std::size_t>(cell % size)] / 4 == 10) {
            row = cell / size;
            column = cell % size;
        }
    }
    constexpr int width = 2 * Radius + 1;
    std::vector<float> view(codes.size() * width * width, 0.0F);
    auto const show = [&](int down, int right, int code) {
        auto const found = std::find(codes.begin(), codes.end(), code);
        if (found != codes.end()) {
            auto const plane = static_cast<int>(found - codes.begin());
            view[static_cast<std::size_t>((plane * width + down + Radius) * width + right + Radius)] = 1;
        }
    };
    for (int r = -40; r < 40; ++r) {
        for (int c = -40; c < 40; ++c) {
            bool const outside = r < 0 || r >= size || c < 0 || c >= size;
            int const code = outside ? wall : grid[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)];
            int const down = std::clamp(r - row, -Radius, Radius);
            int const right = std::clamp(c - column, -Radius, Radius);
            if (code != wall || (down == r - row && right == c - column)) {
                show(down, right, code);
            }
        }
    }
    if (carries) {
        show(0, 0, key);
    }
    return view;
}

/// Along walks of random actions.
template <class E, int Radius, int... Codes>
void check_walks(E const& environment) {
    Egocentric<E, Radius, Codes...> const egocentric{environment};
    using Action = typename E::action_type;
    for (std::uint32_t episode = 0; episode < 20; ++episode) {
        typename E::state_type state;
        EpisodeRandom start(Seed(1).key(), 0, episode, 0);
        egocentric.reset(state, start);
        for (std::uint32_t step = 1; step <= 60; ++step) {
            CAPTURE(episode, step);
            std::vector<float> seen(egocentric.observation_size, -1.0F);
            egocentric.observe(state, seen.data());
            REQUIRE(seen == by_turning<Radius>(environment, state, {Codes...}));
            EpisodeRandom random(Seed(1).key(), 0, episode, step);
            Action const action{random.index(6)};
            if (egocentric.step(state, action, random).terminated) {
                break;
            }
        }
    }
}

} // namespace

TEST_CASE("an egocentric view is cut out of the turned grid", "[egocentric]") {
    check_walks<DoorKey<>, 3, wall, locked, open, key, goal>({});
    check_walks<DoorKey<float, 6>, 1, goal, key>({});
    check_walks<FourRooms<>, 6, wall, goal>({});
    check_walks<DynamicObstacles<>, 2, wall, ball, goal>({.random_start = true});
}

TEST_CASE("an egocentric view of a room, by eye", "[egocentric]") {
    // The agent at {2, 1} looks down; the door is to its left, the goal, to its left ahead, is out of sight.
    DoorKeyState state{.agent = {.position = {2, 1}, .direction = 1}, .door = {2, 2}, .key = {1, 1}};
    Egocentric<DoorKey<float, 6>, 1, wall, locked, open, key, goal> const room;
    auto const view = [&] {
        std::vector<float> seen(room.observation_size);
        room.observe(state, seen.data());
        std::string lines(9, '.');
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (seen[i] == 1) {
                char& mark = lines[i % 9];
                mark = mark == '.' ? "#LOKG"[i / 9] : '2'; // 2: two things
            }
        }
        return lines.substr(0, 3) + ' ' + lines.substr(3, 3) + ' ' + lines.substr(6, 3);
    };
    CHECK(view() == "2.# L.# #K#");
    state.key = {0, 5};
    state.has_key = true;
    state.open = true;
    CHECK(view() == "2.# OK# #.#");
}
