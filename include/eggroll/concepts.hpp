// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The whole contract on one page: what a model, a perturbation, an optimizer and a fitness shaping must have. The
/// concepts constrain; check_policies() says in a sentence what is missing.

#include <eggroll/fitness_shaping.hpp>
#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace eggroll {

// A model names its parameters and says what they are stored in. What it computes is up to the objective.

template <class M>
concept has_storage_type = requires {
    typename M::storage_type;
}
&&storage<typename M::storage_type>;
template <class M>
concept has_layout = requires(M const model) {
    { model.layout } -> std::convertible_to<ParameterLayout const&>;
};
template <class M>
concept model = has_storage_type<M> && has_layout<M>;

// A perturbation plans each parameter's noise and gives the noise source of a generation.

template <class P>
concept has_source = requires(P const p) {
    typename P::source_type;
    { p.source(Seed{}, std::uint64_t{}) } -> std::same_as<typename P::source_type>;
}
&&noise_source<typename P::source_type>;
template <class P>
concept has_plan = requires(P const p, ParameterLayout const layout) {
    { p.plan(layout) } -> std::same_as<std::vector<ParameterPlan>>;
};
template <class P>
concept has_matrix_noise = requires(P const p) {
    { P::matrix_noise } -> std::convertible_to<NoiseKind>;
    { p.antithetic } -> std::convertible_to<bool>;
};
template <class P>
concept perturbation = has_source<P> && has_plan<P> && has_matrix_noise<P>;

// An optimizer is options, with a state<Storage, MemorySpace> that makes one rule for each parameter.

template <class O, class Storage>
concept has_state = requires {
    typename O::template state<Storage, Kokkos::HostSpace>;
};
template <class O, class Storage>
concept has_rule = requires(typename O::template state<Storage, Kokkos::HostSpace> const state, Storage current,
                            typename StorageTraits<Storage>::gradient_type sum) {
    { state.rule(UpdateContext{})(std::int64_t{}, current, sum) } -> std::same_as<Storage>;
};
template <class O, class Storage>
concept has_copyable_rule = std::is_trivially_copyable_v<
    decltype(std::declval<typename O::template state<Storage, Kokkos::HostSpace> const>().rule(UpdateContext{}))>;
// If it wants measurements of the whole gradient first: see measurements.hpp.
template <class O, class Storage, class State = typename O::template state<Storage, Kokkos::HostSpace>>
concept has_measurements = measurements_of<State>
== 0 || requires(State state, State const constant, Storage current, typename StorageTraits<Storage>::gradient_type sum,
                 Measurements<measurements_of<State>> totals) {
    { constant.measure(UpdateContext{})(std::int64_t{}, current, sum) } -> std::same_as<decltype(totals)>;
    state.measured(totals);
};
template <class O, class Storage>
concept optimizer_for =
    has_state<O, Storage> && has_rule<O, Storage> && has_copyable_rule<O, Storage> && has_measurements<O, Storage>;

// Fitness shaping turns the fitness of all members into their weights. With `static constexpr bool baseline = true` the
// first direction of every group is evaluated unperturbed.

template <class S>
concept fitness_shaping = requires(S const shape, std::span<double const> fitness, ShapingContext context,
                                   std::span<float> weights) {
    { S::ternary } -> std::convertible_to<bool>;
    shape(fitness, context, weights);
};

/// Names what a would-be policy lacks. True, or no compilation.
template <class Model, class Perturbation, class Optimizer, class Shaping>
constexpr bool check_policies() {
    static_assert(has_layout<Model>, "A model needs a public member `eggroll::ParameterLayout layout`, filled by its "
                                     "member initialisers: `Matrix w = layout.matrix(\"w\", out, in);`");
    static_assert(has_storage_type<Model>,
                  "A model needs `using storage_type = float;` (or another eggroll storage type, such as std::int8_t)");
    static_assert(has_source<Perturbation>, "A perturbation needs `source_type` (a noise source) and "
                                            "`source_type source(Seed, std::uint64_t generation) const`");
    static_assert(has_plan<Perturbation>,
                  "A perturbation needs `std::vector<ParameterPlan> plan(ParameterLayout const&) const`");
    static_assert(has_matrix_noise<Perturbation>,
                  "A perturbation needs `static constexpr NoiseKind matrix_noise` and `bool antithetic`");
    static_assert(
        fitness_shaping<Shaping>,
        "A fitness shaping needs `static constexpr bool ternary` and `void operator()(std::span<double const> "
        "fitness, ShapingContext const&, std::span<float> weights) const`");
    if constexpr (has_storage_type<Model>) {
        using Storage = typename Model::storage_type;
        static_assert(has_state<Optimizer, Storage>,
                      "An optimizer needs a nested template `state<Storage, MemorySpace>` for its buffers");
        static_assert(has_rule<Optimizer, Storage>,
                      "An optimizer's state needs `rule(UpdateContext const&) const` whose result, called with "
                      "(element, Storage current, sum of directions), returns the new stored value; int8 storage takes "
                      "ThresholdStep, float storage Sgd or Adam");
        if constexpr (has_rule<Optimizer, Storage>) {
            static_assert(has_copyable_rule<Optimizer, Storage>,
                          "An optimizer's rule must be trivially copyable: kernels copy it to where they run");
            static_assert(
                has_measurements<Optimizer, Storage>,
                "An optimizer's state with `measurements` = K > 0 needs `measure(UpdateContext const&) const` "
                "whose result, called with (element, Storage current, sum of directions), returns "
                "Measurements<K>, and `void measured(Measurements<K> const&)`");
        }
        if constexpr (fitness_shaping<Shaping>) {
            static_assert(!StorageTraits<Storage>::integer || Shaping::ternary,
                          "int8 storage votes with -1, 0 or +1 per pair: shape with PairSign");
        }
    }
    return true;
}

} // namespace eggroll
