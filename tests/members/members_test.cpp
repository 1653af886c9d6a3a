// SPDX-License-Identifier: Apache-2.0

#include "support/toy.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::Array2;
using eggroll::Fitness;
using eggroll::testing::ObjectiveOf;
using eggroll::testing::Toy;

namespace {

constexpr std::int64_t population = 24;
constexpr std::int64_t group_size = 6;

template <class Execution>
using StrategyOn = eggroll::EvolutionStrategy<Toy, eggroll::LowRank<2>, eggroll::Sgd, eggroll::CentredRank, Execution>;

eggroll::LowRank<2> perturbation() {
    return {.sigma = 0.25F};
}
eggroll::StrategyOptions options() {
    return {.population = population, .seed = 3, .group_size = group_size};
}

template <class Execution>
StrategyOn<Execution> strategy(Execution const& execution) {
    return {Toy{}, perturbation(), eggroll::Sgd{}, options(), eggroll::CentredRank{}, execution};
}

using Threads = Kokkos::DefaultHostExecutionSpace;

// Each with slices that are smaller than the population.
struct SerialSlices : eggroll::HostSlices<Kokkos::Serial> {
    SerialSlices() : eggroll::HostSlices<Kokkos::Serial>{.workers = 1, .slice_members = 4} {}
};
struct ThreadSlices : eggroll::HostSlices<Threads> {
    ThreadSlices() : eggroll::HostSlices<Threads>{.workers = 2, .slice_members = 6} {}
};
struct ReferenceSlices : eggroll::HostSlices<Kokkos::Serial, eggroll::kernels::reference::Place> {
    ReferenceSlices() { slice_members = 12; }
};
struct SerialChunks : eggroll::WholePopulation<Kokkos::Serial> {
    SerialChunks() { chunk_members = 4; }
};
struct ThreadChunks : eggroll::WholePopulation<Threads> {
    ThreadChunks() { chunk_members = 12; }
};

void set_zero(Fitness fitness, std::int64_t members) {
    std::fill_n(fitness.data, members, 0.0);
}

struct AddToState {
    Array2<float> state; // (member, 2)
    std::int64_t first;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        state(i, 0) += static_cast<float>(first + i);
        state(i, 1) += 1.0F;
    }
};
struct StateToFitness {
    Array2<float> state;
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        fitness(i) = static_cast<double>(state(i, 0)) + 1000 * static_cast<double>(state(i, 1));
    }
};
struct Count {
    int* runs;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { ++runs[i]; }
};

} // namespace

static_assert(std::is_trivially_copyable_v<Fitness>);
static_assert(std::is_trivially_copyable_v<eggroll::Step>);

#define EGGROLL_TEST_ROUTES SerialSlices, ThreadSlices, ReferenceSlices, SerialChunks, ThreadChunks

TEMPLATE_TEST_CASE("slices tell which members they are", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    std::vector<int> runs(population, 0);
    std::vector<std::int64_t> groups(population, -1);
    std::atomic<int> mean = 0;
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
        for (std::int64_t i = 0; i < members.size(); ++i) {
            auto const member = static_cast<std::size_t>(members.begin() + i);
            ++runs[member];
            groups[member] = members.group(i);
        }
        mean += members.mean() ? 1 : 0;
        set_zero(fitness, members.size());
    };
    es.step(objective);
    CHECK(runs == std::vector<int>(population, 1));
    for (std::int64_t member = 0; member < population; ++member) {
        CHECK(groups[static_cast<std::size_t>(member)] == member / group_size);
    }
    CHECK(mean == 0);
    es.evaluate_mean(objective, 5);
    CHECK(mean > 0);
    CHECK(runs[4] == 2);
    CHECK(runs[5] == 1);
    INFO("each a group of its own");
    CHECK(groups[4] == 4);
}

TEMPLATE_TEST_CASE("frames give their arrays' memory back", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    std::atomic<int> reused = 0;
    std::atomic<int> kept = 0;
    std::atomic<int> slices = 0;
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
        ++slices;
        auto const outer = members.template array<float>(members.size(), 7);
        outer(members.size() - 1, 6) = 42.0F;
        float* inner = nullptr;
        {
            auto const frame = members.frame();
            auto const first = members.template array<float>(members.size(), 9);
            inner = first.data;
            std::fill_n(first.data, members.size() * 9, 0.0F);
        }
        reused += members.template array<double>(members.size(), 3).data == static_cast<void*>(inner) ? 1 : 0;
        kept += outer(members.size() - 1, 6) == 42.0F ? 1 : 0;
        set_zero(fitness, members.size());
    };
    es.step(objective); // measures
    reused = kept = slices = 0;
    es.step(objective);
    CHECK(slices > 1);
    CHECK(reused == slices);
    CHECK(kept == slices);
}

TEMPLATE_TEST_CASE("repeat runs its steps in order, each in a frame", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    std::atomic<int> wrong_order = 0;
    std::atomic<int> other_memory = 0;
    std::atomic<std::int64_t> steps = 0;
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
        std::int64_t next = 0;
        float* first = nullptr;
        members.repeat(10, [&](typename Members::step_type step) {
            wrong_order += step == next++ ? 0 : 1;
            auto* const data = members.template array<float>(members.size(), 5).data;
            first = first == nullptr ? data : first;
            other_memory += data == first ? 0 : 1;
        });
        steps += next;
        members.repeat(0, [&](typename Members::step_type) { ++wrong_order; });
        set_zero(fitness, members.size());
    };
    es.step(objective);
    wrong_order = other_memory = 0;
    steps = 0;
    es.step(objective);
    CHECK(wrong_order == 0);
    CHECK(other_memory == 0);
    CHECK(steps > 0);
    CHECK(steps % 10 == 0);
}

