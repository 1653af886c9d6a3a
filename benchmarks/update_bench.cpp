// SPDX-License-Identifier: Apache-2.0
// The update of a width x width matrix from pairs of rank 1 on one thread, its operands regenerated: the kernel alone
// beside the plain product of the same shape with stored operands, and a strategy's, which cuts it into strips and
// applies an optimizer.

#include "instruction_peak.hpp"
#include "plain_product.hpp"

#include <eggroll/eggroll.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
constexpr std::int64_t directions = 4096;

template <class T>
using Distribution = std::conditional_t<std::is_same_v<T, float>, Gaussian, FixedPointGaussian>;

template <class T>
void report(benchmark::State& state, double operations) {
    state.counters["GFLOP/s"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
    double const peak = std::is_same_v<T, float> ? benchmarks::float_peak() : benchmarks::int8_peak();
    if (peak > 0) {
        state.counters["share_of_peak"] =
            benchmark::Counter(operations / peak, benchmark::Counter::kIsIterationInvariantRate);
    }
}

template <class T>
void update(benchmark::State& state) {
    using Stream = NoiseStream<Distribution<T>>;
    std::int64_t const width = state.range(0);
    std::vector<T> const weights(directions, T{1});
    Stream const stream{Seed(1).key(), 0, NoiseDomain::perturbation};
    LowRankUpdate<Stream, T> const what{stream, 0, width, width, 1, weights.data(), directions};
    std::vector<std::byte> scratch(static_cast<std::size_t>(update_scratch_bytes(what, width)));
    UpdateSum<T> total{};
    for (auto _ : state) {
        kernels::host::update_rows(kernels::host::Thread{kernels::host::selected_isa()}, what, 0, width, scratch.data(),
                                   [&](std::int64_t, auto sum) { total += sum; });
        benchmark::DoNotOptimize(total);
    }
    report<T>(state, 2.0 * static_cast<double>(directions * width * width));
}

/// A matrix alone.
template <class T>
struct OneMatrix {
    using storage_type = T;
    ParameterLayout layout;
    Matrix weight;
    explicit OneMatrix(std::int64_t width) : weight(layout.matrix("weight", width, width)) {}
};

/// width, pairs
template <class T, class Optimizer, class Shaping>
void tell(benchmark::State& state) {
    std::int64_t const width = state.range(0);
    std::int64_t const pairs = state.range(1);
    EvolutionStrategy es{OneMatrix<T>(width), LowRank<1, Distribution<T>>{.sigma = 1.0 / 16},
                         Optimizer{},         {.population = 2 * pairs},
                         Shaping{},           HostSlices<>{.workers = 1}};
    std::vector<double> fitness;
    for (std::int64_t member = 0; member < 2 * pairs; ++member) {
        fitness.push_back(static_cast<double>(member * member % 23));
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(es.tell(fitness));
    }
    report<T>(state, 2.0 * static_cast<double>(pairs * width * width));
}

bool const registered = [] {
    for (std::int64_t const width : {256, 1024}) {
        benchmarks::register_plain_products(width, width, directions);
    }
    return true;
}();

} // namespace

BENCHMARK(update<float>)->ArgName("width")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);
BENCHMARK(update<std::int8_t>)->ArgName("width")->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);
BENCHMARK(tell<float, Adam, Standardize>)
    ->ArgNames({"width", "pairs"})
    ->ArgsProduct({{256, 1024}, {64, 4096}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(tell<std::int8_t, ThresholdStep, PairSign>)
    ->ArgNames({"width", "pairs"})
    ->ArgsProduct({{256, 1024}, {64, 4096}})
    ->Unit(benchmark::kMillisecond);
