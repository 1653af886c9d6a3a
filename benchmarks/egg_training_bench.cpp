// SPDX-License-Identifier: Apache-2.0
// Integer training end to end: tokens per second, and what share of the machine's integer peak the model's products
// alone (noise, norms, gates, losses and the update not counted) amount to.

#include "instruction_peak.hpp"

#include <eggroll/eggroll.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace {

using Perturbation = eggroll::LowRank<1, eggroll::FixedPointGaussian>;

/// layers, width, population, workers
void egg_training(benchmark::State& state) {
    constexpr std::int64_t tokens = 100;
    constexpr std::int64_t streams = 16;
    std::int64_t const population = state.range(2);
    auto const workers = static_cast<int>(state.range(3));
    if (workers > Kokkos::DefaultHostExecutionSpace().concurrency()) {
        state.SkipWithError("fewer threads than workers: set OMP_NUM_THREADS");
        return;
    }
    eggroll::EvolutionStrategy es{eggroll::Egg({.layers = state.range(0), .width = state.range(1)}),
                                  Perturbation{.sigma = 1.0 / 16},
                                  eggroll::ThresholdStep{},
                                  {.population = population, .group_size = population / streams},
                                  eggroll::PairSign{},
                                  eggroll::HostSlices<>{.workers = workers}};
    using Members = decltype(es)::members_type;
    std::vector<std::uint8_t> text(streams * (tokens + 1)); // (stream, byte)
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] = static_cast<std::uint8_t>(97 + i * i % 23);
    }
    eggroll::Array2<std::uint8_t const> const segment{text.data(), streams, tokens + 1, tokens + 1};
    auto const step = [&] {
        return es.step([&](Members const& members, Members::fitness_type fitness) {
            es.model().score(members, segment, fitness);
        });
    };
    step(); // sizes the arenas
    double update_seconds = 0;
    double seconds = 0;
    for (auto _ : state) {
        auto const report = step();
        update_seconds += report.update_seconds;
        seconds += report.update_seconds + report.evaluate_seconds;
    }
    auto const bytes = static_cast<double>(state.iterations() * population * tokens);
    double const operations = bytes * static_cast<double>(es.model().operations_per_byte());
    state.counters["tokens_per_second"] = bytes / seconds;
    state.counters["update_share"] = update_seconds / seconds;
    if (benchmarks::int8_peak() > 0) {
        state.counters["share_of_peak"] = operations / seconds / (benchmarks::int8_peak() * workers);
    }
}

} // namespace

BENCHMARK(egg_training)
    ->ArgNames({"layers", "width", "population", "workers"})
    ->Args({2, 64, 1024, 1})
    ->Args({2, 64, 1024, 2})
    ->Args({6, 256, 128, 1})
    ->Args({6, 256, 128, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
