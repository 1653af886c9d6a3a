// SPDX-License-Identifier: Apache-2.0
// The figures of the CUDA backend: products with noise against cuBLASLt's without it, the update counted, and integer
// training end to end. Prints one table; by CUDA events, medians, everything once before it is timed.

#include "cuda_correction.hpp"
#include "cuda_plain_product.hpp"

#include <eggroll/eggroll.hpp>

#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

namespace benchmarks {

using Gpu = eggroll::WholePopulation<Kokkos::Cuda>;
using eggroll::bfloat16;

constexpr std::int64_t width = 8192; // of the matrix, both ways
constexpr std::int64_t members = 1024;
constexpr int buffers = 4; // of every input and result, in turn
constexpr int runs = 12;

/// A value for every index, between -1 and 1.
KOKKOS_INLINE_FUNCTION float spread(std::int64_t index) {
    auto const mixed = static_cast<std::uint32_t>(index) * 2654435761u;
    return static_cast<float>(mixed >> 8) * 0x1p-23F - 1.0F;
}
template <class T>
struct Spread {
    T* values;
    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        if constexpr (std::is_integral_v<T>) {
            values[index] = static_cast<T>(100 + 20 * spread(index));
        } else {
            values[index] = static_cast<T>(spread(index));
        }
    }
};
struct SpreadFitness {
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        fitness(member) = static_cast<double>(spread(member));
    }
};

template <class T>
Kokkos::View<T*, Kokkos::CudaSpace> spread_array(std::int64_t size) {
    Kokkos::View<T*, Kokkos::CudaSpace> const array(Kokkos::view_alloc(Kokkos::WithoutInitializing, "inputs"),
                                                    static_cast<std::size_t>(size));
    Kokkos::parallel_for("inputs", Kokkos::RangePolicy<Kokkos::Cuda, Kokkos::IndexType<std::int64_t>>(0, size),
                         Spread<T>{array.data()});
    return array;
}

/// One matrix, and nothing else.
struct OneMatrix {
    using storage_type = bfloat16;
    eggroll::ParameterLayout layout;
    eggroll::Matrix matrix = layout.matrix("matrix", width, width);
};

struct Times {
    double forward; // of one product of all members, milliseconds
    double update;
};

/// Products with noise, `rows` for each member, and the update that follows them.
template <class Perturbation, class Optimizer>
Times with_noise(std::int64_t rows, Perturbation const& perturbation, int repetitions = runs) {
    std::int64_t const all = members * rows;
    std::size_t const result_bytes = static_cast<std::size_t>(all * width) * sizeof(float);
    eggroll::EvolutionStrategy es{OneMatrix{},
                                  perturbation,
                                  Optimizer{.learning_rate = 1e-6F},
                                  {.population = members, .seed = 1},
                                  eggroll::CentredRank{},
                                  Gpu{.arena_bytes = 2 * result_bytes, .chunk_members = members}};
    using Members = typename decltype(es)::members_type;
    std::vector<Kokkos::View<float*, Kokkos::CudaSpace>> inputs;
    for (int i = 0; i < buffers; ++i) {
        inputs.push_back(spread_array<float>(all * width)); // (row, in)
    }
    std::vector<double> forward;
    std::vector<double> update;
    for (int generation = 0; generation < 5; ++generation) { // the first two for arenas and caches
        Marks marks(Kokkos::Cuda().cuda_stream());
        int const products = generation < 2 ? 1 : repetitions;
        auto const report = es.step([&](Members const& slice, typename Members::fitness_type fitness) {
            marks.set();
            for (int i = 0; i < products; ++i) {
                auto const frame = slice.frame();
                auto const& x = inputs[static_cast<std::size_t>(i % buffers)];
                slice.linear(es.model().matrix, eggroll::Array2<float>{x.data(), all, width, width});
                marks.set();
            }
            slice.for_each(slice.size(), SpreadFitness{fitness});
        });
        if (generation >= 2) {
            auto const times = marks.milliseconds();
            forward.insert(forward.end(), times.begin(), times.end());
            update.push_back(1e3 * report.update_seconds); // the host's clock: it waits at its end
        }
    }
    return {median(forward), median(update)};
}

double without_noise(std::int64_t rows) {
    std::int64_t const all = members * rows;
    auto const w = spread_array<bfloat16>(width * width); // (out, in)
    std::vector<Kokkos::View<bfloat16*, Kokkos::CudaSpace>> arrays;
    std::vector<void const*> x;
    std::vector<void*> y;
    for (int i = 0; i < buffers; ++i) {
        arrays.push_back(spread_array<bfloat16>(all * width));
        x.push_back(arrays.back().data());
        arrays.push_back(spread_array<bfloat16>(all * width));
        y.push_back(arrays.back().data());
    }
    Kokkos::fence("inputs");
    return plain_product(Kokkos::Cuda().cuda_stream(), all, width, width, x, w.data(), y);
}

