// SPDX-License-Identifier: Apache-2.0

// A shaping's baseline: the first direction of every group is the unperturbed parameters, in every operation, on every
// route, however the population is cut; all others are as they would be without.

#include "probe.hpp"
#include "support/instruction_sets.hpp"
#include "support/routes.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/storage/half.hpp>

#include <catch2/catch_template_test_macros.hpp>

using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::LowRank;
using eggroll::VectorPerturbation;
using eggroll::testing::DeviceRoute;
using eggroll::testing::HostRoute;
using eggroll::testing::Probe;
using eggroll::testing::ProbeCase;
using eggroll::testing::Recorded;
using eggroll::testing::ReferenceRoute;
using eggroll::testing::RowMap;

namespace {

/// Members [begin, end) of `from`, where `into` has others.
template <class T>
void replace(std::vector<T> const& from, std::int64_t begin, std::int64_t end, std::vector<T>& into) {
    auto const row = static_cast<std::int64_t>(into.size()) / ProbeCase::population; // of one member
    std::copy(from.begin() + begin * row, from.begin() + end * row, into.begin() + begin * row);
}

template <class Storage, class Route, class Perturbation>
void check_baseline(Perturbation const& perturbation) {
    auto const execution = Route::each_execution();
    for (auto const map : {RowMap::per_member, RowMap::per_group, RowMap::shared}) {
        CAPTURE(Route::description(), static_cast<int>(map));
        Probe<Storage, Perturbation> const members(perturbation, {map, 3}, false);
        auto const mean = Probe<Storage, Perturbation>(perturbation, {map, 3}, true).run(execution);
        auto const perturbed = members.run(execution);
        CHECK(perturbed != mean);
        for (std::int64_t const period : {ProbeCase::group_size, ProbeCase::population}) {
            CAPTURE(period);
            auto expected = perturbed;
            for (std::int64_t first = 0; first < ProbeCase::population; first += period) {
                std::int64_t const end = first + (perturbation.antithetic ? 2 : 1);
                replace(mean.linear, first, end, expected.linear);
                replace(mean.linear_bias, first, end, expected.linear_bias);
                replace(mean.linear_transposed, first, end, expected.linear_transposed);
                replace(mean.embedding, first, end, expected.embedding);
                replace(mean.vector, first, end, expected.vector);
                replace(mean.add, first, end, expected.add);
            }
            CHECK(members.run(execution, period) == expected);
        }
    }
}

using Threads = Kokkos::DefaultHostExecutionSpace;

} // namespace

TEMPLATE_TEST_CASE("float baselines are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<float, TestType>(LowRank<2>{.sigma = 0.25F});
}
TEMPLATE_TEST_CASE("float baselines without pairs are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<float, TestType>(LowRank<2>{.sigma = 0.25F, .antithetic = false});
}
TEMPLATE_TEST_CASE("float baselines of full rank are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<float, TestType>(FullRank<>{.sigma = 0.25F, .vectors = VectorPerturbation::product});
}
TEMPLATE_TEST_CASE("half baselines are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<eggroll::half, TestType>(LowRank<2>{.sigma = 0.25F});
}
TEMPLATE_TEST_CASE("int8 baselines are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<std::int8_t, TestType>(LowRank<1, FixedPointGaussian>{.sigma = 0.0625F});
}
TEMPLATE_TEST_CASE("int8 baselines of full rank are the mean", "[operations][baseline]", ReferenceRoute, HostRoute,
                   DeviceRoute<Threads>) {
    check_baseline<std::int8_t, TestType>(FullRank<FixedPointGaussian>{.sigma = 0.5F});
}
