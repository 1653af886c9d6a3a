// SPDX-License-Identifier: Apache-2.0
// What start_bench times: a process that trains a policy for one generation and says so.

#include "policy_generation.hpp"

#include <cstdio>

int main() {
    Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    eggroll::EvolutionStrategy es{
        eggroll::Mlp<float>(benchmarks::policy_widths), eggroll::LowRank<1>{},  eggroll::Adam{.learning_rate = 1e-3F},
        {.population = benchmarks::policy_members},     eggroll::CentredRank{}, eggroll::HostSlices<>{}};
    auto const observations = benchmarks::policy_observations();
    auto const report = es.step(benchmarks::PolicyObjective{es.model(), observations});
    std::printf("generation %llu done, mean fitness %g\n", static_cast<unsigned long long>(report.generation),
                report.fitness_mean);
    std::fflush(stdout);
    return 0;
}
