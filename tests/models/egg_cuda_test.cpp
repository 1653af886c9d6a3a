// SPDX-License-Identifier: Apache-2.0
// The kernel that scores a whole text, emulated: it must give what the operations give, to the bit.

#include "support/emulated_gpu.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/io/parameter_hash.hpp>
#include <eggroll/members/host_slices.hpp>
#include <eggroll/members/whole_population.hpp>
#include <eggroll/models/egg.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace eggroll;
using eggroll::testing::EmulatedGpu;
using Host = HostSlices<Kokkos::Serial>;
using Gpu = WholePopulation<Kokkos::Serial, EmulatedGpu>;
using Noise = LowRank<1, FixedPointGaussian>;

struct Trained {
    std::string parameters;            // hash
    std::vector<std::int8_t> arrays;   // parameters and states
    std::vector<double> fitness_means; // (generation)
    std::vector<double> bits;          // exact losses: (generation, member)
    friend bool operator==(Trained const&, Trained const&) = default;
};

struct Run {
    EggOptions model;
    std::int64_t population = 32;
    std::int64_t group_size = 16;
    std::int64_t tokens = 4;
    int generations = 2;
};

/// Trains on a made-up text, with zeros that begin documents.
template <class Execution>
Trained trained(Run const& run, Noise const& noise, Execution const& execution) {
    using Strategy = EvolutionStrategy<Egg, Noise, ThresholdStep, PairSign, Execution>;
    StrategyOptions options;
    options.population = run.population;
    options.group_size = run.group_size;
    options.seed = 7;
    Strategy es(Egg(run.model), noise, ThresholdStep{}, options, {}, execution);
    std::int64_t const streams = run.population / run.group_size;
    std::vector<std::uint8_t> text(static_cast<std::size_t>(streams * (run.tokens + 1)));
    std::uint32_t random = 77;
    Trained result;
    for (int generation = 0; generation < run.generations; ++generation) {
        for (auto& byte : text) {
            random = random * 1664525u + 1013904223u;
            byte = static_cast<std::uint8_t>(random >> 24 < 40 ? 0 : random >> 24);
        }
        Array2<std::uint8_t const> const segment{text.data(), streams, run.tokens + 1, run.tokens + 1};
        std::vector<Egg::ExactLogLoss> exact(static_cast<std::size_t>(run.population));
        auto const report = es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
            es.model().score(members, segment, fitness, exact.data() + members.begin());
        });
        for (auto const& loss : exact) {
            result.bits.push_back(kernels::rows::bits(loss));
        }
        result.fitness_means.push_back(report.fitness_mean);
    }
    result.parameters = io::parameter_hash(es.layout(), es.host_parameters());
    es.for_each_array([&](auto const&, auto const&, auto const& view) {
        result.arrays.insert(result.arrays.end(), view.data(), view.data() + view.extent(0));
    });
    return result;
}

} // namespace

TEST_CASE("20 generations of an Egg are the same on the host and on the emulated GPU") {
    Run const run{.model = {.layers = 2, .width = 64}, .tokens = 3, .generations = 20};
    Noise const noise{.sigma = 0x1p-4};
    CHECK(trained(run, noise, Gpu{}) == trained(run, noise, Host{}));
}

TEST_CASE("the kernel of a whole Egg has all its widths, and tiles that are not full") {
    Noise const noise{.sigma = 0x1p-2};
    // 128: a divisor that is no power of two. 64 members a tile, the second one not full.
    for (Run const& run :
         {Run{.model = {.layers = 1, .width = 128}, .population = 68, .group_size = 34, .tokens = 2, .generations = 1},
          Run{.model = {.layers = 1, .width = 256},
          .population = 10,
          .group_size = 2,
          .tokens = 2,
          .generations = 1}}) {
        CAPTURE(run.model.width);
        CHECK(trained(run, noise, Gpu{}) == trained(run, noise, Host{}));
    }
}

TEST_CASE("the kernel of a whole Egg takes frozen matrices, sigmas of their own and full noise of vectors") {
    Run const run{.model = {.layers = 2, .width = 64}, .population = 8, .group_size = 4, .tokens = 2};
    Noise noise{.sigma = 0x1p-1, .vectors = VectorPerturbation::full};
    noise.overrides = {{.parameter = "layer0.Uh", .rank = 0}, {.parameter = "head", .sigma = 1.0}};
    CHECK(trained(run, noise, Gpu{}) == trained(run, noise, Host{}));
}

TEST_CASE("an Egg that the kernel doesn't take is scored by operations") {
    Run const narrow{.model = {.layers = 1, .width = 48}, .population = 4, .group_size = 2, .tokens = 2};
    CHECK(trained(narrow, Noise{.sigma = 0x1p-3}, Gpu{}) == trained(narrow, Noise{.sigma = 0x1p-3}, Host{}));
    Run const deep{.model = {.layers = 13, .width = 64}, .population = 2, .group_size = 2, .tokens = 1};
    CHECK(trained(deep, Noise{.sigma = 0x1p-3}, Gpu{}) == trained(deep, Noise{.sigma = 0x1p-3}, Host{}));
}

namespace {

/// Bytes of a member in the arenas of a chunk: half a pair's factors of rank 1, its own vectors, its sum.
std::int64_t chunk_bytes(EggOptions const& model) {
    std::int64_t const d = model.width;
    std::int64_t const factors = 2 * (Egg::alphabet + d) + model.layers * (4 * 2 * d + 2 * 5 * d);
    std::int64_t const vectors = (4 * model.layers + 1) * d;
    return factors / 2 + vectors + 8;
}

} // namespace

TEST_CASE("chunks of the kernel of a whole Egg obey arena_bytes") {
    EggOptions const model{.layers = 1, .width = 256};
    constexpr std::int64_t population = 256;
    Gpu execution;
    execution.arena_bytes = static_cast<std::size_t>(130 * chunk_bytes(model));
    using Strategy = EvolutionStrategy<Egg, Noise, ThresholdStep, PairSign, Gpu>;
    StrategyOptions options;
    options.population = population;
    Strategy es(Egg(model), Noise{.sigma = 0x1p-4}, ThresholdStep{}, options, {}, execution);
    std::vector<std::uint8_t> const text(population);
    std::vector<std::int64_t> sizes; // of the last generation's chunks
    for (int generation = 0; generation < 2; ++generation) {
        sizes.clear();
        es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
            sizes.push_back(members.size());
            // No bytes to read: the noise is made, the kernel launched.
            es.model().score(members, Array2<std::uint8_t const>{text.data(), population, 1, 1}, fitness);
        });
    }
    std::int64_t const largest = *std::max_element(sizes.begin(), sizes.end());
    CHECK(largest * chunk_bytes(model) <= static_cast<std::int64_t>(execution.arena_bytes));
    CHECK(largest > 64); // not the first generation's chunks, which measure

    // The published size at the largest population: parameters, states, a fitness and a weight a member, the arenas.
    EggOptions const published{.layers = 6, .width = 256};
    std::int64_t const members = std::int64_t{1} << 20;
    std::int64_t const d = published.width;
    std::int64_t const parameters = Egg(published).layout.extent();
    std::int64_t const total = 2 * parameters + members * (published.layers * d + 2 * 8) + (std::int64_t{1} << 30);
    CHECK(total < std::int64_t{8} << 30);
    CHECK((std::int64_t{1} << 30) / chunk_bytes(published) > 132 * 96); // a tile for every multiprocessor of an H200
}
