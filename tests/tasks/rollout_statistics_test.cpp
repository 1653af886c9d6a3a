// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/rollout_statistics.hpp>

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>
#include <eggroll/tasks/rollout.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::tasks;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using Catch::Matchers::WithinRel;
using environments::ContinuousAction;
using environments::Transition;

constexpr std::int64_t population = 8;

/// Observes (1000 + k, -k) after k steps of k = 1 .. 5; NaN at once for members whose policy puts out more than 1.
struct Counter {
    using real_type = float;
    using action_type = ContinuousAction<1, float>;
    static constexpr float action_limit = 1;
    static constexpr int observation_size = 2;
    struct state_type {
        int steps = 0;
        bool spoilt = false;
    };
    int max_steps = 5;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random&) const {
        state = {};
    }
    template <class Random>
    KOKKOS_FUNCTION Transition<float> step(state_type& state, action_type const& action, Random&) const {
        ++state.steps;
        state.spoilt = action.value[0] > 0.5F;
        return {1, false};
    }
    KOKKOS_FUNCTION void observe(state_type const& state, float* observation) const {
        observation[0] =
            state.spoilt ? std::numeric_limits<float>::quiet_NaN() : 1000 + static_cast<float>(state.steps);
        observation[1] = static_cast<float>(-state.steps);
    }
};

/// Keeps what it sees (row, 2) of the last step; puts out 0, or 1 for members from `spoilt` on.
struct Look {
    Array2<float const> x;
    Array2<float> seen;
    Array2<float> y;
    std::int64_t first;
    std::int64_t spoilt;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        seen(first + row, 0) = x(row, 0);
        seen(first + row, 1) = x(row, 1);
        y(row, 0) = first + row >= spoilt ? 1.0F : 0.0F;
    }
};
struct Looker {
    Array2<float> seen;
    std::int64_t spoilt = population;
    template <class Members>
    Array2<float> forward(Members const& members, Array2<float> const& x) const {
        auto const y = members.template array<float>(x.rows, 1);
        members.for_each(x.rows, Look{x, seen, y, members.begin(), spoilt});
        return y;
    }
};

struct Pairs : HostSlices<> {
    Pairs() { slice_members = 2; }
};

using Strategy = EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, HostSlices<>>;

Strategy strategy() {
    return {Mlp<>({1, 1}), LowRank<1>{}, Sgd{}, {.population = population}};
}

void play(Strategy& es, RolloutStatistics<> const& statistics, Looker const& looker) {
    Rollout<Counter> const rollout;
    es.step([&](Strategy::members_type const& members, Fitness fitness) {
        rollout(looker, members, {}, fitness, statistics.scale(), statistics.record());
    });
}

} // namespace

TEST_CASE("observations are normalised by the mean and variance of all before", "[rollout]") {
    auto es = strategy();
    RolloutStatistics<> statistics(population, 2);
    std::vector<float> values(population * 2);
    Looker const looker{{values.data(), population, 2, 2}};
    play(es, statistics, looker);
    CHECK(values[0] == 10.0F); // not normalised yet, but within the limit
    CHECK(values[1] == -4.0F);
    CHECK(statistics.absorb() == population * 5);
    // 0, 1, 2, 3, 4: mean 2, variance 2.
    CHECK(statistics.count() == population * 5);
    CHECK_THAT(statistics.mean(0), WithinRel(1002, 1e-12));
    CHECK_THAT(statistics.variance(0), WithinRel(2, 1e-9));
    CHECK_THAT(statistics.mean(1), WithinRel(-2, 1e-12));
    CHECK_THAT(statistics.variance(1), WithinRel(2, 1e-12));
    play(es, statistics, looker);
    CHECK_THAT(values[0], WithinRel(std::sqrt(2.0F), 1e-6F)); // (4 - 2) / sqrt(2)
    CHECK_THAT(values[1], WithinRel(-std::sqrt(2.0F), 1e-6F));
    statistics.absorb(); // the same again changes the count alone
    CHECK(statistics.count() == population * 10);
    CHECK_THAT(statistics.mean(0), WithinRel(1002, 1e-12));
    CHECK_THAT(statistics.variance(0), WithinRel(2, 1e-9));

    RolloutStatistics<> copy(population, 2);
    copy.restore(statistics.saved());
    CHECK(copy.saved() == statistics.saved());
    CHECK(copy.scale().mean[1] == statistics.scale().mean[1]);
    CHECK(copy.scale().factor[1] == statistics.scale().factor[1]);
    CHECK_THROWS_MATCHES(copy.restore({1, 2, 3}), Error,
                         MessageMatches(ContainsSubstring("3 numbers don't fit 2 components")));
}

