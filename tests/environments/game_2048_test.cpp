// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/game_2048.hpp>

#include "environments/replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using Game2048 = environments::Game2048<float>;
using Board = std::vector<std::uint8_t>;
static_assert(environments::environment<Game2048>);
static_assert(environments::environment<environments::Game2048<double>>);

environments::Game2048State state_before(json const& record) {
    environments::Game2048State state;
    std::ranges::copy(record.at("before").get<Board>(), state.board);
    return state;
}

} // namespace

TEST_CASE("2048 slides, merges, ends and looks as Jumanji's") {
    Game2048 const game;
    auto const check = [&](json const& record, testing::Play<Game2048> const& play,
                           testing::Outcome<Game2048> const& outcome) {
        CHECK(Board(outcome.state.board, outcome.state.board + 16) == record.at("after").get<Board>());
        if (!play.is_reset) {
            auto const legal = record.at("legal").get<std::array<int, 4>>();
            for (std::size_t action = 0; action < 4; ++action) {
                CHECK(game.legal(play.state, {static_cast<int>(action)}) == (legal[action] == 1));
            }
        }
    };
    testing::replay("game_2048", game, state_before, check);
}

TEST_CASE("The first tile of 2048 is on any cell, a four once in ten") {
    std::vector<int> twos(16);
    std::vector<int> fours(16);
    for (int cell = 0; cell < 16; ++cell) {
        for (int choice = 0; choice < 10; ++choice) {
            testing::RecordedRandom random{.chosen = {double(cell), double(choice)}, .out_of = {16, 10}, .count = 2};
            environments::Game2048State state;
            Game2048{}.reset(state, random);
            REQUIRE(random.as_recorded());
            for (std::size_t i = 0; i < 16; ++i) {
                twos[i] += state.board[i] == 1;
                fours[i] += state.board[i] == 2;
            }
        }
    }
    CHECK(twos == std::vector<int>(16, 9));
    CHECK(fours == std::vector<int>(16, 1));
}
