// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Means with a control variate. A sample is y, whose mean is wanted, and c, whose mean is 0 exactly; y - k c has the
/// same mean as y for every k, and the least variance for the k of a regression. k comes from samples of their own (the
/// pilot), which the mean doesn't use, so the mean is unbiased at any number of samples.

#include <cmath>
#include <cstdint>
#include <functional>

namespace rank_convergence {

/// Sums over samples (y, c).
struct Sums {
    double n = 0;
    double y = 0;
    double c = 0;
    double yy = 0;
    double yc = 0;
    double cc = 0;

    void add(double sample, double control) {
        n += 1;
        y += sample;
        c += control;
        yy += sample * sample;
        yc += sample * control;
        cc += control * control;
    }
    Sums& operator+=(Sums const& other) {
        n += other.n;
        y += other.y;
        c += other.c;
        yy += other.yy;
        yc += other.yc;
        cc += other.cc;
        return *this;
    }
};

/// A mean and its standard error.
struct Estimate {
    double value = 0;
    double error = 0;
    double samples = 0;
};

/// The regression's k.
inline double control_coefficient(Sums const& s) {
    return (s.yc - s.y * s.c / s.n) / (s.cc - s.c * s.c / s.n);
}

/// The mean of y - k c.
inline Estimate controlled_mean(Sums const& s, double k) {
    double const mean = (s.y - k * s.c) / s.n;
    double const square = (s.yy - 2 * k * s.yc + k * k * s.cc) / s.n;
    return {mean, std::sqrt((square - mean * mean) / (s.n - 1)), s.n};
}

/// Where samples come from: tasks are numbered, each has its own noise, and the sums of a range of tasks don't depend
/// on the number of threads.
struct Sampler {
    std::function<Sums(std::int64_t first_task, std::int64_t tasks)> sample;
    std::int64_t pilot_tasks = 1;
    std::int64_t most_tasks = 1; // after the pilot
};

} // namespace rank_convergence
