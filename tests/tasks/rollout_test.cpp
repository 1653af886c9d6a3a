// SPDX-License-Identifier: Apache-2.0

#include <eggroll/tasks/rollout.hpp>

#include <support/emulated_gpu.hpp>

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::tasks;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using environments::CartPole;
using environments::ContinuousAction;
using environments::DiscreteAction;
using environments::EpisodeRandom;
using environments::Pendulum;
using environments::Transition;

constexpr std::int64_t population = 12;
constexpr std::int64_t group_size = 4;
Chance const chance{Seed(5).key(), 3};

template <class Execution>
using StrategyOn = EvolutionStrategy<Mlp<>, LowRank<1>, Sgd, CentredRank, Execution>;

struct Pairs : HostSlices<> {
    Pairs() { slice_members = 2; }
};
struct Chunks : WholePopulation<> {
    Chunks() { chunk_members = 8; }
};
struct Replayed : WholePopulation<Kokkos::Serial, eggroll::testing::EmulatedGpu> {
    Replayed() { chunk_members = 8; }
};

template <class Execution>
StrategyOn<Execution> strategy() {
    return {Mlp<>({1, 1}), LowRank<1>{}, Sgd{}, {.population = population, .group_size = group_size}, {}, Execution{}};
}

/// An output of a policy that is a formula, for the member of this number.
KOKKOS_FUNCTION float formula(std::int64_t member, int output, float const* x, int components) {
    float sum = 0;
    for (int i = 0; i < components; ++i) {
        sum += x[i] * static_cast<float>((member * 7 + output * 5 + i * 3) % 11 - 4);
    }
    return sum;
}

struct Formula {
    Array2<float const> x;
    Array2<float> y;
    std::int64_t first = 0;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        std::int64_t const member = first + row / (y.rows / members);
        for (int j = 0; j < static_cast<int>(y.columns); ++j) {
            y(row, j) = formula(member, j, x.row(row), static_cast<int>(x.columns));
        }
    }
    std::int64_t members = 1;
};

/// A policy of formulas.
struct FormulaPolicy {
    int outputs = 1;
    std::atomic<int>* calls = nullptr;

    template <class Members>
    Array2<float> forward(Members const& members, Array2<float> const& x) const {
        if (calls != nullptr) {
            ++*calls;
        }
        auto const y = members.template array<float>(x.rows, outputs);
        members.for_each(x.rows, Formula{x, y, members.begin(), members.size()});
        return y;
    }
};

/// A member's mean return, one episode after another, step by step.
template <class E>
double naive(E const& environment, RolloutOptions const& options, std::int64_t member, std::int64_t& steps) {
    constexpr int outputs = Rollout<E>::outputs;
    auto const common = options.common_random_numbers;
    std::int64_t const sharer = common == CommonRandomNumbers::none   ? member
                                : common == CommonRandomNumbers::pair ? member / 2
                                                                      : member / group_size;
    double total = 0;
    steps = 0;
    for (std::int64_t k = 0; k < options.episodes; ++k) {
        auto const episode = static_cast<std::uint32_t>(sharer * options.episodes + k);
        typename E::state_type state;
        EpisodeRandom start(chance.key, chance.generation, episode, 0);
        environment.reset(state, start);
        int const limit = options.max_steps > 0 ? options.max_steps : environment.max_steps;
        for (std::uint32_t step = 1; step <= static_cast<std::uint32_t>(limit); ++step) {
            float x[E::observation_size];
            environment.observe(state, x);
            float y[outputs];
            for (int j = 0; j < outputs; ++j) {
                y[j] = formula(member, j, x, E::observation_size);
            }
            typename E::action_type action;
            if constexpr (environments::discrete_action<typename E::action_type>) {
                action.value = y[1] > y[0] ? 1 : 0;
                if (options.choice == ActionChoice::sampled) {
                    auto const word =
                        philox4x32_10({{step, episode, parameter_word(NoiseDomain::sampling, 0, Factor::a), 3}},
                                      chance.key)
                            .word[0];
                    float const larger = std::max(y[0], y[1]);
                    float const first = std::exp(y[0] - larger);
                    float const second = std::exp(y[1] - larger);
                    float const uniform = static_cast<float>(word >> 8) * 0x1p-24F;
                    action.value = uniform * (first + second) - first < 0 ? 0 : 1;
                }
            } else {
                action.value[0] = environment.action_limit * kernels::rows::hyperbolic_tangent(y[0]);
            }
            EpisodeRandom random(chance.key, chance.generation, episode, step);
            auto const [reward, terminated] = environment.step(state, action, random);
            total += std::pow(options.discount, step - 1) * static_cast<double>(reward);
            ++steps;
            if (terminated) {
                break;
            }
        }
    }
    return total / static_cast<double>(options.episodes);
}

