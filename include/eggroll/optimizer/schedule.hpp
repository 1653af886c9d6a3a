// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>

#include <cmath>
#include <cstdint>
#include <string>

namespace eggroll {

/// A hyperparameter that changes with the generation: a learning rate, sigma, the threshold's alpha. A plain number is
/// the constant schedule, so options read `.learning_rate = 0.01f` or `.learning_rate = Schedule::exponential(0.01f,
/// 0.999f)`.
class Schedule {
public:
    constexpr Schedule(float value) : start_(value) {}
    constexpr Schedule(double value) : start_(value) {}

    /// start * factor^t
    static constexpr Schedule exponential(double start, double factor) {
        return {Shape::exponential, start, factor, 0};
    }
    /// From start to end over `generations`, then end.
    static Schedule linear(double start, double end, std::uint64_t generations) {
        EGGROLL_EXPECTS(generations > 0, "Schedule::linear over 0 generations; give at least 1");
        return {Shape::linear, start, end, static_cast<double>(generations)};
    }
    /// start / (1 + rate * t): EGG's alpha with start 1.
    static constexpr Schedule inverse_time(double start, double rate) { return {Shape::inverse_time, start, rate, 0}; }

    /// Its value in generation t, from 0.
    double at(std::uint64_t t) const {
        auto const time = static_cast<double>(t);
        switch (shape_) {
        case Shape::exponential:
            return start_ * std::pow(parameter_, time);
        case Shape::linear:
            return time >= span_ ? parameter_ : start_ + (parameter_ - start_) * (time / span_);
        case Shape::inverse_time:
            return start_ / (1.0 + parameter_ * time);
        case Shape::constant:
            break;
        }
        return start_;
    }

private:
    enum class Shape { constant, exponential, linear, inverse_time };
    constexpr Schedule(Shape shape, double start, double parameter, double span)
        : shape_(shape), start_(start), parameter_(parameter), span_(span) {}

    Shape shape_ = Shape::constant;
    double start_ = 0;
    double parameter_ = 0; // factor, end or rate
    double span_ = 0;      // generations of the linear one
};

} // namespace eggroll
