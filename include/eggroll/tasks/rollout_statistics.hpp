// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// RolloutStatistics: what a population's rollouts leave behind, summed in the members' order, so that it depends on
/// neither threads nor slices: how many steps were made, and the running mean and variance of observations, by which
/// later ones are normalised. And what time they took.

#include <eggroll/error.hpp>
#include <eggroll/tasks/episodes.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eggroll::tasks {

/// Where rollouts spent their time, in seconds of all threads together.
struct RolloutSeconds {
    double forward = 0;     // the policy
    double environment = 0; // steps, observations, choosing actions
};

/// Memory: 8 (4 + 2 x components) bytes a member, or 24 where observations are not normalised.
///
///     rollout(policy, members, chance, fitness, statistics.scale(), statistics.record()); // in a generation
///     statistics.absorb();                                                                // after it
template <class MemorySpace = Kokkos::HostSpace>
class RolloutStatistics {
public:
    /// `components` of an observation; 0: observations are not normalised.
    RolloutStatistics(std::int64_t population, int components)
        : components_(static_cast<std::size_t>(components)), mean_(components_, 0.0), squares_(components_, 0.0),
          steps_("eggroll::rollout_steps", static_cast<std::size_t>(population)),
          moments_("eggroll::rollout_moments",
                   components > 0 ? static_cast<std::size_t>(population) * (1 + 2 * components_) : 0),
          scale_("eggroll::observation_scale", 2 * components_),
          spent_("eggroll::rollout_seconds", 2 * static_cast<std::size_t>(population)) {
        EGGROLL_EXPECTS(population > 0 && components >= 0, "RolloutStatistics of " + std::to_string(population) +
                                                               " members and " + std::to_string(components) +
                                                               " components; it takes a member, and components or 0");
        publish();
    }

    /// How the policies of the current generation see observations; as they are until something was absorbed.
    ObservationScale scale() const {
        if (components_ == 0) {
            return {};
        }
        return {scale_.data(), scale_.data() + components_};
    }
    /// Where the rollouts of the current generation count.
    EpisodeRecord record() const { return {steps_.data(), components_ > 0 ? moments_.data() : nullptr, spent_.data()}; }

    /// Takes the generation's records in, and returns how many steps it made. Fences.
    std::int64_t absorb() {
        auto const steps = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, steps_);
        auto const moments = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, moments_);
        auto const shift = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, scale_);
        std::vector<double> total(components_ > 0 ? 1 + 2 * components_ : 0, 0.0);
        std::int64_t made = 0;
        for (std::size_t member = 0; member < steps.extent(0); ++member) {
            made += steps(member);
            for (std::size_t i = 0; i < total.size(); ++i) {
                total[i] += moments(member * total.size() + i);
            }
        }
        for (std::size_t i = 0; i < spent_.extent(0); i += 2) {
            seconds_.forward += std::exchange(spent_(i), 0.0);
            seconds_.environment += std::exchange(spent_(i + 1), 0.0);
        }
        if (components_ > 0 && total[0] > 0) {
            for (std::size_t i = 0; i < components_; ++i) {
                merge(i, total[0], static_cast<double>(shift(i)), total[1 + i], total[1 + components_ + i]);
            }
            count_ += total[0];
            publish();
        }
        return made;
    }

    /// Of the generations absorbed so far; only host slices are timed.
    RolloutSeconds seconds() const { return seconds_; }

    double count() const { return count_; }
    double mean(int component) const { return mean_.at(static_cast<std::size_t>(component)); }
    double variance(int component) const {
        return count_ > 0 ? squares_.at(static_cast<std::size_t>(component)) / count_ : 0;
    }

    /// What a checkpoint keeps: count, means, sums of squares.
    std::vector<double> saved() const {
        std::vector<double> all = {count_};
        all.insert(all.end(), mean_.begin(), mean_.end());
        all.insert(all.end(), squares_.begin(), squares_.end());
        return all;
    }
    void restore(std::vector<double> const& saved) {
        EGGROLL_EXPECTS(saved.size() == 1 + 2 * components_,
                        "observation statistics of " + std::to_string(saved.size()) + " numbers don't fit " +
                            std::to_string(components_) + " components; they were saved for another environment");
        auto const means = saved.begin() + 1;
        auto const squares = means + static_cast<std::ptrdiff_t>(components_);
        count_ = saved.front();
        mean_.assign(means, squares);
        squares_.assign(squares, saved.end());
        publish();
    }

private:
    /// Joins `count` observations, given as sums of (observation - shift) and of their squares, to those before (Chan,
    /// Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979).
    void merge(std::size_t i, double count, double shift, double sum, double sum_of_squares) {
        double const difference = shift + sum / count - mean_[i];
        double const all = count_ + count;
        mean_[i] += difference * count / all;
        squares_[i] += sum_of_squares - sum * sum / count + difference * difference * count_ * count / all;
    }

    /// Brings the scale to where policies run.
    void publish() {
        auto const host = Kokkos::create_mirror_view(scale_);
        for (std::size_t i = 0; i < components_; ++i) {
            constexpr double least = 1e-8; // of a variance: what does not vary is not blown up
            host(i) = static_cast<float>(mean_[i]);
            host(components_ + i) = count_ > 0 ? static_cast<float>(1 / std::sqrt(squares_[i] / count_ + least)) : 1.0F;
        }
        Kokkos::deep_copy(scale_, host);
    }

    std::size_t components_;
    double count_ = 0;                               // observations
    std::vector<double> mean_;                       // (component)
    std::vector<double> squares_;                    // (component), of differences from the mean, summed
    Kokkos::View<std::int64_t*, MemorySpace> steps_; // (member)
    Kokkos::View<double*, MemorySpace> moments_;     // (member, 1 + 2 x component)
    Kokkos::View<float*, MemorySpace> scale_;        // means, then factors
    Kokkos::View<double*, Kokkos::HostSpace> spent_; // (member, 2): EpisodeRecord::seconds
    RolloutSeconds seconds_;
};

} // namespace eggroll::tasks
