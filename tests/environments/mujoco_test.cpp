// SPDX-License-Identifier: Apache-2.0
// Environments on MuJoCo: their states are complete, whichever simulation computes a step; what goes wrong is said.

#include "environments/mujoco_models.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::environments;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

static_assert(environment<InvertedDoublePendulum> && environment<HalfCheetah> && environment<Ant>);
static_assert(host_environment<Ant>);

class ModelFile {
public:
    explicit ModelFile(std::string const& text) : path_(directory_.write("model.xml", text).string()) {}
    std::string const& path() const { return path_; }

private:
    eggroll_test::TemporaryDirectory directory_;
    std::string path_;
};

constexpr std::uint32_t episodes = 6;
constexpr std::uint32_t steps = 50;

template <class E>
typename E::state_type start(E const& environment, std::uint32_t episode) {
    typename E::state_type state;
    EpisodeRandom random(Seed(3).key(), 0, episode, 0);
    environment.reset(state, random);
    return state;
}

/// A step with a random action; returns what it gave.
template <class E>
double step(E const& environment, typename E::state_type& state, std::uint32_t episode, std::uint32_t number) {
    EpisodeRandom random(Seed(4).key(), 0, episode, number);
    typename E::action_type action;
    for (double& value : action.value) {
        value = random.uniform(-1.2, 1.2);
    }
    return environment.step(state, action, random).reward;
}

/// All that is in a state, in bits.
template <class State>
std::vector<std::uint64_t> bits(State const& state) {
    auto const words = std::bit_cast<std::array<std::uint64_t, sizeof(State) / 8>>(state);
    return {words.begin(), words.end()};
}

} // namespace

TEMPLATE_TEST_CASE("a step depends on the state alone, whichever thread's simulation computes it", "",
                   InvertedDoublePendulum, HalfCheetah, Ant) {
    ModelFile const file(testing::plain_model<TestType>());

    // One after the other, each in a simulation of its own, ...
    std::vector<std::vector<std::uint64_t>> expected;
    std::vector<double> expected_return(episodes, 0);
    double most_contact = 0;
    for (std::uint32_t i = 0; i < episodes; ++i) {
        MujocoModel const model(file.path());
        TestType const environment{.simulation = model};
        auto state = start(environment, i);
        for (std::uint32_t k = 1; k <= steps; ++k) {
            expected_return[i] += step(environment, state, i, k);
            most_contact = std::max<double>(most_contact, model.data().nefc);
        }
        expected.push_back(bits(state));
    }
    CHECK(most_contact > 0); // else warm starts have no effect
    CHECK(expected[0] != expected[1]);

    // ... and all in turns, each step by another of three threads.
    constexpr std::uint32_t threads = 3;
    MujocoModel const model(file.path());
    TestType const environment{.simulation = model};
    std::vector<typename TestType::state_type> states;
    for (std::uint32_t i = 0; i < episodes; ++i) {
        states.push_back(start(environment, i));
    }
    std::vector<double> returned(episodes, 0);
    for (std::uint32_t k = 1; k <= steps; ++k) {
        std::vector<std::thread> team;
        for (std::uint32_t thread = 0; thread < threads; ++thread) {
            team.emplace_back([&, thread] {
                for (std::uint32_t i = 0; i < episodes; ++i) {
                    if ((i + k) % threads == thread) {
                        returned[i] += step(environment, states[i], i, k);
                    }
                }
            });
        }
        std::for_each(team.begin(), team.end(), [](std::thread& thread) { thread.join(); });
    }
    for (std::uint32_t i = 0; i < episodes; ++i) {
        CHECK(bits(states[i]) == expected[i]);
        CHECK(returned[i] == expected_return[i]);
    }
}

TEST_CASE("starts are uniform in positions and normal in velocities") {
    ModelFile const file(testing::plain_model<HalfCheetah>());
    MujocoModel const model(file.path());
    HalfCheetah const environment{.simulation = model, .reset_noise = 0.5};
    constexpr std::uint32_t count = 2000;
    double extreme = 0, squares = 0, fourth = 0, normal_extreme = 0;
    for (std::uint32_t episode = 0; episode < count; ++episode) {
        auto const state = start(environment, episode).physics;
        for (mjtNum const x : state.position) {
            extreme = std::max(extreme, std::abs(x));
        }
        for (mjtNum const v : state.velocity) {
            normal_extreme = std::max(normal_extreme, std::abs(v));
            squares += v * v / 0.25;
            fourth += v * v * v * v / 0.0625;
        }
    }
    // 18,000 numbers. Within 5 deviations of the moments' estimates (0.0105 and 0.073), so false with probability 1e-6.
    CHECK(extreme <= 0.5);
    CHECK(extreme > 0.4995); // 1e-8
    CHECK(std::abs(squares / (9 * count) - 1) < 0.053);
    CHECK(std::abs(fourth / (9 * count) - 3) < 0.37);
    CHECK(normal_extreme > 1.5); // normal numbers are below 3 deviations with probability 1e-21
}

TEST_CASE("a simulation that becomes unstable fails, and its thread's next is sound") {
    ModelFile const file(testing::plain_model<Ant>());
    MujocoModel const model(file.path());
    Ant const environment{.simulation = model};
    auto state = start(environment, 0);
    auto next = state;
    step(environment, next, 0, 1);

    auto unstable = state;
    unstable.physics.velocity[0] = 1e12; // beyond what MuJoCo accepts
    mju_user_warning = [](char const*) {};
    CHECK(std::isnan(step(environment, unstable, 0, 1)));
    CHECK(std::isnan(unstable.physics.position[0]));
    mju_user_warning = nullptr;

    step(environment, state, 0, 1);
    CHECK(bits(state) == bits(next));
}

TEST_CASE("models that can't be used are refused by path") {
    CHECK_THROWS_MATCHES(MujocoModel("no/such.xml"), Error,
                         MessageMatches(ContainsSubstring("'no/such.xml'") && ContainsSubstring("MuJoCo")));

    ModelFile const broken("<mujoco><worldbody><body>");
    CHECK_THROWS_MATCHES(MujocoModel(broken.path()), Error, MessageMatches(ContainsSubstring(broken.path())));

    ModelFile const other(testing::plain_model<HalfCheetah>());
    MujocoModel const cheetah(other.path());
    CHECK_THROWS_MATCHES(Ant{.simulation = cheetah}, Error,
                         MessageMatches(ContainsSubstring(other.path()) && ContainsSubstring("9 positions") &&
                                        ContainsSubstring("needs one of 15 positions")));
}