template <class E, class Execution>
void check_against_naive(E const& environment, RolloutOptions const& options) {
    Rollout<E> const rollout(environment, options);
    auto es = strategy<Execution>();
    using Members = typename decltype(es)::members_type;
    std::vector<double> fitness(population);
    std::vector<std::int64_t> steps(population, -1);
    auto const objective = [&](Members const& members, Fitness into) {
        rollout(FormulaPolicy{Rollout<E>::outputs}, members, chance, into, {}, {.steps = steps.data()});
        if constexpr (!Members::synchronous) {
            members.place().space.fence();
        }
        std::copy_n(into.data, members.size(), fitness.begin() + members.begin());
    };
    es.step(objective);
    if constexpr (!Members::synchronous) {
        es.step(objective); // the same, as the policy is a formula; now steps may be replayed
    }
    for (std::int64_t member = 0; member < population; ++member) {
        CAPTURE(member);
        std::int64_t expected_steps = 0;
        double const expected = naive(environment, options, member, expected_steps);
        auto const index = static_cast<std::size_t>(member);
        // Powers of a discount by one multiplication a step.
        CHECK(std::abs(fitness[index] - expected) <= (options.discount == 1 ? 0 : 1e-12 * std::abs(expected)));
        CHECK(steps[index] == expected_steps);
    }
}

/// Reward 1 for each step. Never ends; after `spoilt` steps its observation is no number for who chose action 1.
struct Endless {
    using real_type = double;
    using action_type = DiscreteAction<2>;
    static constexpr int observation_size = 1;
    struct state_type {
        int steps = 0;
        bool chose_one = false;
    };
    int max_steps = 10;
    int spoilt = 1000;

    template <class Random>
    KOKKOS_FUNCTION void reset(state_type& state, Random&) const {
        state = {};
    }
    template <class Random>
    KOKKOS_FUNCTION Transition<double> step(state_type& state, action_type action, Random&) const {
        ++state.steps;
        state.chose_one = action.value == 1;
        return {1, false};
    }
    KOKKOS_FUNCTION void observe(state_type const& state, double* observation) const {
        bool const spoil = state.steps >= spoilt && state.chose_one;
        *observation = spoil ? std::numeric_limits<double>::quiet_NaN() : 1;
    }
};

/// The report of a generation in which members of odd number choose action 1, and those of number 4 and above, if
/// `divides`, have no number as output.
struct OddChoosesOne {
    Array2<float> y;
    std::int64_t first = 0;
    bool divides = false;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        bool const fails = divides && first + i >= 4;
        y(i, 0) = fails ? std::numeric_limits<float>::infinity() : 0;
        y(i, 1) = (first + i) % 2 == 1 ? 1.0F : -1.0F;
    }
};
struct OddPolicy {
    bool divides = false;
    template <class Members>
    Array2<float> forward(Members const& members, Array2<float> const& x) const {
        auto const y = members.template array<float>(x.rows, 2);
        members.for_each(x.rows, OddChoosesOne{y, members.begin(), divides});
        return y;
    }
};

template <class Execution, class E, class Policy>
Report report_of(E const& environment, Policy const& policy, RolloutOptions const& options = {}) {
    Rollout<E> const rollout(environment, options);
    auto es = strategy<Execution>();
    using Members = typename decltype(es)::members_type;
    return es.step([&](Members const& members, Fitness fitness) { rollout(policy, members, chance, fitness); });
}

} // namespace

