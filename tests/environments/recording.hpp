// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the original packages of environments did, as tests/environments/record_*.py wrote it down.

#include <array>
#include <bit>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace eggroll::testing {

/// An environment's state, a struct of Reals, as numbers.
template <class E>
using Numbers = std::array<typename E::real_type, sizeof(typename E::state_type) / sizeof(typename E::real_type)>;

template <class E>
Numbers<E> numbers(typename E::state_type const& state) {
    return std::bit_cast<Numbers<E>>(state);
}

/// One step of an environment E of doubles.
template <class E>
struct RecordedStep {
    bool first = false; // of a trajectory
    typename E::state_type before{};
    double action = 0;
    typename E::state_type after{};
    std::array<double, E::observation_size> observation{}; // numbers of float32
    double reward = 0;
    bool terminated = false;
};

/// The recorded number of an action as an action of E.
template <class E>
typename E::action_type action_of(double recorded) {
    typename E::action_type action;
    if constexpr (requires { E::action_type::actions; }) {
        action.value = static_cast<int>(recorded);
    } else {
        action.value[0] = static_cast<typename E::real_type>(recorded);
    }
    return action;
}

/// Reads a file of lines `start STATE` and `step ACTION STATE OBSERVATION REWARD TERMINATED`.
template <class E>
std::vector<RecordedStep<E>> read_recording(std::string const& path) {
    static_assert(std::is_same_v<typename E::real_type, double>, "recordings are doubles");
    auto const read = [&path](std::istream& in, auto& values) {
        for (double& value : values) {
            if (!(in >> value)) {
                throw std::runtime_error("a line of " + path + " is too short");
            }
        }
    };
    std::ifstream file(path);
    std::vector<RecordedStep<E>> steps;
    Numbers<E> state{};
    bool first = false;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        if (kind == "start") {
            read(words, state);
            first = true;
            continue;
        }
        RecordedStep<E> step{.first = first, .before = std::bit_cast<typename E::state_type>(state)};
        std::array<double, 1> number{};
        read(words, number);
        step.action = number[0];
        read(words, state);
        step.after = std::bit_cast<typename E::state_type>(state);
        read(words, step.observation);
        read(words, number);
        step.reward = number[0];
        read(words, number);
        step.terminated = number[0] != 0;
        steps.push_back(step);
        first = false;
    }
    if (steps.empty()) {
        throw std::runtime_error(path + " holds no recorded steps");
    }
    return steps;
}

} // namespace eggroll::testing
