// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// EvolutionStrategy: owns the parameters, the optimizer's state and the members' state, and runs generations. It owns
/// no kernel: the execution policy evaluates slices and applies the update.

#include <eggroll/concepts.hpp>
#include <eggroll/error.hpp>
#include <eggroll/fitness_shaping.hpp>
#include <eggroll/initialize.hpp>
#include <eggroll/members/host_slices.hpp>
#include <eggroll/members/whole_population.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/perturbation/materialize.hpp>
#include <eggroll/report.hpp>
#include <eggroll/strategy_options.hpp>
#include <eggroll/update_convention.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace eggroll {

namespace detail {
template <class Model>
concept stores_integers = StorageTraits<typename Model::storage_type>::integer;
template <class Model> // perhaps without storage_type: check_policies() says so
struct DefaultShaping {
    using type = CentredRank;
};
template <stores_integers Model>
struct DefaultShaping<Model> {
    using type = PairSign;
};
using default_execution = std::conditional_t<
    Kokkos::SpaceAccessibility<Kokkos::HostSpace, Kokkos::DefaultExecutionSpace::memory_space>::accessible &&
        std::is_same_v<Kokkos::DefaultExecutionSpace, Kokkos::DefaultHostExecutionSpace>,
    HostSlices<>, WholePopulation<>>;
} // namespace detail

/// Trains a model's parameters by evolution strategies (EGGROLL, arXiv 2511.16652). Kokkos must be initialised.
///
///     EvolutionStrategy es{Model{}, LowRank<4>{.sigma = 0.05f}, Adam{.learning_rate = 1e-2f}, {.population = 4096}};
///     using Members = decltype(es)::members_type;
///     auto report = es.step([&](Members const& members, Members::fitness_type fitness) { ... });
template <class Model, class Perturbation, class Optimizer,
          class Shaping = typename detail::DefaultShaping<Model>::type, class Execution = detail::default_execution>
class EvolutionStrategy {
    static_assert(check_policies<Model, Perturbation, Optimizer, Shaping>()); // a sentence where a concept would fail

public:
    using storage_type = typename Model::storage_type;
    using value_type = ValueOf<storage_type>;
    using memory_space = typename Execution::memory_space;
    using members_type = typename Execution::template members_type<storage_type, Perturbation>;
    using fitness_type = typename members_type::fitness_type;
    using optimizer_state_type = typename Optimizer::template state<storage_type, memory_space>;

    EvolutionStrategy(Model model, Perturbation perturbation, Optimizer optimizer, StrategyOptions options = {},
                      Shaping shaping = {}, Execution execution = {})
        : model_(std::move(model)), perturbation_(std::move(perturbation)), shaping_(std::move(shaping)),
          options_(detail::checked_options<storage_type>(options, model_.layout, perturbation_.antithetic)),
          plans_(perturbation_.plan(model_.layout)), parameters_(model_.layout),
          optimizer_(optimizer, model_.layout.extent()), runner_(execution, model_.layout, parameters_.data()) {
        fitness_ = fitness_view("eggroll::fitness", static_cast<std::size_t>(options_.population));
        host_fitness_ = Kokkos::create_mirror_view(fitness_);
        shaped_.resize(static_cast<std::size_t>(options_.population));
        noise_.members_per_direction = perturbation_.antithetic ? 2 : 1;
        noise_.baseline_period = has_baseline<Shaping> ? options_.group_size : 0;
        weights_ = weight_view("eggroll::direction_weights", static_cast<std::size_t>(directions()));
        host_weights_ = Kokkos::create_mirror_view(weights_);
        contexts_.resize(plans_.size());
        states_ = make_states(options_.population);
        auto const host = Parameters<storage_type>(model_.layout);
        initialize(model_.layout, options_.seed, host);
        Kokkos::deep_copy(parameters_.values(), host.values());
        bind_noise();
    }
    EvolutionStrategy(EvolutionStrategy const&) = delete;
    EvolutionStrategy& operator=(EvolutionStrategy const&) = delete;

