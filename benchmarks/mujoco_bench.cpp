// SPDX-License-Identifier: Apache-2.0
// Steps per second of the environments on MuJoCo under random actions, on one thread and on all, beside MuJoCo alone:
// the same simulations, each in an mjData of its own. EGGROLL_MUJOCO_MODELS names the directory of Gymnasium's models.

#include <eggroll/kernels/launch.hpp>
#include <eggroll/tasks/environments/mujoco/ant.hpp>
#include <eggroll/tasks/environments/mujoco/half_cheetah.hpp>
#include <eggroll/tasks/environments/mujoco/inverted_double_pendulum.hpp>

#include <benchmark/benchmark.h>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll::environments;

constexpr std::uint32_t rows = 16;    // episodes that a worker plays in turns, as a slice does
constexpr std::uint32_t length = 100; // of each, in steps

template <class E>
typename E::action_type action(std::uint32_t row, std::uint32_t step) {
    EpisodeRandom random(eggroll::Seed(2).key(), 0, row, step);
    typename E::action_type action;
    for (double& value : action.value) {
        value = random.uniform(-1.0, 1.0);
    }
    return action;
}

template <class E>
typename E::state_type start(E const& environment, std::uint32_t row) {
    EpisodeRandom random(eggroll::Seed(1).key(), 0, row, 0);
    typename E::state_type state;
    environment.reset(state, random);
    return state;
}

/// What a rollout does, but for the policy.
template <class E>
class Play {
public:
    explicit Play(E const& environment) : environment_(environment), states_(rows) {}

    double run() {
        double observation[E::observation_size];
        double sum = 0;
        for (std::uint32_t row = 0; row < rows; ++row) {
            states_[row] = start(environment_, row);
        }
        for (std::uint32_t k = 1; k <= length; ++k) {
            for (std::uint32_t row = 0; row < rows; ++row) {
                EpisodeRandom random({}, 0, 0, k); // not drawn from
                sum += environment_.step(states_[row], action<E>(row, k), random).reward;
                environment_.observe(states_[row], observation);
                sum += observation[0];
            }
        }
        return sum;
    }

private:
    E environment_;
    std::vector<typename E::state_type> states_;
};

/// The same simulations, each in an mjData of its own, without states, rewards and observations.
template <class E>
class MujocoAlone {
public:
    explicit MujocoAlone(E const& environment) : environment_(environment) {
        for (std::uint32_t row = 0; row < rows; ++row) {
            simulations_.emplace_back(mj_makeData(&model()));
        }
    }

    double run() {
        for (std::uint32_t row = 0; row < rows; ++row) {
            auto const physics = start(environment_, row).physics;
            std::copy(std::begin(physics.position), std::end(physics.position), simulations_[row]->qpos);
            std::copy(std::begin(physics.velocity), std::end(physics.velocity), simulations_[row]->qvel);
            std::copy(std::begin(physics.warm_start), std::end(physics.warm_start), simulations_[row]->qacc_warmstart);
        }
        for (std::uint32_t k = 1; k <= length; ++k) {
            for (std::uint32_t row = 0; row < rows; ++row) {
                mjData* const data = simulations_[row].get();
                auto const controls = action<E>(row, k);
                std::copy(std::begin(controls.value), std::end(controls.value), data->ctrl);
                for (int i = 0; i < environment_.frame_skip; ++i) {
                    mj_step(&model(), data);
                }
                if constexpr (std::is_same_v<E, Ant>) {
                    mj_rnePostConstraint(&model(), data);
                }
            }
        }
        return simulations_[0]->qpos[0];
    }

private:
    struct Delete {
        void operator()(mjData* data) const { mj_deleteData(data); }
    };
    mjModel const& model() const { return environment_.simulation.model(); }

    E environment_;
    std::vector<std::unique_ptr<mjData, Delete>> simulations_;
};

template <class E>
constexpr char const* model_file = nullptr;
template <>
constexpr char const* model_file<InvertedDoublePendulum> = "inverted_double_pendulum.xml";
template <>
constexpr char const* model_file<HalfCheetah> = "half_cheetah.xml";
template <>
constexpr char const* model_file<Ant> = "ant.xml";

/// On as many threads as the benchmark's argument says; 0 is all.
template <class E, class Run>
void measure(benchmark::State& state) {
    char const* const models = std::getenv("EGGROLL_MUJOCO_MODELS");
    if (models == nullptr) {
        state.SkipWithMessage("needs EGGROLL_MUJOCO_MODELS");
        return;
    }
    MujocoModel const model((std::filesystem::path(models) / model_file<E>).string());
    Kokkos::DefaultHostExecutionSpace const space;
    int const workers = state.range(0) > 0 ? static_cast<int>(state.range(0)) : space.concurrency();
    std::vector<Run> runs;
    for (int i = 0; i < workers; ++i) {
        runs.emplace_back(E{.simulation = model});
    }
    for (auto _ : state) {
        eggroll::kernels::run_workers(space, workers, workers, [&](int, std::int64_t i) {
            benchmark::DoNotOptimize(runs[static_cast<std::size_t>(i)].run());
        });
    }
    state.counters["ksteps/s"] =
        benchmark::Counter(1e-3 * workers * rows * length, benchmark::Counter::kIsIterationInvariantRate);
}

template <class E>
void steps(benchmark::State& state) {
    measure<E, Play<E>>(state);
}
template <class E>
void mujoco_alone(benchmark::State& state) {
    measure<E, MujocoAlone<E>>(state);
}

} // namespace

BENCHMARK(steps<InvertedDoublePendulum>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(mujoco_alone<InvertedDoublePendulum>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<HalfCheetah>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(mujoco_alone<HalfCheetah>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Ant>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(mujoco_alone<Ant>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
