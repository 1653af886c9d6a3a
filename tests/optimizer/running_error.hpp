// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Numbers that know how far float arithmetic may be off them.

#include <algorithm>
#include <cmath>

namespace eggroll::testing {

/// A value, computed in double, and a bound of the error that the same formula has when every operation is rounded to
/// float. An implementation that groups the formula otherwise has about as many roundings: permit twice the bound.
struct RunningError {
    double value = 0;
    double error = 0;

    static constexpr double unit = 0x1p-24; // half an ulp, relative

    constexpr RunningError(double exact) : value(exact) {}
    constexpr RunningError(double result, double inherited)
        : value(result), error(inherited + unit * ((result < 0 ? -result : result) + inherited)) {}

    friend RunningError operator+(RunningError x, RunningError y) { return {x.value + y.value, x.error + y.error}; }
    friend RunningError operator-(RunningError x, RunningError y) { return {x.value - y.value, x.error + y.error}; }
    friend RunningError operator*(RunningError x, RunningError y) {
        return {x.value * y.value, std::abs(x.value) * y.error + std::abs(y.value) * x.error + x.error * y.error};
    }
    friend RunningError operator/(RunningError x, RunningError y) {
        double const quotient = x.value / y.value;
        return {quotient, (x.error + std::abs(quotient) * y.error) / (std::abs(y.value) - y.error)};
    }
    friend RunningError sqrt(RunningError x) {
        double const root = std::sqrt(x.value);
        return {root, root - std::sqrt(std::max(0.0, x.value - x.error))};
    }
    /// Whether `found` is this number but for rounding.
    bool admits(float found) const { return std::abs(static_cast<double>(found) - value) <= 2 * error; }
};

} // namespace eggroll::testing
