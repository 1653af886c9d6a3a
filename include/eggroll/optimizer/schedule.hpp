// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>

#include <cmath>
#include <cstdint>
#include <numbers>
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
    /// From start to end over `generations` along half a cosine, slow at both ends, then end (Loshchilov and Hutter,
    /// arXiv 1608.03983).
    static Schedule cosine(double start, double end, std::uint64_t generations) {
        EGGROLL_EXPECTS(generations > 0, "Schedule::cosine over 0 generations; give at least 1");
        return {Shape::cosine, start, end, static_cast<double>(generations)};
    }
    /// start / (1 + rate * t): EGG's alpha with start 1.
    static constexpr Schedule inverse_time(double start, double rate) { return {Shape::inverse_time, start, rate, 0}; }
    /// One's own: value(t). It must give the same whenever it is asked, or runs are not reproducible.
    static Schedule function(double (*value)(std::uint64_t t)) {
        EGGROLL_EXPECTS(value != nullptr, "Schedule::function of a null pointer; give a function of the generation");
        Schedule schedule(Shape::function, 0, 0, 0);
        schedule.function_ = value;
        return schedule;
    }

    /// This schedule, times (t + 1) / generations in the first `generations`.
    constexpr Schedule with_warm_up(std::uint64_t generations) const {
        Schedule schedule = *this;
        schedule.warm_up_ = static_cast<double>(generations);
        return schedule;
    }

    /// Its value in generation t, from 0.
    double at(std::uint64_t t) const {
        auto const time = static_cast<double>(t);
        return time + 1.0 < warm_up_ ? value(t, time) * ((time + 1.0) / warm_up_) : value(t, time);
    }

private:
    enum class Shape { constant, exponential, linear, cosine, inverse_time, function };
    constexpr Schedule(Shape shape, double start, double parameter, double span)
        : shape_(shape), start_(start), parameter_(parameter), span_(span) {}

    double value(std::uint64_t t, double time) const {
        switch (shape_) {
        case Shape::exponential:
            return start_ * std::pow(parameter_, time);
        case Shape::linear:
            return time >= span_ ? parameter_ : start_ + (parameter_ - start_) * (time / span_);
        case Shape::cosine:
            return time >= span_
                       ? parameter_
                       : parameter_ + (start_ - parameter_) * 0.5 * (1.0 + std::cos(std::numbers::pi * (time / span_)));
        case Shape::inverse_time:
            return start_ / (1.0 + parameter_ * time);
        case Shape::function:
            return function_(t);
        case Shape::constant:
            break;
        }
        return start_;
    }

    Shape shape_ = Shape::constant;
    double start_ = 0;
    double parameter_ = 0; // factor, end or rate
    double span_ = 0;      // generations of the linear and the cosine one
    double warm_up_ = 0;   // generations
    double (*function_)(std::uint64_t) = nullptr;
};

} // namespace eggroll