    /// One generation: objective(members, fitness) sets fitness(i) for every member of every slice, larger is better;
    /// the fitness is shaped and the parameters ascend. Blocks. On host slices the objective runs on several threads at
    /// once. If it throws, the first exception is rethrown here and no parameter has changed; states of members that
    /// ran have (reset_states(), or load a checkpoint).
    template <class Objective>
    Report step(Objective&& objective) {
        auto const start = std::chrono::steady_clock::now();
        evaluate(objective);
        double const seconds = seconds_since(start);
        Report report = tell(host_fitness());
        report.evaluate_seconds = seconds;
        return report;
    }

    /// The current generation's members, to be evaluated elsewhere and answered by tell(). Valid until then.
    class Asked {
    public:
        std::int64_t size() const { return strategy_.options_.population; }
        /// into = dense perturbed parameters of a member, real numbers (int8: weight / 16). Host; callable from several
        /// threads, each with an `into` of its own.
        void materialize(std::int64_t member, Parameters<float> const& into) const {
            strategy_.check_asked(member, generation_);
            eggroll::materialize(strategy_.layout(), mean_, strategy_.noise_, member, into);
        }
        Parameters<float> materialize(std::int64_t member) const {
            Parameters<float> into(strategy_.layout());
            materialize(member, into);
            return into;
        }

    private:
        friend class EvolutionStrategy;
        explicit Asked(EvolutionStrategy const& strategy)
            : strategy_(strategy), mean_(strategy.host_parameters()), generation_(strategy.generation_) {}
        EvolutionStrategy const& strategy_;
        Parameters<storage_type> mean_;
        std::uint64_t generation_;
    };
    Asked ask() const {
        bind_noise();
        return Asked(*this);
    }

    /// Applies the update for the fitness of all members, in their order; NaN or infinite: that member failed. Blocks.
    Report tell(std::span<double const> fitness) {
        kernels::refuse_inside_host_slice("EvolutionStrategy::tell");
        EGGROLL_EXPECTS(static_cast<std::int64_t>(fitness.size()) == options_.population,
                        "tell() got " + std::to_string(fitness.size()) + " fitness values for a population of " +
                            std::to_string(options_.population));
        auto const start = std::chrono::steady_clock::now();
        bind_noise();
        Report report = summarize(fitness);
        shaping_(fitness, {options_.group_size, perturbation_.antithetic}, std::span<float>(shaped_));
        weigh_directions();
        for (std::size_t id = 0; id < plans_.size(); ++id) {
            contexts_[id] = update_context(generation_, options_.convention, options_.population, directions(),
                                           noise_.parameters[id], plans_[id]);
            contexts_[id].seed = options_.seed;
            contexts_[id].parameter = static_cast<std::uint32_t>(id);
            contexts_[id].first_element = model_.layout.parameters()[id].offset;
            optimizer_.rule(contexts_[id]); // throws, if it must, before anything has changed
        }
        PopulationUpdate<storage_type, typename Perturbation::source_type> const update{
            &model_.layout, &noise_, &contexts_, weights_.data(), directions()};
        Tally const tally = runner_.update(update, optimizer_);
        report.moved_fraction = static_cast<double>(tally.moved) / static_cast<double>(model_.layout.count());
        report.update_norm = std::sqrt(tally.squares);
        report.update_seconds = seconds_since(start);
        resume_at(generation_ + 1);
        return report;
    }

