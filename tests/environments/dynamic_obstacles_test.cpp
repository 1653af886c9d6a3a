// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/dynamic_obstacles.hpp>

#include "environments/grid_records.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using DynamicObstacles = environments::DynamicObstacles<float>;
using State = DynamicObstacles::state_type;
static_assert(environments::environment<DynamicObstacles>);
static_assert(environments::environment<environments::DynamicObstacles<double>>);

template <int Size, int Balls>
void replay(char const* name, environments::DynamicObstacles<float, Size, Balls> const& environment) {
    using Environment = environments::DynamicObstacles<float, Size, Balls>;
    auto const state_of = [](json const& recorded) {
        environments::DynamicObstaclesState<Balls> state{.agent = testing::agent_of(recorded.at("agent")),
                                                         .steps = recorded.at("steps")};
        for (std::size_t ball = 0; ball < Balls; ++ball) {
            state.ball[ball] = testing::position_of(recorded.at("balls").at(ball));
        }
        return state;
    };
    auto const check = [&](json const& record, testing::Play<Environment> const&,
                           testing::Outcome<Environment> const& outcome) {
        auto const expected = state_of(record.at("after"));
        CHECK(std::ranges::equal(outcome.state.ball, expected.ball)); // they may hide one another
        CHECK(outcome.state.steps == expected.steps);
    };
    auto const state_before = [&](json const& record) { return state_of(record.at("before")); };
    testing::replay(name, environment, state_before, check, testing::reward_bound);
}

} // namespace

TEST_CASE("Dynamic-Obstacles moves, hits, ends and looks as Navix'") {
    replay("dynamic_obstacles", DynamicObstacles{.step_penalty = 0.9f});
    replay("dynamic_obstacles_random", DynamicObstacles{.random_start = true, .step_penalty = 0.9f});
    replay("dynamic_obstacles_5", environments::DynamicObstacles<float, 5, 2>{.step_penalty = 0.9f});
}

TEST_CASE("Each start of Dynamic-Obstacles comes from one choice of the agent and the balls") {
    std::set<std::tuple<int, int, int>> agents;
    for (int cell = 0; cell < 16; ++cell) {
        int const free = cell == 15 ? 15 : 14; // the last is the goal's
        for (int direction = 0; direction < 4; ++direction) {
            std::map<std::pair<int, int>, int> balls;
            for (int ball = 0; ball < free; ++ball) {
                testing::RecordedRandom random{
                    .chosen = {double(cell), double(direction), double(ball), double(free - 1 - ball), double(ball)},
                    .out_of = {16, 4, free, free, free},
                    .count = 5};
                State state;
                DynamicObstacles{.random_start = true}.reset(state, random);
                REQUIRE(random.as_recorded());
                agents.emplace(state.agent.position.row, state.agent.position.column, state.agent.direction);
                for (auto const position : state.ball) {
                    REQUIRE(position != state.agent.position);
                    ++balls[{position.row, position.column}];
                }
            }
            CHECK(balls.size() == static_cast<std::size_t>(free));
            CHECK(!balls.contains({4, 4}));
            for (auto const& [position, count] : balls) {
                CHECK(count == 3);
            }
        }
    }
    CHECK(agents.size() == 64);
}
