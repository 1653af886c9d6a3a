// SPDX-License-Identifier: Apache-2.0
// Schedules of one's own: a learning rate with warm restarts (Loshchilov and Hutter, arXiv 1608.03983), and a sigma
// that halves every fifty generations. A function of the generation alone: so a run that is resumed goes on as it would
// have.
// docs/policies.md, "Schedules", says what the library has.

#include "sine.hpp"

#include <numbers>

constexpr std::uint64_t period = 50; // generations

/// From 0.03 down to nearly 0 along half a cosine, again and again.
double warm_restarts(std::uint64_t generation) {
    double const part = static_cast<double>(generation % period) / period;
    return 0.015 * (1 + std::cos(std::numbers::pi * part));
}

double halved_each_period(std::uint64_t generation) {
    return 0.1 * std::exp2(-static_cast<double>(generation / period));
}

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    auto const rate = eggroll::Schedule::function(warm_restarts);
    auto const sigma = eggroll::Schedule::function(halved_each_period);
    for (std::uint64_t const generation : {0U, 25U, 49U, 50U}) {
        std::printf("generation %2d: learning rate %.4f, sigma %.3f\n", static_cast<int>(generation),
                    rate.at(generation), sigma.at(generation));
    }
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  eggroll::LowRank<4>{.sigma = sigma},
                                  eggroll::Adam{.learning_rate = rate},
                                  {.population = 512, .seed = 7}};
    return fit_sine(es, 0.02);
}