    /// The fitness of `members` copies of the unperturbed parameters, each a group of its own with fresh state; nothing
    /// of the population is touched. Validation, sampling, rendering.
    template <class Objective>
    std::vector<double> evaluate_mean(Objective&& objective, std::int64_t members = 1) {
        kernels::refuse_inside_host_slice("EvolutionStrategy::evaluate_mean");
        EGGROLL_EXPECTS(members > 0, "evaluate_mean of " + std::to_string(members) + " members; give at least 1");
        fitness_view const fitness("eggroll::mean_fitness", static_cast<std::size_t>(members));
        States const states = make_states(members);
        runner_.evaluate(objective, {&noise_, members, 1, true, &states.pointers, fitness.data()});
        auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, fitness);
        return {host.data(), host.data() + members};
    }

    /// Dense perturbed parameters of one member of the current generation; ask() is for many.
    Parameters<float> materialize(std::int64_t member) const { return ask().materialize(member); }

    Model const& model() const { return model_; }
    ParameterLayout const& layout() const { return model_.layout; }
    StrategyOptions const& options() const { return options_; }
    /// The next generation's number.
    std::uint64_t generation() const { return generation_; }
    /// The mean parameters, where the execution policy keeps them. After writing to them: resume_at(generation()).
    Parameters<storage_type, memory_space> const& parameters() const { return parameters_; }
    /// A copy of them on the host.
    Parameters<storage_type> host_parameters() const {
        Parameters<storage_type> host(model_.layout);
        Kokkos::deep_copy(host.values(), parameters_.values());
        return host;
    }
    /// Which kernels compute: floats are reproducible on one path.
    std::string path() const { return runner_.path(); }

    /// The noise of any generation, bound: what a run with these options perturbs by.
    GenerationNoise<storage_type, typename Perturbation::source_type> noise_at(std::uint64_t generation) const {
        auto noise = noise_;
        bind(noise, generation);
        return noise;
    }

    /// All members' states become zero.
    void reset_states() {
        for (auto const& view : states_.views) {
            Kokkos::deep_copy(view, value_type{});
        }
    }

    /// visit(name, shape, View) for everything a checkpoint holds besides the generation: parameters, optimizer,
    /// states. Views are one-dimensional, shapes row-major.
    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        using Shape = std::vector<std::uint64_t>;
        auto const extent = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
        for (auto const& info : model_.layout.parameters()) {
            std::pair const range{extent(info.offset), extent(info.offset + info.size())};
            Shape const shape =
                info.kind == ParameterKind::vector ? Shape{extent(info.in)} : Shape{extent(info.out), extent(info.in)};
            visit("parameter/" + info.name, shape, Kokkos::subview(parameters_.values(), range));
        }
        optimizer_.for_each_array([&](std::string const& name, auto const& view) {
            visit("optimizer/" + name, Shape{view.extent(0)}, view);
        });
        for (std::size_t id = 0; id < states_.views.size(); ++id) {
            auto const& state = model_.layout.states()[id];
            visit("state/" + state.name, Shape{extent(options_.population), extent(state.length)}, states_.views[id]);
        }
    }
    /// The arrays of for_each_array have new contents; the next generation is `generation`.
    void resume_at(std::uint64_t generation) {
        generation_ = generation;
        runner_.invalidate();
    }

