// SPDX-License-Identifier: Apache-2.0

// The same seed gives the same floats on one route, however it cuts and spreads its work.

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/adam.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

using eggroll::Array2;
using eggroll::Fitness;
using eggroll::FullRank;
using eggroll::HostSlices;
using eggroll::LowRank;
using eggroll::WholePopulation;

namespace {

using Serial = Kokkos::Serial;
using Threads = Kokkos::DefaultHostExecutionSpace;
using Device = Kokkos::DefaultExecutionSpace;
using Network = eggroll::Mlp<float>;

constexpr std::int64_t points = 5;
constexpr std::int64_t inputs = 9;
constexpr std::int64_t outputs = 3;
constexpr int generations = 6;

/// Minus the squared distance from the first inputs.
struct Score {
    Array2<float const> y; // (member x point, outputs)
    Array2<float const> x; // (point, inputs)
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        double sum = 0;
        for (std::int64_t point = 0; point < points; ++point) {
            for (std::int64_t k = 0; k < outputs; ++k) {
                double const error = static_cast<double>(y(i * points + point, k) - x(point, k));
                sum -= error * error;
            }
        }
        fitness(i) = sum;
    }
};

/// The bits of parameters and moments after a run.
template <class Perturbation, class Execution>
std::vector<float> trained(Execution const& execution, std::uint64_t seed = 7) {
    using Strategy = eggroll::EvolutionStrategy<Network, Perturbation, eggroll::Adam, eggroll::CentredRank, Execution>;
    Perturbation perturbation;
    perturbation.sigma = 0.1F;
    eggroll::Adam optimizer;
    optimizer.learning_rate = 0.05F;
    eggroll::StrategyOptions options;
    options.population = 64;
    options.seed = seed;
    options.group_size = 16;
    Strategy es(Network({inputs, 17, 16, outputs}, eggroll::Activation::relu), perturbation, optimizer, options, {},
                execution);
    std::vector<float> data(points * inputs);
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = static_cast<float>((i * 7) % 11) / 8 - 0.5F;
    }
    Array2<float const> const x{data.data(), points, inputs, inputs};
    for (int generation = 0; generation < generations; ++generation) {
        es.step([&](typename Strategy::members_type const& members, Fitness fitness) {
            auto const y = es.model().forward(members, members.shared(x));
            members.for_each(members.size(), Score{y, x, fitness});
        });
    }
    std::vector<float> all;
    es.for_each_array([&](auto const&, auto const&, auto const& view) {
        auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
        all.insert(all.end(), host.data(), host.data() + host.extent(0));
    });
    return all;
}

/// All cuts give what one slice of everybody gives.
template <class Perturbation>
void check_slices() {
    auto const expected = trained<Perturbation>(HostSlices<Serial>{.workers = 1, .slice_members = 64});
    CHECK(expected != trained<Perturbation>(HostSlices<Serial>{.workers = 1, .slice_members = 64}, 8));
    for (int const workers : {1, 2, 4}) {
        for (std::int64_t const members : {2, 6, 16, 64}) {
            CAPTURE(workers, members);
            CHECK(trained<Perturbation>(HostSlices<Threads>{.workers = workers, .slice_members = members}) == expected);
        }
    }
}

template <class Perturbation>
void check_chunks() {
    auto const expected = trained<Perturbation>(WholePopulation<Device>{.chunk_members = 64});
    for (std::int64_t const members : {0, 2, 6, 16, 32}) {
        CAPTURE(members);
        CHECK(trained<Perturbation>(WholePopulation<Device>{.chunk_members = members}) == expected);
    }
}

} // namespace

TEST_CASE("float training gives the same bits over workers and slices", "[determinism]") {
    check_slices<LowRank<2>>();
    check_slices<FullRank<>>();
}

TEST_CASE("float training gives the same bits over chunks", "[determinism]") {
    check_chunks<LowRank<2>>();
    check_chunks<FullRank<>>();
}

TEST_CASE("reference kernels give the same floats over slices", "[determinism]") {
    using Reference = HostSlices<Threads, eggroll::kernels::reference::Place>;
    auto const expected = trained<LowRank<2>>(Reference{.workers = 1, .slice_members = 64});
    CHECK(trained<LowRank<2>>(Reference{.workers = 2, .slice_members = 6}) == expected);
}
