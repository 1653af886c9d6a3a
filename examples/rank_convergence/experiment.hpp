// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Measures an objective's curve in two stages. Pilots find each point's control coefficient, its deviation and about
/// how large its bias is; from these follows how many samples make the error the wanted part of the bias. The second
/// stage takes so many fresh ones: neither the coefficient nor the number depends on them, so nothing is biased.

#include "curve.hpp"
#include "estimate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rank_convergence {

/// Called with the seconds, as expected by the pilots, of the work just done.
using Progress = std::function<void(double seconds)>;

/// One mean on its way.
class Measurement {
public:
    explicit Measurement(Sampler sampler) : sampler_(std::move(sampler)) {}

    void pilot() {
        auto const begin = std::chrono::steady_clock::now();
        Sums const sums = sampler_.sample(0, sampler_.pilot_tasks);
        seconds_per_task_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() /
                            static_cast<double>(sampler_.pilot_tasks);
        coefficient_ = control_coefficient(sums);
        pilot_ = controlled_mean(sums, coefficient_);
    }
    Estimate const& pilot_estimate() const { return pilot_; }

    /// Plans for a standard error of `wanted`; a pilot's deviation is itself uncertain, hence a tenth more.
    void plan(double wanted) {
        double const times = 1.1 * std::pow(pilot_.error / wanted, 2); // as many as in the pilot
        double const tasks = std::ceil(times * static_cast<double>(sampler_.pilot_tasks));
        tasks_ = static_cast<std::int64_t>(
            std::clamp(tasks, static_cast<double>(sampler_.pilot_tasks), static_cast<double>(sampler_.most_tasks)));
    }
    double expected_seconds() const { return seconds_per_task_ * static_cast<double>(tasks_); }

    Estimate measure(Progress const& progress) const {
        Sums sums;
        std::int64_t const batch = std::max<std::int64_t>(1, tasks_ / 50); // not by time: sums should repeat
        for (std::int64_t done = 0; done < tasks_;) {
            std::int64_t const count = std::min(batch, tasks_ - done);
            sums += sampler_.sample(sampler_.pilot_tasks + done, count);
            done += count;
            progress(seconds_per_task_ * static_cast<double>(count));
        }
        return controlled_mean(sums, coefficient_);
    }

private:
    Sampler sampler_;
    Estimate pilot_;
    double coefficient_ = 0;
    double seconds_per_task_ = 0;
    std::int64_t tasks_ = 0;
};

/// An objective, what is known of it, and its measurements.
class Experiment {
public:
    /// Of an objective whose full-rank limit is known. `wanted`: the error of each bias as a part of it.
    Experiment(std::string name, std::string description, double wanted, double limit)
        : name_(std::move(name)), description_(std::move(description)), wanted_(wanted), limit_(limit) {}
    /// Of one whose limit is measured too.
    Experiment(std::string name, std::string description, double wanted, Sampler limit)
        : name_(std::move(name)), description_(std::move(description)), wanted_(wanted),
          sampled_limit_(std::move(limit)) {}

    void add(int rank, Sampler sampler, double closed_form = unknown) {
        points_.push_back({rank, closed_form, Measurement(std::move(sampler))});
    }

    std::string const& name() const { return name_; }

    /// Runs the pilots and plans the rest. `piloted` is called after every pilot.
    void pilot(std::function<void()> const& piloted) {
        if (sampled_limit_) {
            sampled_limit_->pilot();
            limit_ = sampled_limit_->pilot_estimate().value;
            piloted();
        }
        double const part = sampled_limit_ ? wanted_ / std::sqrt(2.0) : wanted_; // half of the variance is the limit's
        double smallest = std::abs(limit_);
        for (Entry& point : points_) {
            point.measurement.pilot();
            double const bias = std::abs(point.measurement.pilot_estimate().value - limit_);
            point.measurement.plan(part * bias);
            smallest = std::min(smallest, bias);
            piloted();
        }
        if (sampled_limit_) {
            sampled_limit_->plan(part * smallest);
        }
    }
    int pilots() const { return static_cast<int>(points_.size()) + (sampled_limit_ ? 1 : 0); }

    double expected_seconds() const {
        double sum = sampled_limit_ ? sampled_limit_->expected_seconds() : 0;
        for (Entry const& point : points_) {
            sum += point.measurement.expected_seconds();
        }
        return sum;
    }

    Curve measure(Progress const& progress) const {
        Curve curve{name_, description_, limit_, 0, {}};
        if (sampled_limit_) {
            Estimate const limit = sampled_limit_->measure(progress);
            curve.limit = limit.value;
            curve.limit_error = limit.error;
        }
        for (Entry const& point : points_) {
            Estimate const estimate = point.measurement.measure(progress);
            curve.points.push_back({point.rank, estimate.value - curve.limit,
                                    std::hypot(estimate.error, curve.limit_error), estimate.error, point.closed_form,
                                    estimate.samples});
        }
        return curve;
    }

private:
    struct Entry {
        int rank;
        double closed_form;
        Measurement measurement;
    };

    std::string name_;
    std::string description_;
    double wanted_;
    double limit_ = 0;
    std::optional<Measurement> sampled_limit_;
    std::vector<Entry> points_;
};

} // namespace rank_convergence
