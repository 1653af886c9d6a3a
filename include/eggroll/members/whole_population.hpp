// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/place.hpp>
#include <eggroll/kernels/launch.hpp>
#include <eggroll/members.hpp>
#include <eggroll/members/evaluation.hpp>
#include <eggroll/members/slice_plan.hpp>
#include <eggroll/members/update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eggroll {

template <class Storage, class Perturbation, class Space, class Place>
class WholePopulationRunner;

/// Execution policy: the objective is called outside any parallel region with large chunks of the population, one after
/// another, and its operations launch kernels on members.place().space. The route of GPUs, and of objectives that use
/// Kokkos themselves.
template <class Space = Kokkos::DefaultExecutionSpace, class Place = kernels::DevicePlace<Space>>
struct WholePopulation {
    std::size_t arena_bytes = std::size_t{1} << 28; // for a chunk's noise and activations
    std::int64_t chunk_members = 0;                 // 0: as many as fit the arena, measured in the first generation

    using memory_space = typename Space::memory_space;
    using execution_space = Space;
    template <class Storage, class Perturbation>
    using members_type = Members<Storage, Perturbation, Place>;
    template <class Storage, class Perturbation>
    using runner_type = WholePopulationRunner<Storage, Perturbation, Space, Place>;
};

/// Runs generations by WholePopulation.
template <class Storage, class Perturbation, class Space, class Place>
class WholePopulationRunner {
public:
    using source_type = typename Perturbation::source_type;
    using place_type = Place;
    using members_type = Members<Storage, Perturbation, place_type>;

    WholePopulationRunner(WholePopulation<Space, Place> const& options, ParameterLayout const& layout,
                          Storage* parameters)
        : options_(options), layout_(layout),
          parameters_(parameters), chunk_members_{options.chunk_members, options.chunk_members},
          tallies_("eggroll::tallies", shared_tallies), host_tallies_(Kokkos::create_mirror_view(tallies_)) {
        EGGROLL_EXPECTS(options.chunk_members >= 0,
                        "WholePopulation{.chunk_members = " + std::to_string(options.chunk_members) +
                            "}: it may not be negative (0 chooses)");
        slice_.layout = &layout_;
        slice_.parameters = parameters_;
    }

    /// The instruction-set path, which a checkpoint records: floats are the same on one path.
    std::string path() const { return std::string("device ") + Space::name(); }

    /// objective(members, fitness) for chunks that cover the population; fences before it returns.
    template <class Objective>
    void evaluate(Objective& objective, Evaluation<Storage, source_type> const& what) {
        kernels::refuse_inside_host_slice("EvolutionStrategy's evaluation");
        Use const use(slice_in_use_);
        auto& chunk = chunk_members_[what.mean ? 1 : 0];
        slice_.noise = what.noise;
        slice_.population = what.population;
        slice_.group_size = what.group_size;
        slice_.mean = what.mean;
        std::int64_t size = 0;
        for (std::int64_t begin = 0; begin < what.population; begin += size) {
            bool const measures = chunk == 0;
            size = slice_size_at(begin, what.population, what.group_size, what.noise->members_per_direction,
                                 measures ? first_chunk : chunk);
            slice_.move_to(begin, size, *what.states);
            members_type const members(place_, slice_);
            objective(members, Fitness{what.fitness + begin});
            if (measures) {
                space().fence("eggroll::evaluate"); // before memory that kernels use is given back
                chunk = settle_for(size, what.population);
            }
        }
        space().fence("eggroll::evaluate");
        settle();
    }

    /// Parameter by parameter; before it, a pass of measurements for an optimizer that wants them. Fences before it
    /// returns.
    template <class OptimizerState>
    Tally update(PopulationUpdate<Storage, source_type> const& what, OptimizerState& optimizer) {
        Use const use(slice_in_use_);
        if constexpr (measurements_of < OptimizerState >> 0) {
            optimizer.measured(measure(what, optimizer));
        }
        Kokkos::deep_copy(space(), tallies_, Tally{});
        for_each_parameter(what, [&](UpdateContext const& context, auto const& operand, auto* memory, auto bytes) {
            auto const rule = optimizer.rule(context);
            ApplyOptimizer<std::decay_t<decltype(rule)>, Storage, SharedTally> const apply{
                rule, parameters_, context.first_element, {tallies_.data(), shared_tallies}};
            update_parameter(place_, operand, memory, bytes, apply);
        });
        Kokkos::deep_copy(space(), host_tallies_, tallies_);
        space().fence("eggroll::update");
        settle();
        Tally total;
        for (std::int64_t i = 0; i < shared_tallies; ++i) {
            total.moved += host_tallies_(i).moved;
            total.squares += host_tallies_(i).squares;
        }
        return total;
    }

