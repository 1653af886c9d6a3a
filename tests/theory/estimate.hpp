// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The gradient estimate of a whole strategy: members' parameters through the model's forward pass, fitness unshaped,
/// the update by plain gradient ascent of learning rate 1. What moves the parameters is the estimate.

#include "theory/statistics.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace eggroll::testing {

/// Of a matrix (rows, columns), row-major.
using DenseObjective = std::function<double(std::span<double const>)>;

struct EstimateOptions {
    int rank = 1; // 0: FullRank
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    float sigma = 0.5F;
    std::vector<double> mean = {}; // (rows, columns); empty: zeros
    bool antithetic = true;
    std::int64_t population = 2048;
    int generations = 256; // of independent noise from the same parameters
};

/// One estimate per generation: (generation, rows * columns). The objective is called by several threads at once.
std::vector<std::vector<double>> estimates(EstimateOptions const& options, DenseObjective const& objective);

/// The estimates' projection on a direction (rows, columns).
inline RunningMean along(std::vector<std::vector<double>> const& estimates, std::span<double const> direction) {
    RunningMean mean;
    for (auto const& estimate : estimates) {
        double sum = 0;
        for (std::size_t i = 0; i < direction.size(); ++i) {
            sum += estimate[i] * direction[i];
        }
        mean.add(sum);
    }
    return mean;
}

/// One entry of the estimates.
inline RunningMean entry(std::vector<std::vector<double>> const& estimates, std::size_t index) {
    RunningMean mean;
    for (auto const& estimate : estimates) {
        mean.add(estimate[index]);
    }
    return mean;
}

} // namespace eggroll::testing
