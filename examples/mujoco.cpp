// SPDX-License-Identifier: Apache-2.0
// A policy learns in MuJoCo's simulations: mujoco TASK MODEL [GENERATIONS], where MODEL is Gymnasium's file for the
// TASK (inverted_double_pendulum, half_cheetah or ant).

#include <eggroll/eggroll.hpp>
#include <eggroll/tasks/environments/mujoco/ant.hpp>
#include <eggroll/tasks/environments/mujoco/half_cheetah.hpp>
#include <eggroll/tasks/environments/mujoco/inverted_double_pendulum.hpp>
#include <eggroll/tasks/rollout.hpp>
#include <eggroll/tasks/rollout_statistics.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace eggroll::environments;
using eggroll::tasks::Chance;

template <class E>
void train(E const& environment, int generations) {
    using Rollout = eggroll::tasks::Rollout<E>;
    constexpr std::int64_t population = 128;
    eggroll::Seed const seed(1);
    Rollout const rollout(environment, {.episodes = 4});
    eggroll::tasks::RolloutStatistics<> observations(population, Rollout::observations);
    eggroll::EvolutionStrategy es{eggroll::Mlp<>({Rollout::observations, 32, 32, Rollout::outputs}),
                                  eggroll::LowRank<1>{.sigma = 0.05F},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  eggroll::StrategyOptions{.population = population, .seed = 1}};
    using Members = typename decltype(es)::members_type;

    auto const begin = std::chrono::steady_clock::now();
    std::int64_t steps = 0;
    for (int generation = 1; generation <= generations; ++generation) {
        Chance const chance{seed.key(), eggroll::generation_word(es.generation())};
        auto const report = es.step([&](Members const& members, typename Members::fitness_type fitness) {
            rollout(es.model(), members, chance, fitness, observations.scale(), observations.record());
        });
        steps += observations.absorb();
        std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - begin;
        std::printf("generation %d of %d  return %.1f (best %.1f)  %.1fk steps/s  %.0f s left\n", generation,
                    generations, report.fitness_mean, report.fitness_max,
                    1e-3 * static_cast<double>(steps) / seconds.count(),
                    seconds.count() * (generations - generation) / generation);
        std::fflush(stdout);
    }
    auto const returns = es.evaluate_mean(
        [&](Members const& members, typename Members::fitness_type fitness) {
            rollout(es.model(), members, {eggroll::Seed(2).key()}, fitness, observations.scale());
        },
        16);
    double sum = 0;
    for (double const one : returns) {
        sum += one / 16;
    }
    std::printf("the mean parameters return %.1f, over 16 episodes\n", sum);
}

int main(int argc, char** argv) {
    int const generations = argc > 3 ? std::atoi(argv[3]) : 100;
    if (argc < 3 || generations < 1) {
        std::fprintf(stderr, "usage: mujoco inverted_double_pendulum|half_cheetah|ant MODEL.xml [GENERATIONS]\n");
        return 2;
    }
    Kokkos::ScopeGuard const kokkos(argc, argv);
    try {
        std::string const task = argv[1];
        MujocoModel const model(argv[2]);
        if (task == "inverted_double_pendulum") {
            train(InvertedDoublePendulum{.simulation = model}, generations);
        } else if (task == "half_cheetah") {
            train(HalfCheetah{.simulation = model}, generations);
        } else if (task == "ant") {
            train(Ant{.simulation = model}, generations);
        } else {
            throw eggroll::Error("no task is called \"" + task +
                                 "\"; there are inverted_double_pendulum, half_cheetah, ant");
        }
    } catch (std::exception const& error) {
        std::fprintf(stderr, "mujoco: %s\n", error.what());
        return 1;
    }
    return 0;
}
