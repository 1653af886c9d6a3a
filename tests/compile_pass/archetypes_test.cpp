// SPDX-License-Identifier: Apache-2.0

// The least that a user's own policies must have, with nothing of the library's in their places.

#include <eggroll/evolution_strategy.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace {

struct MinimalModel {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 1, 1, eggroll::Initial::zero());
};

/// Every element of member i's noise is the number of its direction plus one.
struct MinimalSource {
    using value_type = float;
    KOKKOS_FUNCTION value_type value(std::uint32_t, eggroll::Factor, std::int64_t direction, std::int64_t, std::int64_t,
                                     std::int64_t) const {
        return static_cast<float>(direction + 1);
    }
};
struct MinimalPerturbation {
    using source_type = MinimalSource;
    static constexpr eggroll::NoiseKind matrix_noise = eggroll::NoiseKind::full;
    bool antithetic = false;
    source_type source(eggroll::Seed, std::uint64_t) const { return {}; }
    std::vector<eggroll::ParameterPlan> plan(eggroll::ParameterLayout const& layout) const {
        return {layout.parameters().size(), {eggroll::NoiseKind::full, 1, 0.5, {}}};
    }
};

struct MinimalOptimizer {
    template <class Storage, class MemorySpace>
    struct state {
        struct Rule {
            KOKKOS_FUNCTION Storage operator()(std::int64_t, Storage current, float sum) const { return current + sum; }
        };
        state(MinimalOptimizer const&, std::int64_t) {}
        Rule rule(eggroll::UpdateContext const&) const { return {}; }
    };
};

struct MinimalShaping {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, eggroll::ShapingContext const&, std::span<float> weights) const {
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            weights[i] = static_cast<float>(fitness[i]);
        }
    }
};

template <class Execution>
using Minimal =
    eggroll::EvolutionStrategy<MinimalModel, MinimalPerturbation, MinimalOptimizer, MinimalShaping, Execution>;

/// y (member, 1) and the fitness that it becomes.
struct Take {
    eggroll::Array2<float const> y;
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { fitness(i) = static_cast<double>(y(i, 0)); }
};

template <class Execution>
void check_step() {
    Minimal<Execution> es(MinimalModel{}, {}, {}, {.population = 3});
    std::vector<float> const one{1.0F};
    auto const report =
        es.step([&](typename Minimal<Execution>::members_type const& members, eggroll::Fitness fitness) {
            auto const y =
                members.linear(es.model().weight, members.shared(eggroll::Array2<float const>{one.data(), 1, 1, 1}));
            members.for_each(members.size(), Take{y, fitness});
        });
    CHECK(report.fitness_max == 1.5); // sigma 1/2 times 3
    CHECK(es.host_parameters().data()[0] == 0.5F * 1 + 1.0F * 2 + 1.5F * 3);
}

} // namespace

static_assert(eggroll::model<MinimalModel>);
static_assert(eggroll::perturbation<MinimalPerturbation>);
static_assert(eggroll::optimizer_for<MinimalOptimizer, float>);
static_assert(eggroll::fitness_shaping<MinimalShaping>);
static_assert(eggroll::check_policies<MinimalModel, MinimalPerturbation, MinimalOptimizer, MinimalShaping>());

TEST_CASE("a user's own policies make a strategy", "[compile_pass]") {
    check_step<eggroll::HostSlices<>>();
    check_step<eggroll::HostSlices<Kokkos::DefaultHostExecutionSpace, eggroll::kernels::reference::Place>>();
    check_step<eggroll::WholePopulation<>>();
}
