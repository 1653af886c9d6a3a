// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace eggroll {

/// What one generation did.
struct Report {
    std::uint64_t generation = 0; // its number, from 0
    double fitness_mean = 0;      // of the members that did not fail
    double fitness_min = 0;
    double fitness_max = 0;
    double fitness_deviation = 0;
    std::int64_t failed_members = 0; // fitness NaN or infinite: no vote
    double moved_fraction = 0;       // share of the parameters that changed
    double update_norm = 0;          // Euclidean norm of the change, in stored units
    double evaluate_seconds = 0;
    double update_seconds = 0;
};

} // namespace eggroll
