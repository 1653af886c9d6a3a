// SPDX-License-Identifier: Apache-2.0
// A generation of reinforcement learning, with the paper's policy in CartPole: noise, rollout, shaping and Adam. Beside
// it plain inference of the same network in the same episodes, and the same matrix products alone. One thread.

#include <eggroll/eggroll.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/rollout.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t population = 2048;
std::vector<std::int64_t> const widths{4, 256, 256, 256, 2};

/// Nobody falls: every episode takes max_steps steps.
struct EndlessCartPole : eggroll::environments::CartPole<> {
    template <class Random>
    eggroll::environments::Transition<float> step(state_type& state, action_type action, Random& random) const {
        return {eggroll::environments::CartPole<>::step(state, action, random).reward, false};
    }
};
using Rollout = eggroll::tasks::Rollout<EndlessCartPole>;

/// The network's weights alone.
struct Products {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    std::vector<eggroll::Matrix> matrices;

    Products() {
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
            matrices.push_back(layout.matrix("layer" + std::to_string(i), widths[i + 1], widths[i]));
        }
    }
};

template <class Model>
using Strategy = eggroll::EvolutionStrategy<Model, eggroll::LowRank<eggroll::dynamic_rank>, eggroll::Adam,
                                            eggroll::CentredRank, eggroll::HostSlices<>>;
using Members = Strategy<Products>::members_type; // whatever the model

template <class Model>
Strategy<Model> make_strategy(Model const& model, benchmark::State const& state) {
    return {model,
            eggroll::LowRank<eggroll::dynamic_rank>{.rank = static_cast<int>(state.range(1))},
            eggroll::Adam{.learning_rate = 1e-3F},
            {.population = population},
            {},
            {.workers = 1}};
}

eggroll::Mlp<> policy() {
    return eggroll::Mlp<>(widths, eggroll::Activation::layer_norm_relu);
}

Rollout make_rollout(benchmark::State const& state) {
    return Rollout({{.max_steps = static_cast<int>(state.range(0))}});
}

void count_steps(benchmark::State& state) {
    state.counters["member_steps/s"] = benchmark::Counter(static_cast<double>(population * state.range(0)),
                                                          benchmark::Counter::kIsIterationInvariantRate);
}

/// steps, rank
void rollout_generation(benchmark::State& state) {
    auto es = make_strategy(policy(), state);
    auto const rollout = make_rollout(state);
    for (auto _ : state) {
        es.step([&](Members const& members, eggroll::Fitness fitness) { rollout(es.model(), members, {}, fitness); });
    }
    count_steps(state);
}

/// steps, rank: what no noise, no update, one policy for all take
void rollout_inference(benchmark::State& state) {
    auto es = make_strategy(policy(), state);
    auto const rollout = make_rollout(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            es.evaluate_mean(
                  [&](Members const& members, eggroll::Fitness fitness) { rollout(es.model(), members, {}, fitness); },
                  population)
                .data());
    }
    count_steps(state);
}

/// steps, rank: the products of a generation, perturbed, of the same inputs in each step
void rollout_products(benchmark::State& state) {
    auto es = make_strategy(Products{}, state);
    std::vector<float> const inputs(static_cast<std::size_t>(population * 256), 0.1F);
    for (auto _ : state) {
        es.step([&](Members const& members, eggroll::Fitness fitness) {
            members.repeat(state.range(0), [&](eggroll::Step) {
                for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
                    eggroll::Array2<float const> const x{inputs.data(), members.size(), widths[i], widths[i]};
                    members.linear(es.model().matrices[i], x);
                }
            });
            for (std::int64_t i = 0; i < members.size(); ++i) {
                fitness(i) = 0;
            }
        });
    }
    count_steps(state);
}

} // namespace

BENCHMARK(rollout_generation)
    ->ArgNames({"steps", "rank"})
    ->ArgsProduct({{20, 500}, {1, 4}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(rollout_products)
    ->ArgNames({"steps", "rank"})
    ->ArgsProduct({{20, 500}, {1, 4}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(rollout_inference)->ArgNames({"steps", "rank"})->ArgsProduct({{20, 500}, {1}})->Unit(benchmark::kMillisecond);