    /// Where what it is asked for runs, in order.
    Space const& space() const { return place_.space; }

    /// The parameters were changed from outside.
    void invalidate() {}

private:
    /// There is one slice: an evaluation or update from inside an objective would take it away.
    class Use {
    public:
        explicit Use(bool& in_use) : in_use_(in_use) {
            EGGROLL_EXPECTS(!in_use, "the strategy was called from inside its own objective; call it outside");
            in_use_ = true;
        }
        Use(Use const&) = delete;
        Use& operator=(Use const&) = delete;
        ~Use() { in_use_ = false; }

    private:
        bool& in_use_;
    };

    /// body(context, operand, scratch, bytes of it) for every parameter that has noise.
    template <class Body>
    void for_each_parameter(PopulationUpdate<Storage, source_type> const& what, Body const& body) {
        for (std::size_t id = 0; id < layout_.parameters().size(); ++id) {
            with_update<Perturbation::matrix_noise>(what, id, [&](auto const& operand) {
                std::size_t const mark = slice_.scratch.mark();
                std::size_t const bytes = update_bytes(place_, operand);
                auto* const memory = slice_.scratch.template allocate<std::byte>(static_cast<std::int64_t>(bytes));
                body((*what.contexts)[id], operand, memory, bytes);
                slice_.scratch.return_to(mark);
            });
        }
    }

    /// The optimizer's measurements: a row's elements are summed in their order, and the rows in theirs.
    template <class OptimizerState>
    auto measure(PopulationUpdate<Storage, source_type> const& what, OptimizerState const& optimizer) {
        constexpr int count = measurements_of<OptimizerState>;
        std::int64_t rows = 0;
        for (auto const& info : layout_.parameters()) {
            rows += info.out;
        }
        std::size_t const mark = slice_.scratch.mark();
        auto* const totals = slice_.scratch.template allocate<double>(rows * count); // (row, measurement)
        std::int64_t measured = 0;
        for_each_parameter(what, [&](UpdateContext const& context, auto const& operand, auto* memory, auto bytes) {
            using Measure = MeasureElement<decltype(optimizer.measure(context)), Storage>;
            measure_parameter(place_, operand, memory, bytes,
                              Measure{optimizer.measure(context), parameters_, context.first_element},
                              totals + measured * count);
            measured += operand.rows();
        });
        auto const extent = static_cast<std::size_t>(measured * count);
        host_measurements_.resize(extent);
        using Unmanaged = Kokkos::MemoryTraits<Kokkos::Unmanaged>;
        Kokkos::deep_copy(space(),
                          Kokkos::View<double*, Kokkos::HostSpace, Unmanaged>(host_measurements_.data(), extent),
                          Kokkos::View<double const*, typename Space::memory_space, Unmanaged>(totals, extent));
        space().fence("eggroll::measure");
        slice_.scratch.return_to(mark);
        return sum_in_order<count>(host_measurements_.data(), measured);
    }

    static constexpr std::int64_t shared_tallies = 1024;
    static constexpr std::int64_t first_chunk = 64; // members, while a member's bytes are not known

    void settle() {
        slice_.noise_arena.settle();
        slice_.scratch.settle();
    }

    /// Makes room for chunks as large as the arena's bytes allow, by what `members` members took, and returns how many
    /// members that are.
    std::int64_t settle_for(std::int64_t members, std::int64_t population) {
        std::size_t const noise = slice_.noise_arena.recent_peak();
        std::size_t const scratch = slice_.scratch.recent_peak();
        std::size_t const per_member = (noise + scratch) / static_cast<std::size_t>(members) + 1;
        auto const fitting = static_cast<std::int64_t>(options_.arena_bytes / per_member);
        std::int64_t const target = std::min(std::max(first_chunk, fitting), population);
        auto const times = static_cast<std::size_t>((target + members - 1) / members);
        slice_.noise_arena.settle(noise * times);
        slice_.scratch.settle(scratch * times);
        return target;
    }

    WholePopulation<Space, Place> options_;
    ParameterLayout const& layout_;
    Storage* parameters_;
    place_type place_;
    Slice<Storage, source_type, place_type> slice_;
    bool slice_in_use_ = false;
    std::int64_t chunk_members_[2]; // of the population's members, of the mean's; 0: to be measured
    Kokkos::View<Tally*, typename Space::memory_space> tallies_;
    typename Kokkos::View<Tally*, typename Space::memory_space>::host_mirror_type host_tallies_;
    std::vector<double> host_measurements_; // (row of the parameters that have noise, measurement)
};

} // namespace eggroll
