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
        auto const report = es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
            es.model().score(members, segment, fitness);
        });
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