TEST_CASE("a slice's times stand at its first member, and are added up", "[rollout]") {
    EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, Pairs> es{
        Mlp<>({1, 1}), LowRank<1>{}, Sgd{}, {.population = population}, {}, Pairs{}};
    RolloutStatistics<> statistics(population, 0);
    double* const seconds = statistics.record().seconds; // (member, 2)
    std::fill_n(seconds, 2 * population, -1.0);
    std::vector<float> values(population * 2);
    Looker const looker{{values.data(), population, 2, 2}};
    Rollout<Counter> const rollout;
    es.step(
        [&](auto const& members, Fitness fitness) { rollout(looker, members, {}, fitness, {}, statistics.record()); });
    for (std::int64_t member = 0; member < population; ++member) {
        CAPTURE(member);
        CHECK((seconds[2 * member] >= 0) == (member % 2 == 0));
        CHECK((seconds[2 * member + 1] >= 0) == (member % 2 == 0));
    }
    std::fill_n(seconds, 2 * population, 0.0);
    seconds[0] = 1;
    seconds[4] = 2;
    seconds[5] = 8;
    for (int twice = 0; twice < 2; ++twice) { // what was absorbed doesn't count again
        statistics.absorb();
        CHECK(statistics.seconds().forward == 3);
        CHECK(statistics.seconds().environment == 8);
    }
}

TEST_CASE("a failed member's observations do not count", "[rollout]") {
    auto es = strategy();
    RolloutStatistics<> statistics(population, 2);
    std::vector<float> values(population * 2);
    play(es, statistics, {{values.data(), population, 2, 2}, 6});
    CHECK(statistics.absorb() == 6 * 5 + 2 * 1);
    CHECK(statistics.count() == 6 * 5);
    CHECK_THAT(statistics.mean(0), WithinRel(1002, 1e-12));
}

namespace {

struct OneThread : HostSlices<> {
    OneThread() { workers = 1; }
};
struct Chunks : WholePopulation<> {
    Chunks() { chunk_members = 4; }
};

/// After three generations of a pendulum.
template <class Execution>
std::vector<double> statistics_of_run() {
    EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, Execution> es{
        Mlp<>({3, 8, 1}), LowRank<1>{.sigma = 0.1F}, Sgd{.learning_rate = 0.1F}, {.population = 64}, {}, Execution{}};
    using Members = typename decltype(es)::members_type;
    Rollout<environments::Pendulum<>> const rollout({.max_steps = 30}, {.episodes = 2});
    RolloutStatistics<typename Execution::memory_space> statistics(64, 3);
    for (std::uint32_t generation = 0; generation < 3; ++generation) {
        es.step([&](Members const& members, Fitness fitness) {
            rollout(es.model(), members, {Seed(1).key(), generation}, fitness, statistics.scale(), statistics.record());
        });
        statistics.absorb();
    }
    auto all = statistics.saved();
    auto const parameters = es.host_parameters();
    all.insert(all.end(), parameters.data(), parameters.data() + parameters.values().extent(0));
    return all;
}

} // namespace

TEST_CASE("a run with normalisation is the same on any threads and slices", "[rollout]") {
    auto const expected = statistics_of_run<HostSlices<>>();
    CHECK(expected == statistics_of_run<Pairs>());
    CHECK(expected == statistics_of_run<OneThread>());
    // Kernels on a space round otherwise, and a pendulum near the top magnifies it.
    auto const launched = statistics_of_run<Chunks>();
    REQUIRE(launched.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(launched[i] - expected[i]) <= 1e-2 * (1 + std::abs(expected[i])));
    }
}
