// SPDX-License-Identifier: Apache-2.0
// What a generation costs beyond the objective when the model is so small that nothing else counts: 64 parameters, 64
// members, one thread.

#include <eggroll/eggroll.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace {

struct TinyModel {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 8, 8); // (out, in)
};

void step_overhead(benchmark::State& state) {
    constexpr std::int64_t population = 64;
    eggroll::EvolutionStrategy es{TinyModel{},
                                  eggroll::LowRank<1>{},
                                  eggroll::Adam{.learning_rate = 1e-3F},
                                  {.population = population},
                                  eggroll::CentredRank{},
                                  eggroll::HostSlices<>{.workers = 1}};
    using Members = decltype(es)::members_type;
    using Clock = std::chrono::steady_clock;
    std::vector<float> const input(population * 8, 0.5F); // (member, 8)
    Clock::duration inside{};
    auto const objective = [&](Members const& members, Members::fitness_type fitness) {
        auto const begin = Clock::now();
        eggroll::Array2<float const> const x{input.data() + members.begin() * 8, members.size(), 8, 8};
        auto const y = members.linear(es.model().weight, x);
        for (std::int64_t i = 0; i < members.size(); ++i) {
            fitness(i) = static_cast<double>(y(i, 0));
        }
        inside += Clock::now() - begin;
    };
    es.step(objective); // sizes the arenas
    inside = {};
    auto const begin = Clock::now();
    for (auto _ : state) {
        es.step(objective);
    }
    auto const beyond = Clock::now() - begin - inside;
    state.counters["microseconds_beyond_objective"] =
        std::chrono::duration<double, std::micro>(beyond).count() / static_cast<double>(state.iterations());
}

} // namespace

BENCHMARK(step_overhead)->Unit(benchmark::kMicrosecond);
