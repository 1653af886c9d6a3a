// SPDX-License-Identifier: Apache-2.0
// The update of a width x width matrix from 4096 pairs of rank 1 on one thread, its operands regenerated, beside the
// plain product of the same shape with stored operands.

#include "instruction_peak.hpp"
#include "plain_product.hpp"

#include <eggroll/kernels/host/kernels.hpp>
#include <eggroll/random/noise.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
constexpr std::int64_t directions = 4096;

template <class T>
void update(benchmark::State& state) {
    using Stream = NoiseStream<std::conditional_t<std::is_same_v<T, float>, Gaussian, FixedPointGaussian>>;
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
    double const operations = 2.0 * static_cast<double>(directions * width * width);
    state.counters["GFLOP/s"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
    double const peak = std::is_same_v<T, float> ? benchmarks::float_peak() : benchmarks::int8_peak();
    if (peak > 0) {
        state.counters["share_of_peak"] =
            benchmark::Counter(operations / peak, benchmark::Counter::kIsIterationInvariantRate);
    }
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