TEMPLATE_TEST_CASE("a rollout is the loop over members, episodes and steps", "[rollout]", HostSlices<>, Pairs, Chunks,
                   Replayed) {
    auto const replays = eggroll::testing::Recording::replays;
    auto const common = GENERATE(CommonRandomNumbers::none, CommonRandomNumbers::pair, CommonRandomNumbers::group);
    CAPTURE(static_cast<int>(common));
    for (std::int64_t const episodes : {1, 3}) {
        CAPTURE(episodes);
        check_against_naive<CartPole<>, TestType>({}, {.episodes = episodes, .common_random_numbers = common});
        check_against_naive<CartPole<>, TestType>(
            {}, {.episodes = episodes, .common_random_numbers = common, .choice = ActionChoice::sampled});
        check_against_naive<Pendulum<>, TestType>(
            {.max_steps = 20}, {.episodes = episodes, .common_random_numbers = common, .discount = 0.9});
        check_against_naive<CartPole<>, TestType>(
            {}, {.episodes = episodes, .common_random_numbers = common, .max_steps = 11});
        check_against_naive<CartPole<>, TestType>(
            {},
            {.episodes = 2 * episodes, .in_turn = 2, .common_random_numbers = common, .choice = ActionChoice::sampled});
        check_against_naive<Pendulum<>, TestType>(
            {.max_steps = 20},
            {.episodes = episodes, .in_turn = episodes, .common_random_numbers = common, .discount = 0.9});
    }
    CHECK((eggroll::testing::Recording::replays > replays) == std::is_same_v<TestType, Replayed>);
}

TEST_CASE("copies of the mean play episodes of their own", "[rollout]") {
    auto const common = GENERATE(CommonRandomNumbers::none, CommonRandomNumbers::pair, CommonRandomNumbers::group);
    Rollout<Pendulum<>> const rollout({.max_steps = 3}, {.common_random_numbers = common});
    auto es = strategy<HostSlices<>>();
    using Members = decltype(es)::members_type;
    auto const returns = es.evaluate_mean(
        [&](Members const& members, Fitness fitness) { rollout(FormulaPolicy{1}, members, chance, fitness); }, 4);
    std::set<double> const different(returns.begin(), returns.end());
    CHECK(different.size() == 4);
}

TEMPLATE_TEST_CASE("the time limit ends an environment that never ends", "[rollout]", HostSlices<>, Chunks) {
    Report const report = report_of<TestType>(Endless{.max_steps = 7}, OddPolicy{});
    CHECK(report.fitness_min == 7);
    CHECK(report.fitness_max == 7);
    CHECK(report.failed_members == 0);
    CHECK(report_of<TestType>(Endless{.max_steps = 7}, OddPolicy{}, {.max_steps = 6}).fitness_max == 6);
    CHECK(report_of<TestType>(Endless{.max_steps = 7}, OddPolicy{}, {.max_steps = 8}).fitness_max == 7);
}

TEMPLATE_TEST_CASE("an observation or an output that is no number costs the member", "[rollout]", HostSlices<>,
                   Chunks) {
    Report const observed = report_of<TestType>(Endless{.spoilt = 2}, OddPolicy{});
    CHECK(observed.failed_members == population / 2);
    CHECK(observed.fitness_min == 10);
    Report const put_out = report_of<TestType>(Endless{}, OddPolicy{.divides = true});
    CHECK(put_out.failed_members == population - 4);
    CHECK(put_out.fitness_min == 10);
}

TEST_CASE("a slice ends with its last episode", "[rollout]") {
    // Formula members 0 to 3 fall before the time limit of 500.
    Rollout<CartPole<>> const rollout;
    auto es = strategy<HostSlices<>>();
    using Members = decltype(es)::members_type;
    std::atomic<int> calls = 0;
    std::vector<std::int64_t> steps(population);
    es.step([&](Members const& members, Fitness fitness) {
        rollout(FormulaPolicy{2, &calls}, members, chance, fitness, {}, {.steps = steps.data()});
    });
    auto const longest = *std::max_element(steps.begin(), steps.end());
    CHECK(longest < 500);
    CHECK(calls == longest); // one slice

    calls = 0;
    Rollout<CartPole<>> const in_turn({}, {.episodes = 3, .in_turn = 3});
    es.step([&](Members const& members, Fitness fitness) {
        in_turn(FormulaPolicy{2, &calls}, members, chance, fitness, {}, {.steps = steps.data()});
    });
    CHECK(calls == *std::max_element(steps.begin(), steps.end()));
}

namespace {

/// A network as it is, or one that is called with the rows of episodes that are not over alone.
template <bool independent>
struct Counted {
    static constexpr bool independent_rows = independent;
    Mlp<> const& network;
    std::atomic<std::int64_t>& rows;

