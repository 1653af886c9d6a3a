// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the custom_* examples train, so that each of them shows its one policy alone: a small network learns a function
// from evaluations, as in quickstart.cpp.

#include <eggroll/eggroll.hpp>

#include <cmath>
#include <cstdio>

struct MeanSquaredError {                    // minus it: fitness is maximised
    eggroll::Array2<float const> prediction; // (member x point, 1)
    eggroll::Array2<float const> target;     // (point, 1)
    eggroll::Fitness fitness;                // (member)

    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        double sum = 0;
        for (std::int64_t point = 0; point < target.rows; ++point) {
            double const error = prediction(member * target.rows + point, 0) - target(point, 0);
            sum += error * error;
        }
        fitness(member) = -sum / static_cast<double>(target.rows);
    }
};

/// Trains a strategy whose model has forward(members, x) from one input to one output, and prints the loss of the mean
/// parameters. The exit code: 0 if the loss ends below `goal`.
template <class Strategy>
int fit_sine(Strategy& es, double goal, int generations = 150) {
    constexpr std::int64_t points = 64;
    Kokkos::View<float* [2], Kokkos::LayoutLeft, Kokkos::SharedSpace> data("data", points);
    eggroll::Array2<float> x{&data(0, 0), points, 1, 1};
    eggroll::Array2<float> y{&data(0, 1), points, 1, 1};
    for (std::int64_t i = 0; i < points; ++i) {
        x(i, 0) = -1 + 2 * static_cast<float>(i) / (points - 1);
        y(i, 0) = std::sin(4 * x(i, 0)) + x(i, 0) / 2;
    }
    using Members = typename Strategy::members_type;
    auto objective = [&](Members const& members, typename Members::fitness_type fitness) {
        auto prediction = es.model().forward(members, members.shared(x));
        members.for_each(members.size(), MeanSquaredError{prediction, y, fitness});
    };
    auto loss = [&] { return -es.evaluate_mean(objective)[0]; };
    std::printf("loss %.4f at first\n", loss());
    for (int generation = 1; generation <= generations; ++generation) {
        es.step(objective);
        if (generation % 50 == 0) {
            std::printf("loss %.4f after %d generations\n", loss(), generation);
        }
    }
    if (!(loss() < goal)) {
        std::printf("it did not get below %g\n", goal);
        return 1;
    }
    return 0;
}
