// SPDX-License-Identifier: Apache-2.0
// Steps per second of the environments under random actions, observations and new episodes included, on one thread and
// on all.

#include <eggroll/kernels/launch.hpp>
#include <eggroll/tasks/environments/acrobot.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/door_key.hpp>
#include <eggroll/tasks/environments/dynamic_obstacles.hpp>
#include <eggroll/tasks/environments/four_rooms.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/knapsack.hpp>
#include <eggroll/tasks/environments/mountain_car_continuous.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>
#include <eggroll/tasks/environments/snake.hpp>

#include <benchmark/benchmark.h>

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace {

using namespace eggroll::environments;

/// Environments that a thread steps together, few enough for its cache. Episodes are numbered over all batches.
template <environment E>
class Batch {
public:
    static constexpr std::uint32_t size = 256;
    static constexpr std::uint32_t steps = 64; // of a run

    explicit Batch(std::uint32_t first_episode) : first_episode_(first_episode) {
        for (std::uint32_t i = 0; i < size; ++i) {
            episode_[i] = first_episode + i;
            begin_episode(i);
        }
        EpisodeRandom chance(eggroll::Seed(2).key(), 0, first_episode, 0);
        for (Action& action : actions_) {
            if constexpr (discrete_action<Action>) {
                action.value = chance.index(Action::actions);
            } else {
                for (Real& value : action.value) {
                    value = chance.uniform(-E::action_limit, E::action_limit);
                }
            }
        }
    }

    void run() {
        for (std::uint32_t step = 0; step < steps; ++step) {
            advance(&actions_[step * size]);
            for (std::uint32_t i = 0; i < size; ++i) {
                if (++age_[i] == options_.max_steps || over_[i] != 0) {
                    episode_[i] += 1U << 20;
                    begin_episode(i);
                }
            }
        }
    }

    double reward() const { return std::accumulate(reward_.begin(), reward_.end(), 0.0); }

private:
    using Real = typename E::real_type;
    using Action = typename E::action_type;

    /// One step of all: the loop that the compiler vectorises.
    void advance(Action const* actions) {
        auto* const states = states_.data();
        Real* const observations = observations_.data();
        Real* const rewards = reward_.data();
        std::int32_t* const over = over_.data();
        auto const key = key_;
        std::uint32_t const first_episode = first_episode_;
        std::uint32_t const clock = ++clock_;
        for (std::uint32_t i = 0; i < size; ++i) {
            EpisodeRandom random(key, 0, first_episode + i, clock);
            auto state = states[i]; // in registers, as `observations` might lie over `states`
            auto const transition = options_.step(state, actions[i], random);
            options_.observe(state, observations + i * E::observation_size);
            states[i] = state;
            rewards[i] += transition.reward;
            over[i] = transition.terminated;
        }
    }

    void begin_episode(std::uint32_t i) {
        EpisodeRandom random(key_, 0, episode_[i], 0);
        options_.reset(states_[i], random);
        age_[i] = 0;
    }

    eggroll::PhiloxKey key_ = eggroll::Seed(1).key();
    std::uint32_t first_episode_;
    std::uint32_t clock_ = 0; // steps since the beginning
    E options_;
    std::vector<typename E::state_type> states_ = std::vector<typename E::state_type>(size);
    std::vector<Action> actions_ = std::vector<Action>(steps * size); // (step, environment)
    std::vector<Real> observations_ = std::vector<Real>(size * E::observation_size);
    std::vector<Real> reward_ = std::vector<Real>(size);
    std::vector<std::int32_t> over_ = std::vector<std::int32_t>(size);
    std::vector<int> age_ = std::vector<int>(size);
    std::vector<std::uint32_t> episode_ = std::vector<std::uint32_t>(size);
};

/// `workers` threads; 0 is all.
template <environment E>
void steps(benchmark::State& state) {
    Kokkos::DefaultHostExecutionSpace const space;
    int const workers = state.range(0) > 0 ? static_cast<int>(state.range(0)) : space.concurrency();
    std::vector<Batch<E>> batches;
    for (int i = 0; i < 8 * workers; ++i) {
        batches.emplace_back(static_cast<std::uint32_t>(i) * Batch<E>::size);
    }
    auto const count = static_cast<std::int64_t>(batches.size());
    double reward = 0; // of the first iteration, which every run repeats
    for (auto _ : state) {
        eggroll::kernels::run_workers(space, workers, count,
                                      [&](int, std::int64_t i) { batches[static_cast<std::size_t>(i)].run(); });
        if (reward == 0) {
            for (auto const& batch : batches) {
                reward += batch.reward();
            }
        }
    }
    double const all = static_cast<double>(count) * Batch<E>::size * Batch<E>::steps;
    state.counters["Msteps/s"] = benchmark::Counter(1e-6 * all, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["mean_reward"] = reward / all;
}

} // namespace

BENCHMARK(steps<CartPole<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Acrobot<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<MountainCarContinuous<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Pendulum<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<DoorKey<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<FourRooms<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<DynamicObstacles<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Snake<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Game2048<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
BENCHMARK(steps<Knapsack<float>>)->ArgName("threads")->Arg(1)->Arg(0)->UseRealTime();
