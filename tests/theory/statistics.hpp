// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Means with their standard errors, and the bound that all statistical tests of the theory share.
///
/// Seeds are fixed, so a test passes always or never. False alarms are what a change of the noise risks: a mean beyond
/// `deviations` = 5 standard errors has probability 6e-7 (normal law, two sides); where the error is estimated from 256
/// batches 1e-6, from 128 batches 2e-6 (Student's law). Fourth powers of products are skewed, which makes it a few
/// times more.

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <string>

namespace eggroll::testing {

inline constexpr double deviations = 5;

/// Mean and standard error of independent values (Welford's recurrence).
class RunningMean {
public:
    void add(double value) {
        ++count_;
        double const change = value - mean_;
        mean_ += change / static_cast<double>(count_);
        squares_ += change * (value - mean_);
    }
    double mean() const { return mean_; }
    double standard_error() const {
        auto const n = static_cast<double>(count_);
        return std::sqrt(squares_ / (n * (n - 1)));
    }

private:
    std::int64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

/// The mean is `expected` within `deviations` standard errors, and these are below `effect`, the size of what a wrong
/// formula would change: a test that measures too coarsely fails too.
inline void check_mean(std::string const& what, RunningMean const& measured, double expected, double effect) {
    INFO(what << ": " << measured.mean() << " +- " << measured.standard_error() << ", expected " << expected);
    CHECK(std::abs(measured.mean() - expected) <= deviations * measured.standard_error());
    CHECK(deviations * measured.standard_error() < effect);
}

} // namespace eggroll::testing
