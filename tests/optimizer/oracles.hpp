// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Optimizers as their papers write them, over whole vectors in double. Each gives the step that follows from the
/// gradients so far and the current parameters.

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/sgd.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace eggroll::testing {

using Values = std::vector<double>;

inline double norm(Values const& values) {
    double squares = 0;
    for (double const value : values) {
        squares += value * value;
    }
    return std::sqrt(squares);
}

inline Values scaled(Values values, double factor) {
    for (double& value : values) {
        value *= factor;
    }
    return values;
}

template <class Optimizer>
class Oracle;

template <>
class Oracle<Sgd> {
public:
    explicit Oracle(Sgd options) : options_(std::move(options)) {}

    Values step(std::uint64_t t, Values const& gradient, Values const&) {
        velocity_.resize(gradient.size());
        Values step(gradient.size());
        double const momentum = options_.momentum;
        for (std::size_t i = 0; i < step.size(); ++i) {
            velocity_[i] = momentum * velocity_[i] + gradient[i];
            step[i] = options_.learning_rate.at(t) *
                      (options_.nesterov ? gradient[i] + momentum * velocity_[i] : velocity_[i]);
        }
        return step;
    }

private:
    Sgd options_;
    Values velocity_;
};

/// AdamW, and Adam with weight_decay 0.
template <class Options>
class AdamOracle {
public:
    AdamOracle(Options options, double weight_decay) : options_(std::move(options)), weight_decay_(weight_decay) {}

    Values step(std::uint64_t t, Values const& gradient, Values const& parameters) {
        first_.resize(gradient.size());
        second_.resize(gradient.size());
        double const beta1 = options_.beta1;
        double const beta2 = options_.beta2;
        double const rate = options_.learning_rate.at(t);
        auto const steps = static_cast<double>(t + 1);
        Values step(gradient.size());
        for (std::size_t i = 0; i < step.size(); ++i) {
            first_[i] = beta1 * first_[i] + (1 - beta1) * gradient[i];
            second_[i] = beta2 * second_[i] + (1 - beta2) * gradient[i] * gradient[i];
            double const mean = first_[i] / (1 - std::pow(beta1, steps));
            double const square = second_[i] / (1 - std::pow(beta2, steps));
            step[i] = rate * mean / (std::sqrt(square) + static_cast<double>(options_.epsilon)) -
                      rate * weight_decay_ * parameters[i];
        }
        return step;
    }

private:
    Options options_;
    double weight_decay_;
    Values first_;
    Values second_;
};

template <>
class Oracle<Adam> : public AdamOracle<Adam> {
public:
    explicit Oracle(Adam const& options) : AdamOracle(options, 0.0) {}
};
template <>
class Oracle<AdamW> : public AdamOracle<AdamW> {
public:
    explicit Oracle(AdamW const& options) : AdamOracle(options, options.weight_decay) {}
};

template <>
class Oracle<ClipUp> {
public:
    explicit Oracle(ClipUp options) : options_(std::move(options)) {}

    Values step(std::uint64_t t, Values const& gradient, Values const&) {
        velocity_.resize(gradient.size());
        double const length = norm(gradient);
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            velocity_[i] = static_cast<double>(options_.momentum) * velocity_[i] +
                           (length > 0 ? options_.learning_rate.at(t) * gradient[i] / length : 0.0);
        }
        double const speed = norm(velocity_);
        double const limit = options_.max_speed.at(t);
        velocity_ = scaled(velocity_, speed > limit ? limit / speed : 1.0);
        return velocity_;
    }

private:
    ClipUp options_;
    Values velocity_;
};

template <class Optimizer>
class Oracle<ClipNorm<Optimizer>> {
public:
    explicit Oracle(ClipNorm<Optimizer> const& options) : max_norm_(options.max_norm), inner_(options.optimizer) {}

    Values step(std::uint64_t t, Values const& gradient, Values const& parameters) {
        double const length = norm(gradient);
        return inner_.step(t, scaled(gradient, length > max_norm_ ? max_norm_ / length : 1.0), parameters);
    }

private:
    double max_norm_;
    Oracle<Optimizer> inner_;
};

} // namespace eggroll::testing
