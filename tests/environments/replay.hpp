// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Recorded transitions, played again on the host and through Kokkos on the default space. tests/data/environments has
/// the records; record_jumanji.py and record_navix.py, which wrote them, say what is in them.

#include <eggroll/tasks/environments/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <Kokkos_Core.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace eggroll::testing {

/// Chance as it fell when the original was recorded.
struct RecordedRandom {
    static constexpr int capacity = 100;
    double chosen[capacity] = {};
    int out_of[capacity] = {}; // 0 for uniform reals
    int count = 0;
    int drawn = 0;
    bool mismatch = false; // something else was asked for than was recorded

    KOKKOS_FUNCTION double next(int expected) {
        if (drawn == count || out_of[drawn] != expected) {
            mismatch = true;
            return 0;
        }
        return chosen[drawn++];
    }
    KOKKOS_FUNCTION int index(int expected) { return static_cast<int>(next(expected)); }
    template <class Real>
    KOKKOS_FUNCTION Real uniform(Real low, Real high) {
        return low + (high - low) * static_cast<Real>(next(0));
    }
    KOKKOS_FUNCTION bool as_recorded() const { return !mismatch && drawn == count; }
};

inline RecordedRandom recorded_random(nlohmann::json const& record) {
    RecordedRandom random;
    for (auto const& choice : record.value("random", nlohmann::json::array())) {
        bool const integer = choice.is_array();
        random.chosen[random.count] = integer ? choice[0].get<double>() : choice.get<double>();
        random.out_of[random.count] = integer ? choice[1].get<int>() : 0;
        ++random.count;
    }
    return random;
}

/// What there is to play.
template <class Environment>
struct Play {
    bool is_reset = false;
    typename Environment::state_type state{};
    int action = 0;
    RecordedRandom random;
};

/// What came of it.
template <class Environment>
struct Outcome {
    typename Environment::state_type state{};
    environments::Transition<typename Environment::real_type> transition;
    typename Environment::real_type observation[Environment::observation_size] = {};
    bool random_as_recorded = false;
};

template <class Environment>
struct Replay {
    Environment environment;
    Play<Environment> const* plays;
    Outcome<Environment>* outcomes;

    KOKKOS_FUNCTION void operator()(int i) const {
        auto& outcome = outcomes[i];
        outcome.state = plays[i].state;
        RecordedRandom random = plays[i].random;
        for (auto& value : outcome.observation) {
            value = -99; // observe must write all of them
        }
        if (plays[i].is_reset) {
            environment.reset(outcome.state, random);
        } else {
            outcome.transition = environment.step(outcome.state, {plays[i].action}, random);
        }
        environment.observe(outcome.state, outcome.observation);
        outcome.random_as_recorded = random.as_recorded();
    }
};

template <class Environment>
std::vector<Outcome<Environment>> play_on_host(Environment const& environment,
                                               std::vector<Play<Environment>> const& plays) {
    std::vector<Outcome<Environment>> outcomes(plays.size());
    Replay<Environment> const replay{environment, plays.data(), outcomes.data()};
    for (std::size_t i = 0; i < plays.size(); ++i) {
        replay(static_cast<int>(i));
    }
    return outcomes;
}

template <class Environment>
std::vector<Outcome<Environment>> play_on_default_space(Environment const& environment,
                                                        std::vector<Play<Environment>> const& plays) {
    using Space = Kokkos::DefaultExecutionSpace;
    using HostPlays = Kokkos::View<Play<Environment> const*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>;
    using HostOutcomes = Kokkos::View<Outcome<Environment>*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>;
    std::vector<Outcome<Environment>> outcomes(plays.size());
    Kokkos::View<Play<Environment>*, Space> const device_plays("eggroll::plays", plays.size());
    Kokkos::View<Outcome<Environment>*, Space> const device_outcomes("eggroll::outcomes", plays.size());
    Kokkos::deep_copy(device_plays, HostPlays(plays.data(), plays.size()));
    Kokkos::parallel_for("eggroll::replay", Kokkos::RangePolicy<Space>(0, static_cast<int>(plays.size())),
                         Replay<Environment>{environment, device_plays.data(), device_outcomes.data()});
    Kokkos::deep_copy(HostOutcomes(outcomes.data(), outcomes.size()), device_outcomes);
    return outcomes;
}

