// SPDX-License-Identifier: Apache-2.0

// What a consumer of each kind compiles and runs, wherever Kokkos computes by default.

#include <eggroll/eggroll.hpp>

#include <cstdio>

struct FirstOutput {
    eggroll::Array2<float const> y; // (member, output)
    eggroll::Fitness fitness;       // (member)
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { fitness(member) = y(member, 0); }
};

int main(int argc, char* argv[]) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
    eggroll::EvolutionStrategy es{
        eggroll::Mlp<float>({2, 1}), eggroll::LowRank<1>{}, eggroll::Sgd{}, {.population = 8}};
    using Members = decltype(es)::members_type;
    Kokkos::View<float*> const input("input", 2);
    Kokkos::deep_copy(input, 1.0F);
    auto const report = es.step([&](Members const& members, Members::fitness_type fitness) {
        auto const x = members.shared(eggroll::Array2<float const>{input.data(), 1, 2, 2});
        members.for_each(members.size(), FirstOutput{es.model().forward(members, x), fitness});
    });
    std::printf("eggroll %d.%d.%d moved %.0f %% of the parameters\n", EGGROLL_VERSION_MAJOR, EGGROLL_VERSION_MINOR,
                EGGROLL_VERSION_PATCH, 100 * report.moved_fraction);
    return report.moved_fraction > 0 ? 0 : 1;
}
