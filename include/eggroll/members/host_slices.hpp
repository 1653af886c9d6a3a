// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/kernels/host/kernels.hpp>
#include <eggroll/kernels/launch.hpp>
#include <eggroll/kernels/reference/kernels.hpp>
#include <eggroll/members.hpp>
#include <eggroll/members/evaluation.hpp>
#include <eggroll/members/slice_plan.hpp>
#include <eggroll/members/slice_size.hpp>
#include <eggroll/members/update.hpp>
#include <eggroll/members/update_strips.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eggroll {

template <class Storage, class Perturbation, class Space, class Place>
class HostSliceRunner;

/// Execution policy: the population in small slices, each run from beginning to end on one thread, so that its
/// activations stay in that core's cache. Objectives are called on several threads at once and must not call Kokkos.
/// `Place` chooses the kernels: SIMD, or kernels::reference::Place for the naive ones.
template <class Space = Kokkos::DefaultHostExecutionSpace, class Place = kernels::host::Thread>
struct HostSlices {
    int workers = 0;                // 0: as many as Space has threads
    std::int64_t slice_members = 0; // 0: by the caches' size, see SliceSize

    using memory_space = Kokkos::HostSpace;
    using execution_space = Space;
    template <class Storage, class Perturbation>
    using members_type = Members<Storage, Perturbation, Place>;
    template <class Storage, class Perturbation>
    using runner_type = HostSliceRunner<Storage, Perturbation, Space, Place>;
};

/// Runs generations by HostSlices.
template <class Storage, class Perturbation, class Space, class Place>
class HostSliceRunner {
public:
    using source_type = typename Perturbation::source_type;
    using members_type = Members<Storage, Perturbation, Place>;

    HostSliceRunner(HostSlices<Space, Place> const& options, ParameterLayout const& layout, Storage* parameters)
        : layout_(layout), parameters_(parameters), packed_(layout, parameters), slice_size_(options.slice_members) {
        EGGROLL_EXPECTS(options.workers >= 0 && options.slice_members >= 0,
                        "HostSlices{.workers = " + std::to_string(options.workers) + ", .slice_members = " +
                            std::to_string(options.slice_members) + "}: neither may be negative (0 chooses)");
        workers_.resize(static_cast<std::size_t>(options.workers > 0 ? options.workers : space_.concurrency()));
        if constexpr (std::is_same_v<Place, kernels::host::Thread>) {
            place_.isa = kernels::host::selected_isa();
        }
        for (auto& worker : workers_) {
            worker = std::make_unique<Slice<Storage, source_type, Place>>();
            worker->layout = &layout_;
            worker->parameters = parameters_;
            worker->packed = &packed_;
            // Here, because a worker may get its first slice in a late generation.
            worker->generated.resize(layout_.parameters().size());
            worker->states.resize(layout_.states().size());
        }
        UpdateStrips plan(layout_, workers());
        strips_ = std::move(plan.strips);
        tallies_.resize(static_cast<std::size_t>(plan.tiles));
    }

    /// The instruction-set path, which a checkpoint records: floats are the same on one path.
    std::string path() const {
        if constexpr (std::is_same_v<Place, kernels::host::Thread>) {
            return std::string("host ") + kernels::host::name(place_.isa);
        } else {
            return "reference";
        }
    }

    /// objective(members, fitness) for slices that cover the population. Blocks. An objective's exception is rethrown.
    template <class Objective>
    void evaluate(Objective& objective, Evaluation<Storage, source_type> const& what) {
        SlicePlan const plan = plan_for(what);
        if constexpr (PlaceTraits<Place>::packs_weights) {
            packed_.refresh(space_, workers());
        }
        kernels::run_workers(space_, workers(), plan.count(), [&](int worker, std::int64_t index) {
            auto& slice = *workers_[static_cast<std::size_t>(worker)];
            slice.noise = what.noise;
            slice.population = what.population;
            slice.group_size = what.group_size;
            slice.mean = what.mean;
            auto const range = plan[index];
            slice.move_to(range.begin, range.size, *what.states);
            members_type const members(place_, slice);
            objective(members, Fitness{what.fitness + range.begin});
        });
        settle();
        if (slice_size_.open() && !what.mean) { // the mean has no noise
            std::int64_t const measured = plan[0].size;
            slice_size_.choose(working_set(), measured);
            settle((plan_for(what)[0].size + measured - 1) / measured);
        }
    }

