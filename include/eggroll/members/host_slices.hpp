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

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
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
        for (std::size_t id = 0; id < layout_.parameters().size(); ++id) {
            auto const& info = layout_.parameters()[id];
            std::int64_t const rows = std::clamp<std::int64_t>(tile_elements / info.in, 1, info.out);
            for (std::int64_t row = 0; row < info.out; row += rows) {
                tiles_.push_back({id, row, std::min(row + rows, info.out)});
            }
        }
        tallies_.resize(tiles_.size());
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
        for_each_tile(what, [&](std::size_t index, UpdateContext const& context, auto const& run) {
            auto const rule = optimizer.rule(context);
            Tally tally; // the worker's: in tallies_, neighbours would share cache lines
            run(ApplyOptimizer<std::decay_t<decltype(rule)>, Storage, PlainTally>{
                rule, parameters_, context.first_element, {&tally}});
            tallies_[index] = tally;
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
    static constexpr std::int64_t tile_elements = 16384; // a constant: the tally's sum must not depend on the machine

    struct Tile {
        std::size_t parameter;
        std::int64_t begin; // rows
        std::int64_t end;
    };

    /// body(index, context, run) for every tile that has noise, on the workers, where run(use) calls use(element, sum)
    /// for the tile's elements.
    template <class Body>
    void for_each_tile(PopulationUpdate<Storage, source_type> const& what, Body const& body) {
        auto const count = static_cast<std::int64_t>(tiles_.size());
        kernels::run_workers(space_, workers(), count, [&](int worker, std::int64_t index) {
            auto const& tile = tiles_[static_cast<std::size_t>(index)];
            auto& scratch = workers_[static_cast<std::size_t>(worker)]->scratch;
            with_update<Perturbation::matrix_noise>(what, tile.parameter, [&](auto const& operand) {
                std::size_t const mark = scratch.mark();
                auto* const memory = scratch.template allocate<std::byte>(
                    static_cast<std::int64_t>(update_scratch_bytes(operand, tile.end - tile.begin)));
                body(static_cast<std::size_t>(index), (*what.contexts)[tile.parameter],
                     [&](auto const& use) { update_rows(place_, operand, tile.begin, tile.end, memory, use); });
                scratch.return_to(mark);
            });
        });
    }

    /// The optimizer's measurements: a tile's elements are summed in one order, and the tiles in theirs.
    template <class OptimizerState>
    auto measure(PopulationUpdate<Storage, source_type> const& what, OptimizerState const& optimizer) {
        constexpr int count = measurements_of<OptimizerState>;
        measurements_.assign(tiles_.size() * static_cast<std::size_t>(count), 0.0);
        for_each_tile(what, [&](std::size_t index, UpdateContext const& context, auto const& run) {
            using Measure = MeasureElement<decltype(optimizer.measure(context)), Storage>;
            Measurements<count> totals{};
            run(AddMeasurements<Measure, Measurements<count>>{
                {optimizer.measure(context), parameters_, context.first_element}, &totals});
            std::copy_n(totals.data(), count, measurements_.data() + index * static_cast<std::size_t>(count));
        });
        return sum_in_order<count>(measurements_.data(), static_cast<std::int64_t>(tiles_.size()));
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
    std::vector<Tile> tiles_;
    std::vector<Tally> tallies_;       // by tile
    std::vector<double> measurements_; // (tile, measurement)
};

} // namespace eggroll
