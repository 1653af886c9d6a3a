// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The update of one parameter, as both routes need it: which kernel operand its noise makes, and what is done with
/// each sum over directions: the optimizer's rule applied and tallied, or the gradient measured for it.

#include <eggroll/kernels/operands_update.hpp>
#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/generation_noise.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace eggroll {

/// Everything that an update of all parameters needs.
template <class Storage, class Source>
struct PopulationUpdate {
    using weight_type = typename StorageTraits<Storage>::direction_weight_type;
    ParameterLayout const* layout = nullptr;
    GenerationNoise<Storage, Source> const* noise = nullptr;
    std::vector<UpdateContext> const* contexts = nullptr; // by parameter id
    weight_type const* weights = nullptr;                 // (direction), where the kernels run
    std::int64_t directions = 0;
};

/// use(operand) with the update operand of parameter `id`; nothing for a frozen one.
template <NoiseKind matrix_noise, class Storage, class Source, class Use>
void with_update(PopulationUpdate<Storage, Source> const& update, std::size_t id, Use const& use) {
    using Weight = typename PopulationUpdate<Storage, Source>::weight_type;
    auto const& info = update.layout->parameters()[id];
    auto const& bound = update.noise->parameters[id];
    auto const& source = update.noise->source;
    auto const parameter = static_cast<std::uint32_t>(id);
    switch (bound.kind) {
    case NoiseKind::low_rank:
        if constexpr (matrix_noise == NoiseKind::low_rank) {
            use(LowRankUpdate<Source, Weight>{source, parameter, info.out, info.in, bound.rank, update.weights,
                                              update.directions});
        }
        break;
    case NoiseKind::full:
        use(FullRankUpdate<Source, Weight>{source, parameter, info.out, info.in, update.weights, update.directions});
        break;
    case NoiseKind::product:
        use(ProductUpdate<Source, Weight>{source, parameter, info.in, update.weights, update.directions});
        break;
    case NoiseKind::none:
        break;
    }
}

/// Adds to a worker's own tally.
struct PlainTally {
    Tally* tally;
    KOKKOS_FUNCTION void add(std::int64_t, double change) const {
        tally->moved += change != 0.0 ? 1 : 0;
        tally->squares += change * change;
    }
    KOKKOS_FUNCTION Tally* total() const { return tally; }
};

/// Adds to one of `count` shared tallies, chosen by the element so that few meet. The order of additions is not fixed:
/// good for a report, not for parameters. Kernels of thread blocks add in one order, all to the first.
struct SharedTally {
    Tally* tallies;
    std::int64_t count;
    KOKKOS_FUNCTION void add(std::int64_t element, double change) const {
        if (change != 0.0) {
            Tally& tally = tallies[element % count];
            Kokkos::atomic_add(&tally.moved, std::int64_t{1});
            Kokkos::atomic_add(&tally.squares, change * change);
        }
    }
    KOKKOS_FUNCTION Tally* total() const { return tallies; }
};

/// What an optimizer's rule reads of an element, if it says so: load(index), passed to operator() before the sum.
struct NoLoadedState {};
template <class Rule>
struct LoadedState {
    using type = NoLoadedState;
};
template <class Rule>
requires requires(Rule const& rule) {
    rule.load(std::int64_t{});
}
struct LoadedState<Rule> {
    using type = decltype(std::declval<Rule const&>().load(std::int64_t{}));
};

/// Applies the optimizer's rule to one parameter, whose elements begin at `offset`; in two steps for kernels that load
/// several elements before they store one.
template <class Rule, class Storage, class Counter>
struct ApplyOptimizer {
    using State = typename LoadedState<Rule>::type;
    struct loaded_type {
        Storage before;
        State state;
    };

    Rule rule;
    Storage* parameters;
    std::int64_t offset;
    Counter counter;

    KOKKOS_FUNCTION loaded_type load(std::int64_t element) const {
        if constexpr (std::is_same_v<State, NoLoadedState>) {
            return {parameters[offset + element], {}};
        } else {
            return {parameters[offset + element], rule.load(offset + element)};
        }
    }
    /// The change, in stored units.
    template <class Sum>
    KOKKOS_FUNCTION double apply(std::int64_t element, loaded_type const& loaded, Sum sum) const {
        std::int64_t const index = offset + element;
        Storage after;
        if constexpr (std::is_same_v<State, NoLoadedState>) {
            after = rule(index, loaded.before, sum);
        } else {
            after = rule(index, loaded.before, loaded.state, sum);
        }
        parameters[index] = after;
        using Change = std::conditional_t<std::is_integral_v<Storage>, int, double>;
        return static_cast<double>(static_cast<Change>(after) - static_cast<Change>(loaded.before));
    }
    KOKKOS_FUNCTION Tally* total() const { return counter.total(); }

    template <class Sum>
    KOKKOS_FUNCTION void operator()(std::int64_t element, Sum sum) const {
        counter.add(offset + element, apply(element, load(element), sum));
    }
};

/// What an element of one parameter adds to the optimizer's measurements.
template <class Measure, class Storage>
struct MeasureElement {
    Measure measure;
    Storage const* parameters;
    std::int64_t offset;

    template <class Sum>
    KOKKOS_FUNCTION auto operator()(std::int64_t element, Sum sum) const {
        std::int64_t const index = offset + element;
        return measure(index, parameters[index], sum);
    }
};

/// Adds an element's measurements to a worker's own.
template <class Measure, class Totals>
struct AddMeasurements {
    Measure measure;
    Totals* totals;

    template <class Sum>
    void operator()(std::int64_t element, Sum sum) const {
        auto const values = measure(element, sum);
        for (std::size_t k = 0; k < Totals::size(); ++k) {
            (*totals)[k] += values[k];
        }
    }
};

/// The sum of `count` rows of measurements, in their order.
template <int measurements>
Measurements<measurements> sum_in_order(double const* rows, std::int64_t count) {
    Measurements<measurements> total{};
    for (std::int64_t row = 0; row < count; ++row) {
        for (std::size_t k = 0; k < total.size(); ++k) {
            total[k] += *rows++;
        }
    }
    return total;
}

} // namespace eggroll