/// Adding noise of rank 1 to a finished product, one row a member.
double correction() {
    eggroll::NoiseStream<eggroll::Gaussian> const source{eggroll::Seed(1).key(), 0, eggroll::NoiseDomain::perturbation};
    eggroll::GeneratedLowRank<eggroll::NoiseStream<eggroll::Gaussian>, float> const noise{
        .source = source, .parameter = 0, .first_direction = 0, .rank = 1, .scale = {0.01F}};
    eggroll::kernels::cuda::On<eggroll::kernels::cuda::CudaLauncher> const place{};
    auto const t = spread_array<float>(members);
    std::vector<Kokkos::View<float*, Kokkos::CudaSpace>> arrays; // x and y, in turn
    for (int i = 0; i < 2 * buffers; ++i) {
        arrays.push_back(spread_array<float>(members * width));
    }
    Marks marks(place.space.cuda_stream());
    for (int i = 0; i <= runs; ++i) {
        auto const at = static_cast<std::size_t>(i % buffers * 2);
        float* const x = arrays[at].data();
        float* const y = arrays[at + 1].data();
        add_noise(place, noise, {{x, members, width, width}, 1, 1}, {}, t.data(), {y, members, width, width});
        marks.set();
    }
    return median(marks.milliseconds());
}

void row(std::string const& what, double milliseconds, double ratio, char const* target) {
    std::printf("%-62s %10.3f ms %8.3f   %s\n", what.c_str(), milliseconds, ratio, target);
    std::fflush(stdout);
}

void products() {
    using eggroll::Adam;
    using eggroll::LowRank;
    using eggroll::Sgd;
    double const plain = without_noise(1);
    double const plain_16 = without_noise(16);
    row("bf16 8192 x 8192, 1024 members: cuBLASLt, no noise", plain, 1, "");
    double const corrected = plain + correction();
    row("  and kernels that add rank 1 to its result", corrected, plain / corrected, "the baseline");
    auto const one = with_noise<LowRank<1>, Sgd>(1, {});
    row("  rank 1", one.forward, plain / one.forward, ">= 0.90");
    auto const four = with_noise<LowRank<4>, Sgd>(1, {});
    row("  rank 4, fields of 16 bits", four.forward, plain / four.forward, ">= 0.85");
    row("16 rows for each member: cuBLASLt, no noise", plain_16, 1, "");
    auto const sgd = with_noise<LowRank<1>, Sgd>(16, {});
    row("  rank 1", sgd.forward, plain_16 / sgd.forward, ">= 0.95");
    row("    the update, SGD", sgd.update, 0, "");
    row("    both", sgd.forward + sgd.update, plain_16 / (sgd.forward + sgd.update), ">= 0.90");
    auto const adam = with_noise<LowRank<1>, Adam>(16, {});
    row("    the update, Adam", adam.update, 0, "");
    row("    both", adam.forward + adam.update, plain_16 / (adam.forward + adam.update), ">= 0.85");
    auto const full = with_noise<eggroll::FullRank<>, Sgd>(1, {}, 2);
    row("  full rank (OpenES), noise regenerated", full.forward, plain / full.forward, "reported");
}

/// Integer training: 6 layers of width 256, 100 bytes for each update.
void language_model(std::int64_t population) {
    constexpr std::int64_t tokens = 100;
    constexpr std::int64_t streams = 64;
    std::size_t before = 0;
    std::size_t after = 0;
    std::size_t total = 0;
    Kokkos::fence("memory");
    check_cuda(cudaMemGetInfo(&before, &total));
    eggroll::EvolutionStrategy es{eggroll::Egg({.layers = 6, .width = 256}),
                                  eggroll::LowRank<1, eggroll::FixedPointGaussian>{.sigma = 1.0 / 16},
                                  eggroll::ThresholdStep{},
                                  {.population = population, .seed = 1, .group_size = population / streams},
                                  eggroll::PairSign{},
                                  Gpu{}};
    using Members = decltype(es)::members_type;
    auto const bytes = spread_array<std::uint8_t>(streams * (tokens + 1)); // (stream, byte)
    eggroll::Array2<std::uint8_t const> const segment{bytes.data(), streams, tokens + 1, tokens + 1};
    std::vector<double> evaluate;
    std::vector<double> update;
    for (int generation = 0; generation < 4; ++generation) {
        auto const report = es.step(
            [&](Members const& slice, Members::fitness_type fitness) { es.model().score(slice, segment, fitness); });
        if (generation > 0) {
            evaluate.push_back(report.evaluate_seconds);
            update.push_back(report.update_seconds);
        }
    }
    check_cuda(cudaMemGetInfo(&after, &total));
    double const seconds = median(evaluate) + median(update);
    std::printf("EGG 6 x 256, population %-8lld %8.2f M bytes/s (update %4.1f %%), %6.2f GiB   >= 20 M, < 8 GiB\n",
                static_cast<long long>(population), static_cast<double>(population * tokens) / seconds * 1e-6,
                100 * median(update) / seconds, static_cast<double>(before - after) / (1 << 30));
    std::fflush(stdout);
}

} // namespace benchmarks

int main() {
    Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    try {
        cudaDeviceProp properties{};
        int driver = 0;
        benchmarks::check_cuda(cudaGetDeviceProperties(&properties, Kokkos::Cuda().cuda_device()));
        benchmarks::check_cuda(cudaDriverGetVersion(&driver));
        std::printf("%s, CUDA %d.%d. Ratio: cuBLASLt's time without noise / ours with it.\n", properties.name,
                    driver / 1000, driver % 1000 / 10);
        benchmarks::products();
        for (int exponent : {16, 18, 20}) {
            benchmarks::language_model(std::int64_t{1} << exponent);
        }
    } catch (std::exception const& error) {
        std::fprintf(stderr, "cuda_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
