// SPDX-License-Identifier: Apache-2.0
// An environment of one's own, a lander on the moon, and a network that learns to fly it. The same source runs on the
// host's threads and on a GPU. docs/environments.md says what an environment needs.

#include <eggroll/eggroll.hpp>
#include <eggroll/tasks/environments/environment.hpp>

#include <cstdio>
#include <numeric>

using namespace eggroll::environments;

/// Reward -height / 1000 for each step in the air, and -(speed at the ground)^2.
struct Lander {
    using real_type = float;
    using action_type = DiscreteAction<2>; // engine off, on
    static constexpr int observation_size = 2;

    struct state_type {
        float height = 0; // m
        float speed = 0;  // m/s, upwards
    };

    int max_steps = 100;
    float gust = 0.5F; // m/s^2

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random& random) const {
        state = {random.uniform(40.0F, 60.0F), random.uniform(-5.0F, 0.0F)};
    }

    template <class Random>
    KOKKOS_FUNCTION Transition<float> step(state_type& state, action_type action, Random& random) const {
        constexpr float seconds = 0.5F;
        float const thrust = action.value == 1 ? 4.0F : 0.0F;
        state.speed += seconds * (thrust - 1.62F + random.uniform(-gust, gust));
        state.height += seconds * state.speed;
        bool const landed = state.height <= 0;
        return {landed ? -state.speed * state.speed : -state.height / 1000, landed};
    }

    KOKKOS_FUNCTION void observe(state_type const& state, float* observation) const {
        observation[0] = state.height / 50;
        observation[1] = state.speed / 10;
    }
};
static_assert(environment<Lander>);

/// One step of every member's episode; before the first, to its start. Each array has a row for each member.
struct Play {
    Lander lander = {};
    eggroll::PhiloxKey key; // of the seed
    std::uint32_t generation;
    std::int64_t first_member; // of the slice
    eggroll::Step step = {-1}; // -1: to the start
    eggroll::Array2<Lander::state_type> state = {};
    eggroll::Array2<bool> over = {};
    eggroll::Array2<float> observation = {};
    eggroll::Array2<float const> scores = {}; // of the two actions
    eggroll::Fitness fitness;

    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        // The members of a pair meet the same start and gusts.
        auto const pair = static_cast<std::uint32_t>((first_member + i) / 2);
        EpisodeRandom random(key, generation, pair, static_cast<std::uint32_t>(step + 1));
        if (step < 0) {
            lander.reset(state(i, 0), random);
            over(i, 0) = false;
            fitness(i) = 0;
        } else if (!over(i, 0)) {
            auto const next = lander.step(state(i, 0), {scores(i, 1) > scores(i, 0)}, random);
            over(i, 0) = next.terminated;
            fitness(i) += static_cast<double>(next.reward);
        }
        lander.observe(state(i, 0), observation.row(i));
    }
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({Lander::observation_size, 16, 2}, eggroll::Activation::tanh),
                                  eggroll::LowRank<1>{.sigma = 0.1F},
                                  eggroll::Adam{.learning_rate = 0.05F},
                                  {.population = 256, .seed = 1}};
    using Members = decltype(es)::members_type;
    std::uint32_t generation = 0;
    auto const objective = [&](Members const& members, Members::fitness_type fitness) {
        std::int64_t const rows = members.size();
        Play play{.key = eggroll::Seed(1).key(),
                  .generation = generation,
                  .first_member = members.begin(),
                  .fitness = fitness};
        play.state = members.array<Lander::state_type>(rows, 1);
        play.over = members.array<bool>(rows, 1);
        play.observation = members.array<float>(rows, Lander::observation_size);
        members.for_each(rows, play);
        members.repeat(play.lander.max_steps, [&](Members::step_type step) {
            play.step = step;
            play.scores = es.model().forward(members, play.observation);
            members.for_each(rows, play);
        });
    };
    auto const trial = [&] { // the mean policy's return, from starts it has not been trained on
        auto const returns = es.evaluate_mean(objective, 64);
        return std::accumulate(returns.begin(), returns.end(), 0.0) / 64;
    };
    for (; generation < 60; ++generation) {
        if (generation % 10 == 0) {
            std::printf("return %8.2f after %2u generations\n", trial(), generation);
        }
        es.step(objective);
    }
    double const learnt = trial();
    std::printf("return %8.2f after %2u generations\n", learnt, generation);
    return learnt > -3 ? 0 : 1;
}