/// The records of an environment, as JSON.
inline nlohmann::json recorded(std::string const& name) {
    auto const path = std::filesystem::path(EGGROLL_RECORDINGS_DIR) / (name + ".json");
    std::ifstream file(path);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return nlohmann::json::parse(file);
}

/// An observation in any of the forms that the scripts write: a list, what isn't zero, or a string of hexadecimal
/// digits.
template <class Real>
std::vector<Real> recorded_observation(nlohmann::json const& recorded, int size) {
    std::vector<Real> observation(static_cast<std::size_t>(size));
    if (recorded.is_object()) {
        auto const index = recorded.at("index").get<std::vector<std::size_t>>();
        auto const value = recorded.at("value").get<std::vector<double>>();
        for (std::size_t i = 0; i < index.size(); ++i) {
            observation.at(index[i]) = static_cast<Real>(value.at(i));
        }
        return observation;
    }
    for (std::size_t i = 0; i < observation.size(); ++i) {
        observation[i] = recorded.is_string()
                             ? static_cast<Real>(
                                   std::stoi(std::string(1, recorded.get_ref<std::string const&>().at(i)), nullptr, 16))
                             : static_cast<Real>(recorded.at(i).get<double>());
    }
    return observation;
}

/// The largest |observation - expected|; infinite if one isn't a number.
template <class Real>
Real largest_difference(Real const* observation, std::vector<Real> const& expected) {
    Real largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        Real const difference = std::abs(observation[i] - expected[i]);
        largest = std::isnan(difference) ? std::numeric_limits<Real>::infinity() : std::max(largest, difference);
    }
    return largest;
}

/// Plays all records of `name` on both routes. `state_before(record)` gives the state that a step starts from;
/// `check(record, play, outcome)` checks what the rewards, ends and observations don't tell. Rewards and observations
/// may differ by `bound`; all else must be equal.
template <class Environment, class StateBefore, class Check>
void replay(std::string const& name, Environment const& environment, StateBefore const& state_before,
            Check const& check, typename Environment::real_type bound = 0) {
    using Real = typename Environment::real_type;
    nlohmann::json const records = recorded(name);
    std::vector<Play<Environment>> plays;
    typename Environment::state_type state{}; // a reset finds the last step's and must overwrite it
    for (auto const& record : records) {
        bool const is_reset = record.at("kind") == "reset";
        if (!is_reset) {
            state = state_before(record);
        }
        plays.push_back({is_reset, state, record.value("action", 0), recorded_random(record)});
    }
    auto const check_all = [&](std::vector<Outcome<Environment>> const& outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            auto const& record = records[i];
            auto const& outcome = outcomes[i];
            CAPTURE(name, i + 2, record.at("kind").dump()); // line i + 2 of the file
            CHECK(outcome.random_as_recorded);
            if (!plays[i].is_reset) {
                CHECK(largest_difference(&outcome.transition.reward, {static_cast<Real>(record.at("reward"))}) <=
                      bound);
                CHECK(outcome.transition.terminated == record.at("terminated").get<bool>());
            }
            if (record.contains("observation") && !record.at("observation").is_null()) {
                auto const expected =
                    recorded_observation<Real>(record.at("observation"), Environment::observation_size);
                CHECK(largest_difference(outcome.observation, expected) <= bound);
            }
            check(record, plays[i], outcome);
        }
    };
    check_all(play_on_host(environment, plays));
    check_all(play_on_default_space(environment, plays));
}

} // namespace eggroll::testing
