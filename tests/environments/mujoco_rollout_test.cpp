// SPDX-License-Identifier: Apache-2.0
// Rollouts of environments on MuJoCo: a strategy's members play them on both routes, whatever the threads and slices.

#include "environments/mujoco_models.hpp"
#include "support/temporary_directory.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/tasks/rollout.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace {

using namespace eggroll;
using environments::HalfCheetah;

constexpr std::int64_t population = 16;

template <class Execution>
std::vector<double> returns(HalfCheetah const& environment, Execution const& execution) {
    EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, Execution> es(
        Mlp<>({17, 8, 6}), LowRank<1>{.sigma = 0.5F}, Sgd{}, {.population = population, .seed = 1}, {}, execution);
    using Members = typename decltype(es)::members_type;
    tasks::Rollout const rollout(environment, {.episodes = 2});
    std::vector<double> all(population);
    auto const report = es.step([&](Members const& members, Fitness fitness) {
        rollout(es.model(), members, {Seed(2).key()}, fitness);
        for (std::int64_t i = 0; i < members.size(); ++i) {
            all[static_cast<std::size_t>(members.begin() + i)] = fitness(i);
        }
    });
    CHECK(report.failed_members == 0);
    return all;
}

} // namespace

TEST_CASE("members' returns on MuJoCo don't depend on slices and threads, and hardly on the route") {
    eggroll_test::TemporaryDirectory const directory;
    environments::MujocoModel const model(directory.write("model.xml", testing::plain_model<HalfCheetah>()).string());
    HalfCheetah const environment{.simulation = model, .max_steps = 10};

    auto const expected = returns(environment, HostSlices<Kokkos::Serial>{});
    CHECK(std::set<double>(expected.begin(), expected.end()).size() == population);
    HostSlices<> pairs;
    pairs.slice_members = 2;
    CHECK(returns(environment, pairs) == expected);

    // The device's products round otherwise.
    auto const on_device = returns(environment, WholePopulation<Kokkos::DefaultHostExecutionSpace>{});
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(std::abs(on_device[i] - expected[i]) < 1e-5);
    }
}
