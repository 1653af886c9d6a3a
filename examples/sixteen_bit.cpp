// SPDX-License-Identifier: Apache-2.0
// Parameters in 16 bits: small steps vanish when results are rounded to nearest. Stochastic rounding lets them through
// on average, fp32 masters add them up; either one goes on to float's loss.

#include "sine.hpp"

#include <cstdio>
#include <vector>

constexpr int generations = 500;
constexpr int interval = 100; // between two losses

/// The loss of the mean parameters at every interval, trained in `Storage` by `optimizer`.
template <class Storage, class Optimizer>
std::vector<double> losses(Optimizer const& optimizer) {
    eggroll::EvolutionStrategy es{eggroll::Mlp<Storage>({1, 16, 16, 1}),
                                  eggroll::LowRank<1>{.sigma = 0.05F},
                                  optimizer,
                                  {.population = 128, .seed = 7}};
    Sine const sine(16);
    std::vector<double> result;
    for (int generation = 0; generation <= generations; ++generation) {
        if (generation % interval == 0) {
            result.push_back(sine.loss(es));
        }
        sine.step(es);
    }
    return result;
}

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    // Steps of 0.002 and less; a bfloat16 near 0.25 moves by 0.002 or not at all.
    eggroll::Adam const adam{.learning_rate = eggroll::Schedule::cosine(2e-3, 1e-4, generations)};
    auto const single = losses<float>(adam);
    auto const nearest = losses<eggroll::bfloat16>(adam);
    auto const stochastic = losses<eggroll::bfloat16>(eggroll::StochasticRounding{adam}); // no memory
    auto const masters = losses<eggroll::bfloat16>(eggroll::FloatMasters{adam});          // 4 bytes a parameter
    std::printf("            float  bfloat16\n");
    std::printf("generation             nearest  stochastic   masters\n");
    for (std::size_t i = 0; i < single.size(); ++i) {
        std::printf("%10d  %.5f    %.5f     %.5f   %.5f\n", static_cast<int>(i) * interval, single[i], nearest[i],
                    stochastic[i], masters[i]);
    }
}
