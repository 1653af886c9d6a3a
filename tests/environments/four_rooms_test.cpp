// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/four_rooms.hpp>

#include "environments/grid_records.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using FourRooms = environments::FourRooms<float>;
using State = environments::FourRoomsState;
static_assert(environments::environment<FourRooms>);
static_assert(environments::environment<environments::FourRooms<double>>);

State state_of(json const& recorded) {
    State state{.agent = testing::agent_of(recorded.at("agent")),
                .goal = testing::position_of(recorded.at("goal")),
                .steps = recorded.at("steps")};
    std::ranges::copy(recorded.at("rows").get<std::array<int, 2>>(), state.open_rows);
    std::ranges::copy(recorded.at("columns").get<std::array<int, 2>>(), state.open_columns);
    return state;
}

} // namespace

TEST_CASE("FourRooms moves, ends and looks as Navix'") {
    auto const check = [](json const& record, testing::Play<FourRooms> const&,
                          testing::Outcome<FourRooms> const& outcome) {
        State const expected = state_of(record.at("after"));
        CHECK(outcome.state.agent.position == expected.agent.position);
        CHECK(outcome.state.agent.direction == expected.agent.direction);
        CHECK(outcome.state.goal == expected.goal);
        CHECK(std::ranges::equal(outcome.state.open_rows, expected.open_rows));
        CHECK(std::ranges::equal(outcome.state.open_columns, expected.open_columns));
        CHECK(outcome.state.steps == expected.steps);
    };
    auto const state_before = [](json const& record) { return state_of(record.at("before")); };
    testing::replay("four_rooms", FourRooms{.step_penalty = 0.9f}, state_before, check, testing::reward_bound);
}

TEST_CASE("Each start of FourRooms comes from one choice of its openings, its agent and its goal") {
    std::set<std::tuple<int, int>> openings;
    for (int u = 0; u < 8; ++u) {
        for (int v = 0; v < 8; ++v) {
            std::set<std::pair<int, int>> agents;
            std::set<std::pair<int, int>> goals;
            for (int cell = 0; cell < 260; ++cell) {
                testing::RecordedRandom random{.chosen = {double(u), double(v), double(cell), double(259 - cell)},
                                               .out_of = {8, 8, 260, 260},
                                               .count = 4};
                State state;
                FourRooms{}.reset(state, random);
                REQUIRE(random.as_recorded());
                REQUIRE(state.agent.direction == v % 4);
                agents.emplace(state.agent.position.row, state.agent.position.column);
                goals.emplace(state.goal.row, state.goal.column);
                openings.emplace(state.open_rows[0], state.open_columns[0]);
            }
            CHECK(agents.size() == 260);
            CHECK(agents == goals);
            CHECK(!agents.contains({9, 9}));
            CHECK(!agents.contains({9, 10}));
        }
    }
    CHECK(openings.size() == 64);
}
