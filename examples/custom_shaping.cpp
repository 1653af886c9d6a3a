// SPDX-License-Identifier: Apache-2.0
// A fitness shaping of one's own: truncation selection, where the best quarter of the members count alike and the
// others not at all, as in the classic (mu, lambda) strategies.
// docs/policies.md, "Fitness shaping", says what the library has.

#include "sine.hpp"

#include <algorithm>
#include <vector>

struct TruncationSelection {
    double kept = 0.25; // of the members that did not fail

    static constexpr bool ternary = false; // weights other than -1, 0 and +1: not for int8 models

    /// fitness (member) -> weights (member). A failed member's fitness is NaN or infinite; its weight must be 0.
    void operator()(std::span<double const> fitness, eggroll::ShapingContext const&, std::span<float> weights) const {
        std::fill(weights.begin(), weights.end(), 0.0F);
        std::vector<double> order; // best first
        std::copy_if(fitness.begin(), fitness.end(), std::back_inserter(order),
                     [](double f) { return std::isfinite(f); });
        if (order.empty()) {
            return;
        }
        std::sort(order.rbegin(), order.rend());
        auto const selected = static_cast<std::size_t>(kept * static_cast<double>(order.size()));
        double const bar = order[std::min(selected, order.size() - 1)];
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            weights[i] = std::isfinite(fitness[i]) && fitness[i] > bar ? 1.0F : 0.0F;
        }
    }
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  eggroll::LowRank<4>{.sigma = 0.05F},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7},
                                  TruncationSelection{.kept = 0.25}};
    return fit_sine(es, 0.02);
}
