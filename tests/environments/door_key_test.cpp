// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/environments/door_key.hpp>

#include "environments/grid_records.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <tuple>

namespace environments = eggroll::environments;
namespace testing = eggroll::testing;
using nlohmann::json;

namespace {

using DoorKey = environments::DoorKey<float>;
using State = environments::DoorKeyState;
static_assert(environments::environment<DoorKey>);
static_assert(environments::environment<environments::DoorKey<double>>);

State state_of(json const& recorded, int size) {
    return {.agent = testing::agent_of(recorded.at("agent")),
            .door = testing::position_of(recorded.at("door")),
            .key = testing::position_of(recorded.at("key"), size),
            .has_key = recorded.at("has_key"),
            .open = recorded.at("open"),
            .steps = recorded.at("steps")};
}

template <int Size>
void replay(char const* name) {
    using Environment = environments::DoorKey<float, Size>;
    auto const check = [](json const& record, testing::Play<Environment> const&,
                          testing::Outcome<Environment> const& outcome) {
        State const expected = state_of(record.at("after"), Size);
        CHECK(outcome.state.agent.position == expected.agent.position);
        CHECK(outcome.state.key == expected.key);
        CHECK(outcome.state.has_key == expected.has_key);
        CHECK(outcome.state.open == expected.open);
        CHECK(outcome.state.steps == expected.steps);
    };
    auto const state_before = [](json const& record) { return state_of(record.at("before"), Size); };
    testing::replay(name, Environment{.step_penalty = 0.9f}, state_before, check, testing::reward_bound);
}

} // namespace

TEST_CASE("DoorKey moves, unlocks, ends and looks as Navix'") {
    replay<8>("door_key");
    replay<5>("door_key_5");
}

TEST_CASE("By default DoorKey gives 1 at the goal and lasts 100 steps, as navix.make has it") {
    CHECK(DoorKey{}.step_penalty == 0);
    CHECK(DoorKey{}.max_steps == 100);
    State state{.agent = {.position = {6, 5}}, .door = {3, 3}, .key = {0, 7}, .has_key = true, .open = true};
    testing::RecordedRandom random;
    auto const transition = DoorKey{}.step(state, {2}, random);
    CHECK(transition.terminated);
    CHECK(transition.reward == 1);
}

TEST_CASE("Each start of DoorKey comes from one choice of the wall, the door and the key") {
    std::set<std::tuple<int, int, int, int>> starts;
    int choices = 0;
    for (int column = 2; column <= 5; ++column) {
        for (int row = 1; row <= 6; ++row) {
            int const keys = 6 * (column - 1) - 1;
            for (int key = 0; key < keys; ++key) {
                testing::RecordedRandom random{
                    .chosen = {double(column - 2), double(row - 1), double(key)}, .out_of = {4, 6, keys}, .count = 3};
                State state;
                DoorKey{}.reset(state, random);
                REQUIRE(random.as_recorded());
                REQUIRE(state.door == environments::GridPosition{row, column});
                REQUIRE((state.key.row >= 1 && state.key.row <= 6));
                REQUIRE((state.key.column >= 1 && state.key.column < column));
                REQUIRE(state.key != state.agent.position);
                starts.emplace(row, column, state.key.row, state.key.column);
                ++choices;
            }
        }
    }
    CHECK(starts.size() == static_cast<std::size_t>(choices));
    CHECK(choices == 6 * (5 + 11 + 17 + 23));
}
