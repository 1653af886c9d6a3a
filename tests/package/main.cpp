// SPDX-License-Identifier: Apache-2.0

// What a consumer of each kind compiles and runs.

#include <eggroll/eggroll.hpp>

#include <cstdio>

int main(int argc, char* argv[]) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
    eggroll::EvolutionStrategy es{
        eggroll::Mlp<float>({2, 1}), eggroll::LowRank<1>{}, eggroll::Sgd{}, {.population = 8}};
    using Members = decltype(es)::members_type;
    float const input[2] = {1, 2};
    auto const report = es.step([&](Members const& members, Members::fitness_type fitness) {
        auto const y = es.model().forward(members, members.shared(eggroll::Array2<float const>{input, 1, 2, 2}));
        for (std::int64_t i = 0; i < members.size(); ++i) {
            fitness(i) = y(i, 0);
        }
    });
    std::printf("eggroll %d.%d.%d moved %.0f %% of the parameters\n", EGGROLL_VERSION_MAJOR, EGGROLL_VERSION_MINOR,
                EGGROLL_VERSION_PATCH, 100 * report.moved_fraction);
    return report.moved_fraction > 0 ? 0 : 1;
}
