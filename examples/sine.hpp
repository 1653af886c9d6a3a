// SPDX-License-Identifier: Apache-2.0
#pragma once

// What small examples train, so that each shows its one policy alone: a network learns a function from evaluations, as
// in quickstart.cpp.

#include <eggroll/eggroll.hpp>

#include <cmath>
#include <cstdint>
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

/// Points of the function, and minus the mean squared error on them as an objective, for strategies whose model has
/// forward(members, x) from one input to one output.
class Sine {
public:
    explicit Sine(std::int64_t points)
        : data_("data", points), x_{&data_(0, 0), points, 1, 1}, y_{&data_(0, 1), points, 1, 1} {
        for (std::int64_t i = 0; i < points; ++i) {
            x_(i, 0) = -1 + 2 * static_cast<float>(i) / static_cast<float>(points - 1);
            y_(i, 0) = std::sin(4 * x_(i, 0)) + x_(i, 0) / 2;
        }
    }

    template <class Strategy>
    void step(Strategy& es) const {
        es.step(objective(es));
    }
    /// Of the mean parameters.
    template <class Strategy>
    double loss(Strategy& es) const {
        return -es.evaluate_mean(objective(es))[0];
    }

private:
    template <class Strategy>
    auto objective(Strategy const& es) const {
        using Members = typename Strategy::members_type;
        return [&](Members const& members, typename Members::fitness_type fitness) {
            auto prediction = es.model().forward(members, members.shared(x_));
            members.for_each(members.size(), MeanSquaredError{prediction, y_, fitness});
        };
    }

    Kokkos::View<float* [2], Kokkos::LayoutLeft, Kokkos::SharedSpace> data_; // (point, x or y)
    eggroll::Array2<float> x_;                                               // (point, 1)
    eggroll::Array2<float> y_;                                               // (point, 1)
};

/// Trains a strategy and prints the loss. The exit code: 0 if the loss ends below `goal`.
template <class Strategy>
int fit_sine(Strategy& es, double goal, int generations = 150) {
    Sine const sine(64);
    std::printf("loss %.4f at first\n", sine.loss(es));
    for (int generation = 1; generation <= generations; ++generation) {
        sine.step(es);
        if (generation % 50 == 0) {
            std::printf("loss %.4f after %d generations\n", sine.loss(es), generation);
        }
    }
    if (!(sine.loss(es) < goal)) {
        std::printf("it did not get below %g\n", goal);
        return 1;
    }
    return 0;
}
