// SPDX-License-Identifier: Apache-2.0
// The host kernels one by one, on one thread, with stored noise: the perturbed linear beside the plain product of the
// same shape, and noise, each with its share of the instruction peak.

#include "instruction_peak.hpp"

#include <eggroll/kernels/host/kernels.hpp>
#include <eggroll/random/noise.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
using kernels::host::Thread;

template <class T>
using Stream = NoiseStream<std::conditional_t<std::is_same_v<T, float>, Gaussian, FixedPointGaussian>>;

template <class T>
Stream<T> stream() {
    return {Seed(1).key(), 0, NoiseDomain::perturbation};
}

template <class T>
std::vector<T> noise(std::int64_t directions, std::int64_t columns, std::int64_t length) {
    std::vector<T> values(static_cast<std::size_t>(directions * columns * length));
    kernels::host::fill(Thread{kernels::host::selected_isa()}, stream<T>(), 0, Factor::a, 0, directions, 0, columns,
                        length, values.data());
    return values;
}

template <class T>
double peak() {
    return std::is_same_v<T, float> ? benchmarks::float_peak() : benchmarks::int8_peak();
}

template <class T>
void report(benchmark::State& state, double operations) {
    state.counters["GOP/s"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
    if (peak<T>() > 0) {
        state.counters["share_of_peak"] =
            benchmark::Counter(operations / peak<T>(), benchmark::Counter::kIsIterationInvariantRate);
    }
}

/// width, rows per member, rank; rank 0 is the plain product, the baseline. 256 rows.
template <class T>
void linear(benchmark::State& state) {
    std::int64_t const width = state.range(0);
    std::int64_t const rows_per_member = state.range(1);
    int const rank = static_cast<int>(state.range(2));
    constexpr std::int64_t rows = 256;
    std::int64_t const directions = rows / rows_per_member / 2;
    Thread const thread{kernels::host::selected_isa()};
    auto const weights = noise<T>(1, width, width);
    auto const input = noise<T>(1, rows, width);
    auto const a = noise<T>(directions, rank > 0 ? rank : 1, width);
    auto const b = noise<T>(directions, rank > 0 ? rank : 1, width);
    struct Release {
        void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }
    };
    std::unique_ptr<std::byte, Release> const packed(
        static_cast<std::byte*>(::operator new (kernels::host::packed_bytes<T>(width, width), std::align_val_t{64})));
    kernels::host::pack(weights.data(), width, width, false, packed.get());
    std::vector<Accumulator<T>> scratch(static_cast<std::size_t>(linear_scratch(rows, rows, width, rank, false)) + 1);
    std::vector<T> output(static_cast<std::size_t>(rows * width));
    Weights<T> const w{weights.data(), width, width, packed.get()};
    Input<T> const x{{input.data(), rows, width, width}, rows_per_member, 1};
    Array2<T> const y{output.data(), rows, width, width};
    typename ScaleOf<T>::type scale{};
    if constexpr (std::is_same_v<T, float>) {
        scale.factor = 0.05F;
    } else {
        scale.shift = 8;
    }
    for (auto _ : state) {
        if (rank == 0) {
            kernels::host::linear(thread, w, x, MemberRows{rows_per_member, 2}, NoNoise{}, scratch.data(), y);
        } else {
            kernels::host::linear(thread, w, x, MemberRows{rows_per_member, 2},
                                  LowRankNoise<T>{a.data(), b.data(), rank, scale}, scratch.data(), y);
        }
        benchmark::DoNotOptimize(output.data());
        benchmark::ClobberMemory();
    }
    report<T>(state, 2.0 * static_cast<double>(rows * width * width));
}

/// Noise of 64 directions of 1024 values.
template <class T>
void fill(benchmark::State& state) {
    constexpr std::int64_t directions = 64;
    constexpr std::int64_t length = 1024;
    std::vector<T> out(directions * length);
    std::uint32_t parameter = 0;
    for (auto _ : state) {
        kernels::host::fill(Thread{kernels::host::selected_isa()}, stream<T>(), ++parameter, Factor::a, 0, directions,
                            0, 1, length, out.data());
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    state.counters["Gvalues/s"] =
        benchmark::Counter(1e-9 * directions * length, benchmark::Counter::kIsIterationInvariantRate);
}

} // namespace

BENCHMARK(linear<float>)
    ->ArgNames({"width", "rows_per_member", "rank"})
    ->ArgsProduct({{256, 1024}, {1, 16}, {0, 1, 4}});
BENCHMARK(linear<std::int8_t>)
    ->ArgNames({"width", "rows_per_member", "rank"})
    ->ArgsProduct({{64, 256, 1024}, {1}, {0, 1}});
BENCHMARK(fill<float>);
BENCHMARK(fill<std::int8_t>);
