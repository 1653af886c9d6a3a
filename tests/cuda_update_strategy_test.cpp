// SPDX-License-Identifier: Apache-2.0
// Twenty generations whose update runs in emulated thread blocks, against the generic kernels: the same parameters.

#include "support/emulated_gpu.hpp"
#include "support/toy.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/members/whole_population.hpp>
#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/perturbation/full_rank.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

template <class Storage>
struct Ragged {
    using storage_type = Storage;
    ParameterLayout layout;
    Matrix weight = layout.matrix("weight", 130, 9);
    Vector bias = layout.vector("bias", 35);
    Embedding table = layout.embedding("table", 5, 4);
};

/// The update alone: fitness is made up.
template <class Model, class Optimizer, class Shaping, class Perturbation>
void check_generations(Perturbation const& perturbation, Optimizer const& optimizer) {
    using Generic = EvolutionStrategy<Model, Perturbation, Optimizer, Shaping, WholePopulation<Kokkos::Serial>>;
    using Emulated =
        EvolutionStrategy<Model, Perturbation, Optimizer, Shaping, WholePopulation<Kokkos::Serial, EmulatedGpu>>;
    StrategyOptions const options{.population = 32, .seed = 5};
    Generic expected(Model(), perturbation, optimizer, options);
    Emulated found(Model(), perturbation, optimizer, options);
    auto const initial = stored(found);
    for (std::uint32_t generation = 0; generation < 20; ++generation) {
        auto const fitness = some_fitness(options.population, generation + 1);
        Report const a = expected.tell(fitness);
        Report const b = found.tell(fitness);
        REQUIRE(stored(found) == stored(expected));
        CHECK(b.moved_fraction == a.moved_fraction);
        CHECK_THAT(b.update_norm, Catch::Matchers::WithinRel(a.update_norm, 1e-12));
    }
    CHECK(stored(found) != initial);
}

} // namespace

TEST_CASE("integer updates are the same in emulated thread blocks", "[cuda][update]") {
    check_generations<Ragged<std::int8_t>, ThresholdStep, PairSign>(LowRank<2, FixedPointGaussian>{.sigma = 1.0 / 16},
                                                                    ThresholdStep{});
}

TEST_CASE("float updates of factors and weights that half holds exactly are the same", "[cuda][update]") {
    // Signs, and fitness in 64ths: all sums are exact.
    check_generations<Ragged<float>, Adam, Identity>(LowRank<1, Rademacher>{.sigma = 0.5F}, Adam{});
}

TEST_CASE("float updates of full rank add directions in the generic kernel's order", "[cuda][update]") {
    using Optimizer = ClipNorm<Adam>;
    check_generations<Ragged<float>, Optimizer, CentredRank>(FullRank<Gaussian>{.sigma = 0.5F},
                                                             Optimizer{.max_norm = 0.5F});
}