private:
    using fitness_view = Kokkos::View<double*, memory_space>;
    static constexpr bool on_host =
        std::is_same_v<typename fitness_view::memory_space, typename fitness_view::host_mirror_type::memory_space>;
    using weight_type = typename StorageTraits<storage_type>::direction_weight_type;
    using weight_view = Kokkos::View<weight_type*, memory_space>;

    struct States {
        std::vector<Kokkos::View<value_type*, memory_space>> views; // by state id: (member, length)
        std::vector<value_type*> pointers;
    };

    void check_asked(std::int64_t member, std::uint64_t generation) const {
        EGGROLL_EXPECTS(member >= 0 && member < options_.population, "materialize(" + std::to_string(member) +
                                                                         "): the population has members 0 to " +
                                                                         std::to_string(options_.population - 1));
        EGGROLL_EXPECTS(generation == generation_, "materialize() of generation " + std::to_string(generation) +
                                                       ", but it is generation " + std::to_string(generation_) +
                                                       " now: call ask() in each");
    }

    std::int64_t directions() const { return options_.population / noise_.members_per_direction; }

    using noise_type = GenerationNoise<storage_type, typename Perturbation::source_type>;
    void bind(noise_type& noise, std::uint64_t generation) const {
        noise.source = perturbation_.source(options_.seed, generation);
        noise.bind(model_.layout, plans_, generation);
    }
    /// Late, so that a schedule may end where the run does.
    void bind_noise() const {
        if (bound_generation_ != generation_) {
            bound_generation_.reset(); // if bind throws, it leaves the noise of no generation
            bind(noise_, generation_);
            bound_generation_ = generation_;
        }
    }

    States make_states(std::int64_t members) const {
        States states;
        for (auto const& state : model_.layout.states()) {
            states.views.emplace_back("eggroll::state", static_cast<std::size_t>(members * state.length));
            states.pointers.push_back(states.views.back().data());
        }
        return states;
    }

    template <class Objective>
    void evaluate(Objective& objective) {
        kernels::refuse_inside_host_slice("EvolutionStrategy::step");
        bind_noise();
        constexpr double failed = std::numeric_limits<double>::quiet_NaN(); // what an objective leaves out
        if constexpr (on_host) {
            std::fill_n(fitness_.data(), options_.population, failed);
        } else {
            Kokkos::deep_copy(runner_.space(), fitness_, failed);
        }
        runner_.evaluate(
            objective, {&noise_, options_.population, options_.group_size, false, &states_.pointers, fitness_.data()});
    }
    std::span<double const> host_fitness() {
        copy(host_fitness_, fitness_);
        if constexpr (!on_host) {
            runner_.space().fence("eggroll::fitness");
        }
        return {host_fitness_.data(), static_cast<std::size_t>(options_.population)};
    }
    /// Between the host's mirror and the policy's memory, in the order of its kernels; nothing where they are the same.
    template <class To, class From>
    void copy(To const& to, From const& from) {
        if constexpr (!on_host) {
            Kokkos::deep_copy(runner_.space(), to, from);
        }
    }

    /// Members' weights become directions': the difference of a pair, halved for ternary votes; 0 for a baseline.
    void weigh_directions() {
        for (std::int64_t d = 0; d < directions(); ++d) {
            auto const first = static_cast<std::size_t>(d * noise_.members_per_direction);
            float weight = shaped_[first];
            if (noise_.members_per_direction == 2) {
                weight -= shaped_[first + 1];
                if constexpr (StorageTraits<storage_type>::integer) {
                    weight /= 2.0F;
                }
            }
            host_weights_(d) =
                noise_.sign(d * noise_.members_per_direction) == 0 ? weight_type{} : static_cast<weight_type>(weight);
        }
        copy(weights_, host_weights_);
    }

    Report summarize(std::span<double const> fitness) const {
        Report report;
        report.generation = generation_;
        auto const moments = detail::finite_moments(fitness);
        report.fitness_mean = moments.mean;
        report.fitness_deviation = moments.deviation;
        bool first = true;
        for (double const f : fitness) {
            if (!std::isfinite(f)) {
                ++report.failed_members;
                continue;
            }
            report.fitness_min = first ? f : std::min(report.fitness_min, f);
            report.fitness_max = first ? f : std::max(report.fitness_max, f);
            first = false;
        }
        return report;
    }

    static double seconds_since(std::chrono::steady_clock::time_point start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    Model model_;
    Perturbation perturbation_;
    Shaping shaping_;
    StrategyOptions options_;
    std::vector<ParameterPlan> plans_; // by parameter id
    Parameters<storage_type, memory_space> parameters_;
    optimizer_state_type optimizer_;
    typename Execution::template runner_type<storage_type, Perturbation> runner_;
    mutable noise_type noise_; // of bound_generation_
    mutable std::optional<std::uint64_t> bound_generation_;
    std::uint64_t generation_ = 0;
    States states_;
    fitness_view fitness_; // (member)
    typename fitness_view::host_mirror_type host_fitness_;
    std::vector<float> shaped_; // (member)
    weight_view weights_;       // (direction)
    typename weight_view::host_mirror_type host_weights_;
    std::vector<UpdateContext> contexts_; // by parameter id
};

} // namespace eggroll
