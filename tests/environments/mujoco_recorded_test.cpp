// SPDX-License-Identifier: Apache-2.0
// Environments on MuJoCo against trajectories of Gymnasium, recorded by record_mujoco.py: rewards, ends and
// observations as functions of recorded states, on models of ours; steps from recorded states, where Gymnasium's models
// are.

#include "environments/mujoco_models.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll::environments;

template <class E>
constexpr char const* name = nullptr;
template <>
constexpr char const* name<InvertedDoublePendulum> = "inverted_double_pendulum";
template <>
constexpr char const* name<HalfCheetah> = "half_cheetah";
template <>
constexpr char const* name<Ant> = "ant";

template <class E>
using Numbers = std::array<double, sizeof(typename E::state_type) / sizeof(double)>;

template <class E>
struct RecordedStep {
    typename E::state_type before{};
    typename E::action_type action{};
    typename E::state_type after{};
    std::array<double, E::observation_size> observation{}; // to 9 digits
    double reward = 0;
    bool terminated = false;
};

template <class E>
std::vector<RecordedStep<E>> recording() {
    std::ifstream file(std::filesystem::path(EGGROLL_RECORDINGS_DIR) / (std::string(name<E>) + ".txt"));
    std::vector<RecordedStep<E>> steps;
    Numbers<E> state{};
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        auto const read = [&](auto& values) {
            for (double& value : values) {
                words >> value;
            }
        };
        std::string kind;
        words >> kind;
        if (kind == "start") {
            read(state);
        } else {
            RecordedStep<E> step{.before = std::bit_cast<typename E::state_type>(state)};
            read(step.action.value);
            read(state);
            step.after = std::bit_cast<typename E::state_type>(state);
            read(step.observation);
            words >> step.reward >> step.terminated;
            steps.push_back(step);
        }
        if (!words || words.rdbuf()->in_avail() != 0) {
            throw std::runtime_error("a recorded line is too short or too long");
        }
    }
    return steps;
}

Transition<double> outcome(InvertedDoublePendulum const& e, RecordedStep<InvertedDoublePendulum> const& step) {
    return e.outcome(step.after);
}
Transition<double> outcome(HalfCheetah const& e, RecordedStep<HalfCheetah> const& step) {
    return e.outcome(step.before, step.action, step.after);
}
Transition<double> outcome(Ant const& e, RecordedStep<Ant> const& step) {
    return e.outcome(step.before.torso_x, step.action, step.after);
}

/// |a - b| in units of the larger of 1 and |b|.
double distance(double a, double b) {
    return std::abs(a - b) / std::max(1.0, std::abs(b));
}

/// 3.4.0.
constexpr int last_that_moves_ants_so = 340;

} // namespace

TEMPLATE_TEST_CASE("rewards, ends and observations are Gymnasium's", "", InvertedDoublePendulum, HalfCheetah, Ant) {
    eggroll_test::TemporaryDirectory const directory;
    MujocoModel const model(directory.write("model.xml", eggroll::testing::plain_model<TestType>()).string());
    TestType const environment{.simulation = model};
    auto const recorded = recording<TestType>();
    REQUIRE(recorded.size() >= 16);
    for (auto const& step : recorded) {
        auto const [reward, terminated] = outcome(environment, step);
        CHECK(distance(reward, step.reward) <= 1e-9); // contact forces and the like have 9 digits
        CHECK(terminated == step.terminated);
        std::array<double, TestType::observation_size> observation{};
        environment.observe(step.after, observation.data());
        double worst = 0;
        for (std::size_t i = 0; i < observation.size(); ++i) {
            worst = std::max(worst, distance(observation[i], step.observation[i]));
        }
        CHECK(worst <= 1e-8);
    }
}

TEST_CASE("an ant is unhealthy out of the range of heights or when a number isn't finite") {
    eggroll_test::TemporaryDirectory const directory;
    MujocoModel const model(directory.write("model.xml", eggroll::testing::plain_model<Ant>()).string());
    Ant const environment{.simulation = model};
    Ant::state_type state{};
    auto const over = [&](double height) {
        state.physics.position[2] = height;
        return environment.outcome(0, {}, state).terminated;
    };
    CHECK(over(0.19999));
    CHECK_FALSE(over(0.2));
    CHECK_FALSE(over(1.0));
    CHECK(over(1.00001));
    state.physics.velocity[13] = INFINITY;
    CHECK(over(0.5));
}

TEMPLATE_TEST_CASE("steps from recorded states on Gymnasium's models", "", InvertedDoublePendulum, HalfCheetah, Ant) {
    char const* const models = std::getenv("EGGROLL_MUJOCO_MODELS");
    if (models == nullptr || *models == 0) {
        SKIP("needs Gymnasium's models: set EGGROLL_MUJOCO_MODELS to the directory that holds them");
    }
    if (std::is_same_v<TestType, Ant> && mj_version() > last_that_moves_ants_so) {
        SKIP("the ant moves otherwise than recorded in MuJoCo after 3.4.0, such as this " << mj_versionString());
    }
    MujocoModel const model((std::filesystem::path(models) / (std::string(name<TestType>) + ".xml")).string());
    TestType const environment{.simulation = model};
    double worst = 0; // 2.2.2 gives the recorded bits; from 3.1.6 to 4.0.0 rounding differs, by 4e-11 at most
    auto const recorded = recording<TestType>();
    REQUIRE(recorded.size() >= 16);
    for (auto const& step : recorded) {
        auto state = step.before;
        EpisodeRandom random({}, 0, 0, 1);
        auto const [reward, terminated] = environment.step(state, step.action, random);
        CHECK(terminated == step.terminated);
        worst = std::max(worst, distance(reward, step.reward));
        auto const numbers = std::bit_cast<Numbers<TestType>>(state);
        auto const expected = std::bit_cast<Numbers<TestType>>(step.after);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            worst = std::max(worst, distance(numbers[i], expected[i]));
        }
    }
    CHECK(worst <= 1e-9); // contact forces have 9 digits
}
