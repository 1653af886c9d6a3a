// SPDX-License-Identifier: Apache-2.0

// The same seed gives the same parameters: integers on every route, floats however a route cuts and spreads its work.

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/egg.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

using eggroll::Array2;
using eggroll::Egg;
using eggroll::Fitness;
using eggroll::FixedPointGaussian;
using eggroll::HostSlices;
using eggroll::LowRank;
using eggroll::WholePopulation;

namespace {

using Serial = Kokkos::Serial;
using Threads = Kokkos::DefaultHostExecutionSpace;
using Device = Kokkos::DefaultExecutionSpace;

constexpr std::int64_t population = 64;
constexpr std::int64_t group_size = 16;
constexpr std::int64_t tokens = 20;
constexpr int generations = 6;

/// What a run leaves: parameters, members' states, fitness of the last generation.
struct Outcome {
    std::vector<std::int8_t> arrays;
    double fitness_mean = 0;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

/// A segment of a stream for each group, with a document's end now and then.
std::vector<std::uint8_t> segments(int generation) {
    std::vector<std::uint8_t> text; // (group, tokens + 1)
    std::uint32_t state = 77;
    for (std::int64_t group = 0; group < population / group_size; ++group) {
        for (std::int64_t i = 0; i <= tokens; ++i) {
            state = state * 1664525u + 1013904223u + static_cast<std::uint32_t>(generation);
            auto const drawn = static_cast<std::uint8_t>(state >> 24);
            text.push_back(drawn < 16 ? 0 : static_cast<std::uint8_t>('a' + drawn % 7));
        }
    }
    return text;
}

template <class Execution>
Outcome trained(Execution const& execution, std::uint64_t seed = 7) {
    using Strategy = eggroll::EvolutionStrategy<Egg, LowRank<1, FixedPointGaussian>, eggroll::ThresholdStep,
                                                eggroll::PairSign, Execution>;
    LowRank<1, FixedPointGaussian> perturbation;
    perturbation.sigma = 0x1p-4;
    eggroll::ThresholdStep optimizer;
    optimizer.alpha = eggroll::Schedule::inverse_time(1.0, 0.5);
    eggroll::StrategyOptions options;
    options.population = population;
    options.seed = seed;
    options.group_size = group_size;
    Strategy es(Egg({.layers = 2, .width = 16}), perturbation, optimizer, options, {}, execution);
    Outcome outcome;
    for (int generation = 0; generation < generations; ++generation) {
        auto const text = segments(generation);
        Array2<std::uint8_t const> const streams{text.data(), population / group_size, tokens + 1, tokens + 1};
        auto const report = es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
            es.model().score(members, streams, fitness);
        });
        outcome.fitness_mean = report.fitness_mean;
    }
    es.for_each_array([&](auto const&, auto const&, auto const& view) {
        auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
        outcome.arrays.insert(outcome.arrays.end(), host.data(), host.data() + host.extent(0));
    });
    return outcome;
}

} // namespace

TEST_CASE("int8 training gives the same bits on every route", "[determinism]") {
    auto const expected = trained(HostSlices<Serial>{.workers = 1, .slice_members = 64});
    CHECK(expected != trained(HostSlices<Serial>{.workers = 1, .slice_members = 64}, 8));
    for (int const workers : {1, 2, 4}) {
        for (std::int64_t const members : {2, 6, 16, 64}) {
            CAPTURE(workers, members);
            CHECK(trained(HostSlices<Threads>{.workers = workers, .slice_members = members}) == expected);
        }
    }
    CHECK(trained(HostSlices<Threads, eggroll::kernels::reference::Place>{}) == expected);
    CHECK(trained(WholePopulation<Serial>{}) == expected);
    for (std::int64_t const members : {2, 6, 16, 64}) {
        CAPTURE(members);
        CHECK(trained(WholePopulation<Device>{.chunk_members = members}) == expected);
    }
    CHECK(trained(WholePopulation<Device>{.arena_bytes = 1}) == expected); // the smallest chunks
}
