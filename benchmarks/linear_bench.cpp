// SPDX-License-Identifier: Apache-2.0
// The perturbed linear of a whole generation on one thread, as a strategy runs it: weights packed, the noise of every
// slice regenerated, the low-rank term fused. Beside it the plain product of the same shape.

#include "plain_product.hpp"

#include <eggroll/eggroll.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using LowRankNoisePolicy = LowRank<dynamic_rank>;

constexpr std::int64_t rows = 1024; // members times rows per member

struct OneMatrix {
    ParameterLayout layout;
    Matrix weight; // (width, width)

    explicit OneMatrix(std::int64_t width) : weight(layout.matrix("weight", width, width)) {}
};

template <class Perturbation>
void forward(benchmark::State& state, Perturbation const& perturbation, std::int64_t width,
             std::int64_t rows_per_member) {
    OneMatrix const model(width);
    Parameters<float> const parameters(model.layout);
    initialize(model.layout, 1, parameters);
    std::vector<float> input(static_cast<std::size_t>(rows * width), 0.25F); // (member x row, width)
    std::int64_t const members = rows / rows_per_member;
    std::vector<double> fitness(static_cast<std::size_t>(members));
    std::vector<float*> const states;

    using Space = Kokkos::DefaultHostExecutionSpace;
    using Place = kernels::host::Thread;
    HostSliceRunner<float, Perturbation, Space, Place> runner({.workers = 1}, model.layout, parameters.data());
    using Members = typename decltype(runner)::members_type;
    auto objective = [&](Members const& slice, Fitness) {
        Array2<float> const x{input.data() + slice.begin() * rows_per_member * width, slice.size() * rows_per_member,
                              width, width};
        auto y = slice.linear(model.weight, x);
        benchmark::DoNotOptimize(y.data);
        benchmark::ClobberMemory();
    };
    GenerationNoise<float, typename Perturbation::source_type> noise;
    noise.members_per_direction = perturbation.antithetic ? 2 : 1;
    auto const plans = perturbation.plan(model.layout);
    std::uint64_t generation = 0;
    auto const run = [&] {
        noise.source = perturbation.source(1, generation);
        noise.bind(model.layout, plans, generation);
        ++generation;
        runner.invalidate();
        runner.evaluate(objective, {&noise, members, members, false, &states, fitness.data()});
    };
    run(); // sizes the arenas and the packed weights, once in a strategy's life
    for (auto _ : state) {
        run();
    }
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(rows * width * width),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

/// width, rows per member, rank
void low_rank(benchmark::State& state) {
    forward(state, LowRankNoisePolicy{.rank = static_cast<int>(state.range(2))}, state.range(0), state.range(1));
}

/// width
void full_rank(benchmark::State& state) {
    forward(state, FullRank<>{}, state.range(0), 1);
}

/// width
void unperturbed(benchmark::State& state) {
    forward(state, Unperturbed<>{}, state.range(0), 1);
}

bool const registered = [] {
    for (std::int64_t const width : {128, 1024, 2048, 4096}) {
        benchmarks::register_plain_products(rows, width, width);
    }
    return true;
}();

} // namespace

BENCHMARK(low_rank)
    ->ArgNames({"width", "rows_per_member", "rank"})
    ->ArgsProduct({{128, 1024, 2048, 4096}, {1}, {1, 4, 16}})
    ->ArgsProduct({{128, 1024, 2048, 4096}, {16}, {1}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(unperturbed)->ArgName("width")->Arg(128)->Arg(1024)->Arg(2048)->Arg(4096)->Unit(benchmark::kMillisecond);
BENCHMARK(full_rank)->ArgName("width")->Arg(128)->Arg(1024)->Unit(benchmark::kMillisecond);
