// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a generation costs at each rank: its time, and the memory that the strategy holds beyond the parameters.

#include <eggroll/eggroll.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace theory {

/// One rank's cost.
struct CostPoint {
    int rank = 0;                      // 0: full rank
    double seconds_per_generation = 0; // median, as the two parts
    double evaluate_seconds = 0;
    double update_seconds = 0;
    std::size_t peak_bytes = 0; // held beyond the parameters; 0 where the C library can't tell
};

/// The network and the population that are timed: `layers` square matrices with their biases, `rows` inputs that every
/// member sees.
struct CostCase {
    std::int64_t width = 512;
    std::int64_t layers = 2;
    std::int64_t population = 512;
    std::int64_t rows = 8;

    /// Bytes of A B^T for every member: what a program that forms each member's perturbation holds, at any rank.
    std::size_t materialized_bytes() const {
        return static_cast<std::size_t>(population * layers * width * width) * sizeof(float);
    }
};

namespace detail {

/// Bytes that the program holds from malloc. Kokkos' host memory and the slices' arenas both come from there.
inline std::size_t live_bytes() {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    auto const info = ::mallinfo2(); // of all threads' arenas
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

/// Fitness is the sum of a member's outputs: as good as any, and free.
struct SumOfOutputs {
    eggroll::Array2<float> output; // (member x row, width)
    std::int64_t rows;
    eggroll::Fitness fitness;

    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        double sum = 0;
        for (std::int64_t row = member * rows; row < (member + 1) * rows; ++row) {
            for (std::int64_t j = 0; j < output.columns; ++j) {
                sum += static_cast<double>(output(row, j));
            }
        }
        fitness(member) = sum;
    }
};

/// A rank's strategy and the times of its generations.
class TimedRank {
public:
    virtual ~TimedRank() = default;
    virtual void generation(bool timed) = 0;
    virtual CostPoint point() const = 0;
};

template <class Perturbation>
class TimedStrategy : public TimedRank {
public:
    /// Runs until nothing more is allocated, which is from the second generation on: what is held then is the peak.
    TimedStrategy(int rank, Perturbation const& perturbation, CostCase const& what, eggroll::Array2<float const> inputs)
        : before_(live_bytes()),
          strategy_(eggroll::Mlp<float>(std::vector(static_cast<std::size_t>(what.layers + 1), what.width),
                                        eggroll::Activation::relu),
                    perturbation, eggroll::Sgd{.learning_rate = 1e-6F}, {.population = what.population, .seed = 1}),
          inputs_(inputs), rank_(rank) {
        generation(false);
        generation(false);
        std::size_t const held = live_bytes() - before_;
        std::size_t const parameters = static_cast<std::size_t>(strategy_.layout().extent()) * sizeof(float);
        peak_bytes_ = before_ == 0 ? 0 : held - std::min(held, parameters);
    }

    void generation(bool timed) override {
        auto const report = strategy_.step([this](Members const& members, Fitness fitness) {
            auto const output = strategy_.model().forward(members, members.shared(inputs_));
            members.for_each(members.size(), SumOfOutputs{output, inputs_.rows, fitness});
        });
        if (timed) {
            evaluate_.push_back(report.evaluate_seconds);
            update_.push_back(report.update_seconds);
            total_.push_back(report.evaluate_seconds + report.update_seconds);
        }
    }

    CostPoint point() const override {
        return {rank_, median(total_), median(evaluate_), median(update_), peak_bytes_};
    }

private:
    using Strategy = eggroll::EvolutionStrategy<eggroll::Mlp<float>, Perturbation, eggroll::Sgd>;
    using Members = typename Strategy::members_type;
    using Fitness = typename Strategy::fitness_type;

    static double median(std::vector<double> values) {
        auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
    }

    std::size_t before_;
    Strategy strategy_;
    eggroll::Array2<float const> inputs_; // (row, width)
    int rank_;
    std::size_t peak_bytes_ = 0;
    std::vector<double> evaluate_;
    std::vector<double> update_;
    std::vector<double> total_;
};

} // namespace detail

/// The cost of ranks 1, 2, 4, ..., 32 and of full rank for `what`: medians over 3 (quick) or 11 generations of each.
/// Ranks take turns, in an order that changes from round to round, so that a disturbance of the machine does not fall
/// on one. progress(fraction done) is called now and then. Memory is what the C library's malloc has handed out (glibc
/// 2.33 or later), for parameters, arenas and Kokkos alike; nothing is allocated after the second generation.
inline std::vector<CostPoint> measure_cost(bool quick, std::function<void(double)> const& progress,
                                           CostCase const& what = {}) {
    std::vector<int> const ranks = {1, 2, 4, 8, 16, 32, 0};
    int const rounds = quick ? 3 : 11;
    std::vector<float> const values(static_cast<std::size_t>(what.rows * what.width), 0.5F);
    eggroll::Array2<float const> const inputs{values.data(), what.rows, what.width, what.width};

    double const steps = static_cast<double>(ranks.size()) * (rounds + 2);
    double done = 0;
    auto const advance = [&](int generations) {
        done += generations;
        if (progress) {
            progress(done / steps);
        }
    };
    auto const make = [&](int rank) -> std::unique_ptr<detail::TimedRank> {
        if (rank == 0) {
            using Full = detail::TimedStrategy<eggroll::FullRank<>>;
            return std::make_unique<Full>(rank, eggroll::FullRank<>{.sigma = 0.05F}, what, inputs);
        }
        eggroll::LowRank<eggroll::dynamic_rank> const noise{.sigma = 0.05F, .rank = rank};
        return std::make_unique<detail::TimedStrategy<eggroll::LowRank<eggroll::dynamic_rank>>>(rank, noise, what,
                                                                                                inputs);
    };
    make(1); // the process's own first allocations: thread pool, tables
    std::vector<std::unique_ptr<detail::TimedRank>> timed;
    for (int const rank : ranks) {
        timed.push_back(make(rank));
        advance(2);
    }
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < timed.size(); ++i) {
            std::size_t const turn = (i + 3 * static_cast<std::size_t>(round)) % timed.size();
            timed[turn]->generation(true);
            advance(1);
        }
    }
    std::vector<CostPoint> points;
    for (auto const& rank : timed) {
        points.push_back(rank->point());
    }
    return points;
}

} // namespace theory