TEMPLATE_TEST_CASE("state outlives generations and the mean's is apart", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
        auto const state = members.state(es.model().memory);
        members.for_each(members.size(), AddToState{state, members.begin()});
        members.for_each(members.size(), StateToFitness{state, fitness});
    };
    for (int generation = 1; generation <= 3; ++generation) {
        auto const report = es.step(objective);
        CHECK(report.fitness_min == 1000.0 * generation); // member 0
        CHECK(report.fitness_max == 1000.0 * generation + (population - 1) * generation);
        INFO("the mean's state begins as zero each time");
        CHECK(es.evaluate_mean(objective, 3) == std::vector<double>{1000, 1001, 1002});
    }
    es.reset_states();
    CHECK(es.step(objective).fitness_min == 1000.0);
}

TEMPLATE_TEST_CASE("the mean is the unperturbed product", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    std::vector<float> const x{1.0F, -0.5F, 2.0F, 0.25F}; // (1, in)
    Array2<float const> const rows{x.data(), 1, Toy::in, Toy::in};
    std::vector<float> const one{0.0F, 1.0F, 0.0F};
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
        auto const y = members.linear(es.model().weight, es.model().bias, members.shared(rows));
        members.for_each(members.size(), eggroll::testing::WeightedSum{y, {one.data(), 1, 3, 3}, fitness});
    };
    auto const weight = eggroll::testing::stored(es, "weight");
    double expected = static_cast<double>(eggroll::testing::stored(es, "bias")[1]);
    double absolute = std::abs(expected);
    for (std::size_t j = 0; j < x.size(); ++j) {
        expected += static_cast<double>(x[j]) * static_cast<double>(weight[Toy::in + j]);
        absolute += std::abs(static_cast<double>(x[j]) * static_cast<double>(weight[Toy::in + j]));
    }
    for (double const found : es.evaluate_mean(objective, 7)) {
        CHECK(std::abs(found - expected) <= 5 * 0x1p-24 * absolute); // five sums
    }
    INFO("the population's members differ from it");
    CHECK(es.step(objective).fitness_deviation > 0.1);
}

TEMPLATE_TEST_CASE("for_each runs once for each index", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    std::vector<int> runs(1000, 0);
    ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness) {
        members.for_each(1000, Count{runs.data()});
        members.for_each(0, Count{nullptr});
    };
    es.evaluate_mean(objective); // one slice
    CHECK(runs == std::vector<int>(1000, 1));
}

TEMPLATE_TEST_CASE("inputs of the wrong shape are refused by name", "[members]", EGGROLL_TEST_ROUTES) {
    StrategyOn<TestType> es = strategy(TestType());
    using Members = typename StrategyOn<TestType>::members_type;
    auto const& model = es.model();
    // What the objective `use` is refused with, as an evaluation of the population rethrows it.
    auto const refusal = [&](std::function<void(Members const&)> const& use) -> std::string {
        ObjectiveOf<StrategyOn<TestType>> const objective = [&](Members const& members, Fitness fitness) {
            use(members);
            set_zero(fitness, members.size());
        };
        try {
            es.step(objective);
        } catch (eggroll::Error const& error) {
            return error.what();
        }
        return "nothing was refused";
    };
    auto const array = [](Members const& members, std::int64_t rows, std::int64_t columns) {
        auto const result = members.template array<float>(rows, columns);
        std::fill_n(result.data, rows * columns, 0.0F);
        return result;
    };
    CHECK_THAT(
        refusal([&](Members const& members) { members.linear(model.weight, array(members, members.size(), 5)); }),
        ContainsSubstring("\"weight\"") && ContainsSubstring("5 features, the parameter takes 4"));
    CHECK_THAT(refusal([&](Members const& members) {
                   members.linear_transposed(model.weight, members.shared(array(members, 1, 4)));
               }),
               ContainsSubstring("\"weight\"") && ContainsSubstring("4 features, the parameter takes 3"));
    CHECK_THAT(refusal([&](Members const& members) {
                   auto const x = array(members, 2, 4);
                   members.linear(model.weight, eggroll::Input<float>{x, 3, 1});
               }),
               ContainsSubstring("\"weight\"") && ContainsSubstring("it has 2 rows") &&
                   ContainsSubstring("with 3 rows each"));
    CHECK_THAT(refusal([&](Members const& members) { members.linear(model.weight, array(members, 0, 4)); }),
               ContainsSubstring("\"weight\"") && ContainsSubstring("it has 0 rows"));
    CHECK_THAT(
        refusal([&](Members const& members) { members.linear(model.weight, array(members, members.size() + 1, 4)); }),
        ContainsSubstring("same number of rows"));
    CHECK_THAT(refusal([&](Members const& members) {
                   auto const tokens = members.template array<std::uint8_t>(members.size(), 2);
                   members.embedding(model.table, tokens);
               }),
               ContainsSubstring("\"table\"") && ContainsSubstring("2 features, the parameter takes 1"));
    CHECK_THAT(refusal([&](Members const& members) { members.add(model.bias, array(members, members.size(), 4)); }),
               ContainsSubstring("\"bias\"") && ContainsSubstring("3 elements"));
    CHECK_THAT(refusal([&](Members const& members) { members.add(model.bias, array(members, members.size() + 1, 3)); }),
               ContainsSubstring("\"bias\""));
    CHECK_THAT(refusal([&](Members const& members) { members.per_group(array(members, 5, 4)); }),
               ContainsSubstring("5 rows for 4 groups"));
    INFO("the strategy is as it was, and works");
    CHECK(es.generation() == 0);
    CHECK_THAT(refusal([](Members const&) {}), ContainsSubstring("nothing"));
    CHECK(es.generation() == 1);
}
