// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/optimizer/schedule.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace eggroll {

/// What an update rule may know of the generation and of the parameter that it is made for.
struct UpdateContext {
    std::uint64_t generation = 0;          // t, from 0
    double gradient_scale = 1;             // times the kernel's sum over directions = the gradient estimate (ascent)
    std::int64_t vote_deviation = 1;       // integer storage: deviation of a sum of unweighted, independent votes
    std::optional<Schedule> learning_rate; // the parameter's own, if it has one
    Seed seed;                             // of the run
    std::uint32_t parameter = 0;           // id
    std::int64_t first_element = 0;        // of the parameter, as rules count elements
};

/// The optimizer's step size in this context, checked.
inline float learning_rate_at(Schedule const& schedule, UpdateContext const& context) {
    double const rate = context.learning_rate.value_or(schedule).at(context.generation);
    EGGROLL_EXPECTS(rate >= 0, "the learning rate is " + std::to_string(rate) + " in generation " +
                                   std::to_string(context.generation) + "; it must not be negative");
    return static_cast<float>(rate);
}

} // namespace eggroll
