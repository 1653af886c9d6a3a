// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/snake.hpp>

#include "environments/replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <set>
#include <utility>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using Snake = environments::Snake<float>;
using SnakeState = environments::SnakeState;
static_assert(environments::environment<Snake>);
static_assert(environments::environment<environments::Snake<double>>);

SnakeState state_before(json const& record) {
    json const& before = record.at("before");
    SnakeState state;
    state.length = 0;
    for (auto const& cell : before.at("body")) { // tail first
        state.order[cell.get<std::size_t>()] = static_cast<std::uint8_t>(++state.length);
    }
    state.head = before.at("head");
    state.fruit = before.at("fruit");
    state.steps = before.at("steps");
    return state;
}

} // namespace

TEST_CASE("Snake moves, eats, dies and looks as Jumanji's") {
    Snake const snake;
    auto const check = [&](json const& record, testing::Play<Snake> const& play,
                           testing::Outcome<Snake> const& outcome) {
        if (!play.is_reset) {
            auto const legal = record.at("before").at("legal").get<std::array<int, 4>>();
            for (std::size_t action = 0; action < 4; ++action) {
                CHECK(snake.legal(play.state, {static_cast<int>(action)}) == (legal[action] == 1));
            }
        }
        if (!record.at("after").is_null()) {
            CHECK(outcome.state.length == static_cast<int>(record.at("after").at("body").size()));
            CHECK(outcome.state.head == record.at("after").at("head"));
        }
    };
    // XLA may multiply by 1 / length, so its order / length may be off by a unit in the last place.
    testing::replay("snake", snake, state_before, check, 0x1p-24f);
}

TEST_CASE("Each start of Snake comes from one choice: head anywhere, fruit anywhere else") {
    std::set<std::pair<int, int>> starts;
    for (int head = 0; head < 144; ++head) {
        for (int free = 0; free < 143; ++free) {
            testing::RecordedRandom random{
                .chosen = {double(head / 12), double(head % 12), double(free)}, .out_of = {12, 12, 143}, .count = 3};
            SnakeState state;
            Snake{}.reset(state, random);
            REQUIRE(random.as_recorded());
            REQUIRE(state.order[state.head] == 1);
            REQUIRE(state.fruit != state.head);
            starts.emplace(state.head, state.fruit);
        }
    }
    CHECK(starts.size() == 144 * 143);
}
