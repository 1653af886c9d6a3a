// SPDX-License-Identifier: Apache-2.0
// A perturbation of one's own: every matrix gets the rank that suits its size, and a sigma that suits its fan-in.
// docs/policies.md, "Perturbations", says what the library has.

#include "sine.hpp"

#include <algorithm>

struct SizedRank {
    /// What kernels draw noise from; NoiseStream takes any distribution, or two for the factors A and B.
    using source_type = eggroll::NoiseStream<eggroll::Gaussian>;
    static constexpr eggroll::NoiseKind matrix_noise = eggroll::NoiseKind::low_rank;

    float sigma = 0.3F; // of a unit's sum of noise, for inputs of about 1
    bool antithetic = true;

    source_type source(eggroll::Seed seed, std::uint64_t generation) const {
        return {seed.key(), eggroll::generation_word(generation), eggroll::NoiseDomain::perturbation};
    }

    /// One plan for each parameter of the layout, in its order.
    std::vector<eggroll::ParameterPlan> plan(eggroll::ParameterLayout const& layout) const {
        std::vector<eggroll::ParameterPlan> plans;
        for (auto const& parameter : layout.parameters()) {
            eggroll::ParameterPlan plan;
            if (parameter.kind == eggroll::ParameterKind::vector) {
                plan.kind = eggroll::NoiseKind::full;
                plan.sigma = sigma / 4;
            } else {
                plan.kind = eggroll::NoiseKind::low_rank;
                plan.rank = static_cast<int>(std::max<std::int64_t>(1, std::min(parameter.out, parameter.in) / 8));
                plan.sigma = sigma / std::sqrt(static_cast<float>(parameter.in));
            }
            std::printf("%-14s (%2d, %2d)  rank %d  sigma %.3f\n", parameter.name.c_str(),
                        static_cast<int>(parameter.out), static_cast<int>(parameter.in), plan.rank, plan.sigma.at(0));
            plans.push_back(plan);
        }
        return plans;
    }
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  SizedRank{},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7}};
    return fit_sine(es, 0.02);
}
