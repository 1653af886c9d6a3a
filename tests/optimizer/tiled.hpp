// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A model whose update takes several tiles, trained with an optimizer on a route.

#include "support/temporary_directory.hpp"
#include "support/toy.hpp"

#include <eggroll/io/checkpoint.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

namespace eggroll::testing {

using Threads = Kokkos::DefaultHostExecutionSpace;

inline constexpr std::int64_t tiled_population = 64;

/// A parameter of each kind of noise; several tiles of the host's update.
template <class Storage>
struct Tiled {
    using storage_type = Storage;
    ParameterLayout layout;
    Matrix weight = layout.matrix("weight", 150, 257);
    Vector bias = layout.vector("bias", 150);
    Embedding table = layout.embedding("table", 3, 70);
};

template <class Storage, class Optimizer, class Execution>
using TiledStrategy = EvolutionStrategy<Tiled<Storage>, LowRank<2>, Optimizer, CentredRank, Execution>;

template <class Storage, class Optimizer, class Execution>
TiledStrategy<Storage, Optimizer, Execution> make(Optimizer const& optimizer, Execution const& execution) {
    LowRank<2> perturbation{.sigma = 0.1F, .overrides = {{.parameter = "table", .learning_rate = 0.25F}}};
    return {Tiled<Storage>{}, perturbation, optimizer, {.population = tiled_population, .seed = 11}, {}, execution};
}

template <class Storage, class Optimizer, class Execution>
std::vector<Storage> trained(Optimizer const& optimizer, Execution const& execution) {
    auto es = make<Storage>(optimizer, execution);
    for (std::uint32_t t = 0; t < 4; ++t) {
        es.tell(some_fitness(tiled_population, t));
    }
    return stored(es);
}

template <class Storage>
std::vector<float> floats(std::vector<Storage> const& values) {
    return {values.begin(), values.end()};
}

/// Of elements whose distance is beyond `bound`.
inline double fraction_apart(std::vector<float> const& a, std::vector<float> const& b, float bound) {
    double count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        count += std::abs(a[i] - b[i]) <= bound ? 0 : 1;
    }
    return count / static_cast<double>(a.size());
}

/// The same bits however the population is cut; the host's result.
template <class Storage, class Optimizer>
std::vector<float> check_cuts(Optimizer const& optimizer) {
    auto const host = floats(trained<Storage>(optimizer, HostSlices<Threads>{.workers = 1}));
    for (int const workers : {2, 3}) {
        CAPTURE(workers);
        HostSlices<Threads> const cut{.workers = workers, .slice_members = 2 * workers};
        CHECK(floats(trained<Storage>(optimizer, cut)) == host);
    }
    auto const device = floats(trained<Storage>(optimizer, WholePopulation<Threads>{}));
    CHECK(floats(trained<Storage>(optimizer, WholePopulation<Kokkos::Serial>{.chunk_members = 4})) == device);
    return host;
}

/// A run that is saved and loaded half-way ends as one that never stopped.
template <class Storage, class Optimizer>
void check_resume(Optimizer const& optimizer) {
    eggroll_test::TemporaryDirectory const directory;
    auto const path = directory.path() / "checkpoint.safetensors";
    auto whole = make<Storage>(optimizer, HostSlices<Threads>{});
    auto second = make<Storage>(optimizer, HostSlices<Threads>{});
    for (std::uint32_t t = 0; t < 6; ++t) {
        if (t == 3) {
            io::save_checkpoint(path, whole);
            io::load_checkpoint(path, second);
        }
        whole.tell(some_fitness(tiled_population, t));
        if (t >= 3) {
            second.tell(some_fitness(tiled_population, t));
        }
    }
    CHECK(floats(stored(second)) == floats(stored(whole)));
}

} // namespace eggroll::testing
