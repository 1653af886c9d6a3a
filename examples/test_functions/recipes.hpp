// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "functions.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace test_functions {

/// From one number to another over the generations of a run, by a constant factor.
using Decay = std::pair<double, double>;

/// How a function is minimised in one dimension, and the value that is then reached. Adam, centred ranks.
struct Recipe {
    Function function;
    std::int64_t rows; // the point as a matrix
    std::int64_t columns;
    float start; // deviation of the first point's coordinates about 0
    std::int64_t population;
    std::uint64_t generations;
    Decay sigma;
    Decay learning_rate;
    double target; // reached at rank 1 and at full rank, with some room: docs/black_box.md

    std::int64_t dimension() const { return rows * columns; }
};

/// Rastrigin's sigma begins at 1, the distance between its minima: what the population sees is then its bowl. In 1,000
/// dimensions and more Rosenbrock's budget ends on the floor of the valley.
inline constexpr std::array<Recipe, 12> recipes = {{
    {Function::sphere, 2, 5, 2, 64, 1000, {0.1, 1e-4}, {0.1, 1e-4}, 1e-6},
    {Function::sphere, 10, 10, 2, 64, 1000, {0.1, 1e-4}, {0.1, 1e-4}, 1e-4},
    {Function::sphere, 25, 40, 2, 128, 1500, {0.1, 1e-4}, {0.1, 1e-4}, 0.01},
    {Function::sphere, 100, 100, 2, 512, 800, {0.1, 1e-3}, {0.1, 1e-3}, 2},
    {Function::rosenbrock, 2, 5, 0.1F, 64, 10000, {0.03, 3e-3}, {0.03, 3e-4}, 1e-3},
    {Function::rosenbrock, 10, 10, 0.1F, 256, 10000, {0.03, 3e-3}, {0.05, 1e-3}, 0.05},
    {Function::rosenbrock, 25, 40, 1, 256, 2000, {0.03, 3e-3}, {0.05, 1e-3}, 1000},
    {Function::rosenbrock, 100, 100, 1, 512, 500, {0.03, 0.01}, {0.05, 5e-3}, 20000},
    {Function::rastrigin, 2, 5, 2, 128, 2000, {1, 0.01}, {0.1, 1e-3}, 0.01},
    {Function::rastrigin, 10, 10, 2, 512, 2000, {1, 0.03}, {0.1, 1e-3}, 5},
    {Function::rastrigin, 25, 40, 2, 2048, 1000, {1, 0.1}, {0.1, 2e-3}, 100},
    {Function::rastrigin, 100, 100, 2, 1024, 400, {1, 0.1}, {0.2, 3e-3}, 40000},
}};

} // namespace test_functions
