// SPDX-License-Identifier: Apache-2.0
// A network learns a function from evaluations alone. LowRank<4> is EGGROLL, FullRank<> is OpenES.

#include <eggroll/eggroll.hpp>

#include <cmath>
#include <cstdio>

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

template <class Perturbation>
void fit(Perturbation perturbation) {
    constexpr std::int64_t points = 64;
    Kokkos::View<float* [2], Kokkos::LayoutLeft, Kokkos::SharedSpace> data("data", points);
    eggroll::Array2<float> x{&data(0, 0), points, 1, 1};
    eggroll::Array2<float> y{&data(0, 1), points, 1, 1};
    for (std::int64_t i = 0; i < points; ++i) {
        x(i, 0) = -1 + 2 * static_cast<float>(i) / (points - 1);
        y(i, 0) = std::sin(4 * x(i, 0)) + x(i, 0) / 2;
    }
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  perturbation,
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7}};
    using Members = typename decltype(es)::members_type;
    auto objective = [&](Members const& members, typename Members::fitness_type fitness) {
        auto prediction = es.model().forward(members, members.shared(x));
        members.for_each(members.size(), MeanSquaredError{prediction, y, fitness});
    };
    for (int generation = 0; generation <= 300; ++generation) {
        auto report = es.step(objective);
        if (generation % 50 == 0) {
            std::printf("generation %3d  loss %.5f\n", generation, -report.fitness_mean);
        }
    }
    std::printf("the mean parameters' loss is %.5f\n", -es.evaluate_mean(objective)[0]);
}

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    bool const full_rank = argc > 1; // any argument
    full_rank ? fit(eggroll::FullRank<>{.sigma = 0.05F}) : fit(eggroll::LowRank<4>{.sigma = 0.05F});
}
