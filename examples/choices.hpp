// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the programs that compare settings share: policies that are named on the command line.

#include <eggroll/error.hpp>
#include <eggroll/fitness_shaping.hpp>
#include <eggroll/optimizer/schedule.hpp>

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace choices {

/// A shaping that is chosen at run time. (The library's own are types; here one program compares them.)
struct NamedShaping {
    static constexpr bool ternary = false;
    std::function<void(std::span<double const>, eggroll::ShapingContext const&, std::span<float>)> shape;

    void operator()(std::span<double const> fitness, eggroll::ShapingContext const& context,
                    std::span<float> weights) const {
        shape(fitness, context, weights);
    }
};

inline NamedShaping shaping_of(std::string const& name) {
    if (name == "identity") {
        return {eggroll::Identity{}};
    }
    if (name == "standardize") {
        return {eggroll::Standardize{}};
    }
    if (name == "pair_sign") {
        return {eggroll::PairSign{}};
    }
    return {eggroll::CentredRank{}};
}

/// From `start` to `end_share` times it in the last generation, by the same factor each time.
inline eggroll::Schedule decaying(double start, double end_share, std::uint64_t generations) {
    return eggroll::Schedule::exponential(start, std::pow(end_share, 1.0 / static_cast<double>(generations)));
}

/// Throws eggroll::Error, which names the flag, unless the value is above 0.
template <class Number>
void check_positive(char const* flag, Number value) {
    EGGROLL_EXPECTS(value > 0, std::string(flag) + " is " + std::to_string(value) + "; it must be positive");
}

} // namespace choices