    template <class Members>
    Array2<float> forward(Members const& members, Array2<float> const& x) const {
        rows += x.rows;
        return network.forward(members, x);
    }
};

template <bool independent, class Perturbation>
std::int64_t rows_of(RolloutOptions const& options, std::vector<double>& returns, std::vector<std::int64_t>& steps) {
    EvolutionStrategy es{Mlp<>({4, 5, 2}), Perturbation{.sigma = 1.0F}, Sgd{}, {.population = 32}};
    using Members = typename decltype(es)::members_type;
    Rollout<CartPole<>> const rollout({}, options);
    std::atomic<std::int64_t> rows = 0;
    returns.assign(32, -1);
    steps.assign(32, -1);
    es.step([&](Members const& members, Fitness fitness) {
        rollout(Counted<independent>{es.model(), rows}, members, chance, fitness, {}, {.steps = steps.data()});
        std::copy_n(fitness.data, members.size(), returns.begin() + members.begin());
    });
    return rows;
}

} // namespace

TEMPLATE_TEST_CASE("episodes that are over cost no products, and nothing else changes", "[rollout]", LowRank<2>,
                   FullRank<>) {
    for (std::int64_t const episodes : {1, 3}) {
        CAPTURE(episodes);
        RolloutOptions const options{.episodes = episodes, .choice = ActionChoice::sampled};
        std::vector<double> returns;
        std::vector<double> returns_of_all;
        std::vector<std::int64_t> steps;
        std::vector<std::int64_t> steps_of_all;
        auto const rows = rows_of<true, TestType>(options, returns, steps);
        auto const rows_of_all = rows_of<false, TestType>(options, returns_of_all, steps_of_all);
        CHECK(rows == std::accumulate(steps.begin(), steps.end(), std::int64_t{0}));
        CHECK(rows < rows_of_all);
        CHECK(returns == returns_of_all);
        CHECK(steps == steps_of_all);
    }
}

TEST_CASE("what can't be rolled out is refused by name", "[rollout]") {
    auto const refused = [](auto const& environment, RolloutOptions const& options, std::string const& what) {
        CHECK_THROWS_MATCHES(Rollout(environment, options), Error, MessageMatches(ContainsSubstring(what)));
    };
    refused(Endless{.max_steps = 0}, {}, "max_steps is 0");
    refused(Endless{.max_steps = -1}, {}, "max_steps is -1");
    refused(Endless{}, {.episodes = 0}, "episodes is 0");
    refused(Endless{}, {.in_turn = 0}, "in_turn is 0");
    refused(Endless{}, {.episodes = 3, .in_turn = 2}, "in_turn is 2");
    refused(Endless{}, {.discount = 0}, "discount is 0");
    refused(Endless{}, {.discount = 1.5}, "discount is 1.5");
    refused(Endless{}, {.max_steps = -1}, "RolloutOptions::max_steps is -1");
    CHECK_THROWS_MATCHES(
        report_of<HostSlices<>>(Endless{}, FormulaPolicy{3}), Error,
        MessageMatches(ContainsSubstring("the policy has 3 outputs, the environment's actions take 2")));
}

TEST_CASE("outputs become actions", "[rollout]") {
    float const outputs[] = {std::log(1.0F), std::log(5.0F), std::log(2.0F)};
    CHECK(greedy_action<DiscreteAction<3>>(outputs).value == 1);
    float const equal[] = {2, 3, 3};
    CHECK(greedy_action<DiscreteAction<3>>(equal).value == 1);
    // Of 8000 evenly spread numbers, as many as the probabilities say, but for rounding at the borders.
    int times[3] = {};
    for (int i = 0; i < 8000; ++i) {
        ++times[sampled_action<DiscreteAction<3>>(outputs, (static_cast<float>(i) + 0.5F) / 8000).value];
    }
    CHECK(std::abs(times[0] - 1000) <= 1);
    CHECK(std::abs(times[1] - 5000) <= 1);
    CHECK(std::abs(times[2] - 2000) <= 1);
    float const far[] = {-1e30F, 1e30F, 0};
    CHECK(sampled_action<DiscreteAction<3>>(far, 0.999999F).value == 1);
    float const steep[] = {0.5F, -1e30F};
    auto const action = squashed_action<ContinuousAction<2, double>>(steep, 2.0);
    CHECK(std::abs(action.value[0] - 2 * std::tanh(0.5)) < 1e-6);
    CHECK(action.value[1] == -2);
}
