// SPDX-License-Identifier: Apache-2.0
// Parameters in 16 bits: small steps vanish when results are rounded to nearest. Stochastic rounding lets them through
// on average, fp32 masters add them up; either one goes on to float's loss.

#include <eggroll/eggroll.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

struct MeanSquaredError {                    // minus it: fitness is maximised
    eggroll::Array2<float const> prediction; // (member x point, 1)
    eggroll::Array2<float const> target;     // (point, 1)
    eggroll::Fitness fitness;                // (member)

    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        double sum = 0;
        for (std::int64_t point = 0; point < target.rows; ++point) {
            double const error = prediction(member * target.rows + point, 0) - target(point, 0);
            sum += error * error;
        }
        fitness(member) = -sum / static_cast<double>(target.rows);
    }
};

constexpr int generations = 500;
constexpr int interval = 100; // between two losses

/// The loss of the mean parameters at every interval, trained in `Storage` by `optimizer`.
template <class Storage, class Optimizer>
std::vector<double> losses(Optimizer const& optimizer) {
    constexpr std::int64_t points = 16;
    Kokkos::View<float* [2], Kokkos::LayoutLeft, Kokkos::SharedSpace> data("data", points);
    eggroll::Array2<float> x{&data(0, 0), points, 1, 1};
    eggroll::Array2<float> y{&data(0, 1), points, 1, 1};
    for (std::int64_t i = 0; i < points; ++i) {
        x(i, 0) = -1 + 2 * static_cast<float>(i) / (points - 1);
        y(i, 0) = std::sin(4 * x(i, 0)) + x(i, 0) / 2;
    }
    eggroll::EvolutionStrategy es{eggroll::Mlp<Storage>({1, 16, 16, 1}),
                                  eggroll::LowRank<1>{.sigma = 0.05F},
                                  optimizer,
                                  {.population = 128, .seed = 7}};
    using Members = typename decltype(es)::members_type;
    auto objective = [&](Members const& members, typename Members::fitness_type fitness) {
        auto prediction = es.model().forward(members, members.shared(x));
        members.for_each(members.size(), MeanSquaredError{prediction, y, fitness});
    };
    std::vector<double> result;
    for (int generation = 0; generation <= generations; ++generation) {
        if (generation % interval == 0) {
            result.push_back(-es.evaluate_mean(objective)[0]);
        }
        es.step(objective);
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
