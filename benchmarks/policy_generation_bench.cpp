// SPDX-License-Identifier: Apache-2.0
// One generation of a policy network, noise, forward, shaping and Adam, against plain inference of the same net with
// the same rows: what training costs beyond evaluating. One thread.

#include "plain_mlp.hpp"
#include "policy_generation.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace benchmarks;

// One type for all ranks: kernels take the rank at run time anyway.
using Strategy = eggroll::EvolutionStrategy<eggroll::Mlp<float>, eggroll::LowRank<eggroll::dynamic_rank>, eggroll::Adam,
                                            eggroll::CentredRank, eggroll::HostSlices<>>;

Strategy make_strategy(int rank) {
    return Strategy{eggroll::Mlp<float>(policy_widths),
                    eggroll::LowRank<eggroll::dynamic_rank>{.rank = rank},
                    eggroll::Adam{.learning_rate = 1e-3F},
                    {.population = policy_members},
                    {},
                    {.workers = 1}};
}

void count_seconds(benchmark::State& state) {
    state.counters["seconds"] =
        benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// rank
void policy_generation(benchmark::State& state) {
    auto es = make_strategy(static_cast<int>(state.range(0)));
    auto const observations = policy_observations();
    PolicyObjective const objective{es.model(), observations};
    es.step(objective); // sizes the arenas
    for (auto _ : state) {
        es.step(objective);
    }
    count_seconds(state);
}

void policy_inference(benchmark::State& state) {
    auto es = make_strategy(1);
    auto const observations = policy_observations();
    PolicyObjective const objective{es.model(), observations};
    for (auto _ : state) {
        benchmark::DoNotOptimize(es.evaluate_mean(objective, policy_members).data());
    }
    count_seconds(state);
}

void policy_inference_by_eigen(benchmark::State& state) {
    std::vector<PlainLayer> layers;
    for (std::size_t i = 0; i + 1 < policy_widths.size(); ++i) {
        auto const out = static_cast<std::size_t>(policy_widths[i + 1]);
        auto const in = static_cast<std::size_t>(policy_widths[i]);
        layers.push_back({policy_widths[i + 1], policy_widths[i], std::vector<float>(out * in, 0.01F),
                          std::vector<float>(out, 0.01F)});
    }
    auto const observations = policy_observations();
    for (auto _ : state) {
        benchmark::DoNotOptimize(run_mlp_by_eigen(layers, observations));
    }
    count_seconds(state);
}

} // namespace

BENCHMARK(policy_inference)->Unit(benchmark::kMillisecond);
BENCHMARK(policy_inference_by_eigen)->Unit(benchmark::kMillisecond);
BENCHMARK(policy_generation)->ArgName("rank")->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);