    /// One pass over all parameters: estimates a tile of the gradient and applies the optimizer's rule to it; before
    /// it, a pass of measurements for an optimizer that wants them. Blocks.
    template <class OptimizerState>
    Tally update(PopulationUpdate<Storage, source_type> const& what, OptimizerState& optimizer) {
        if constexpr (measurements_of < OptimizerState >> 0) {
            optimizer.measured(measure(what, optimizer));
        }
        std::fill(tallies_.begin(), tallies_.end(), Tally{});
        for_each_strip(what, [&](UpdateContext const& context) {
            return [this, rule = optimizer.rule(context), first = context.first_element](std::size_t tile,
                                                                                         auto const& run) {
                Tally tally = tallies_[tile]; // in registers meanwhile
                run(ApplyOptimizer<std::decay_t<decltype(rule)>, Storage, PlainTally>{
                    rule, parameters_, first, {&tally}});
                tallies_[tile] = tally;
            };
        });
        settle();
        packed_.invalidate();
        Tally total;
        for (auto const& tally : tallies_) {
            total.moved += tally.moved;
            total.squares += tally.squares;
        }
        return total;
    }

    /// The parameters were changed from outside.
    void invalidate() { packed_.invalidate(); }

private:
    /// For every strip that has noise, on the workers: use = make(context), then use(tile, run) for row after row,
    /// where run(rule) calls rule(element, sum) for elements of the tile. All of a tile's come in one order.
    template <class Make>
    void for_each_strip(PopulationUpdate<Storage, source_type> const& what, Make const& make) {
        auto const count = static_cast<std::int64_t>(strips_.size());
        kernels::run_workers(space_, workers(), count, [&](int worker, std::int64_t index) {
            auto const& strip = strips_[static_cast<std::size_t>(index)];
            auto& scratch = workers_[static_cast<std::size_t>(worker)]->scratch;
            with_update<Perturbation::matrix_noise>(what, strip.parameter, [&](auto const& operand) {
                std::size_t const mark = scratch.mark();
                auto* const memory =
                    scratch.template allocate<std::byte>(update_scratch_bytes(operand, strip.end - strip.begin));
                auto const use = make((*what.contexts)[strip.parameter]);
                update_rows(place_, operand, strip.begin, strip.end, memory,
                            RuleOfTiles<std::decay_t<decltype(use)>>{strip, use});
                scratch.return_to(mark);
            });
        });
    }

    /// The optimizer's measurements: a tile's elements are summed in one order, and the tiles in theirs.
    template <class OptimizerState>
    auto measure(PopulationUpdate<Storage, source_type> const& what, OptimizerState const& optimizer) {
        constexpr int count = measurements_of<OptimizerState>;
        measurements_.assign(tallies_.size() * static_cast<std::size_t>(count), 0.0);
        for_each_strip(what, [&](UpdateContext const& context) {
            using Measure = MeasureElement<decltype(optimizer.measure(context)), Storage>;
            return [this, measure = Measure{optimizer.measure(context), parameters_, context.first_element}](
                       std::size_t tile, auto const& run) {
                double* const stored = measurements_.data() + tile * static_cast<std::size_t>(count);
                Measurements<count> totals;
                std::copy_n(stored, count, totals.data());
                run(AddMeasurements<Measure, Measurements<count>>{measure, &totals});
                std::copy_n(totals.data(), count, stored);
            };
        });
        return sum_in_order<count>(measurements_.data(), static_cast<std::int64_t>(tallies_.size()));
    }

    int workers() const { return static_cast<int>(workers_.size()); }
    SlicePlan plan_for(Evaluation<Storage, source_type> const& what) const {
        return {what.population, what.group_size, what.noise->members_per_direction, slice_size_.members()};
    }
    /// All workers' arenas take the largest size seen in any, `times` over: which worker meets which slice is chance.
    void settle(std::int64_t times = 1) {
        std::size_t noise = 0;
        std::size_t scratch = 0;
        for (auto const& worker : workers_) {
            noise = std::max(noise, worker->noise_arena.peak());
            scratch = std::max(scratch, worker->scratch.peak());
        }
        for (auto& worker : workers_) {
            worker->noise_arena.settle(noise * static_cast<std::size_t>(times));
            worker->scratch.settle(scratch * static_cast<std::size_t>(times));
        }
    }
    /// The most bytes that a slice took; workers are alike once settled.
    std::int64_t working_set() const {
        return static_cast<std::int64_t>(workers_[0]->noise_arena.peak() + workers_[0]->scratch.peak());
    }

    ParameterLayout const& layout_;
    Storage* parameters_;
    PackedWeights<Storage> packed_;
    Space space_;
    Place place_;
    SliceSize slice_size_;
    std::vector<std::unique_ptr<Slice<Storage, source_type, Place>>> workers_;
    std::vector<UpdateStrip> strips_;
    std::vector<Tally> tallies_;       // by tile
    std::vector<double> measurements_; // (tile, measurement)
};

} // namespace eggroll
