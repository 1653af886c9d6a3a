// SPDX-License-Identifier: Apache-2.0

#include "support/toy.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Message;
using Catch::Matchers::MessageMatches;
using eggroll::Fitness;
using eggroll::LowRank;
using eggroll::Sgd;
using eggroll::StrategyOptions;
using eggroll::testing::SetFitness;
using eggroll::testing::some_fitness;
using eggroll::testing::stored;
using eggroll::testing::Toy;

namespace {

constexpr std::int64_t population = 16;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using Slices = eggroll::HostSlices<>;
using Chunks = eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>;
using Strategy = eggroll::EvolutionStrategy<Toy, LowRank<2>, Sgd, eggroll::CentredRank, Slices>;
using ChunkStrategy = eggroll::EvolutionStrategy<Toy, LowRank<2>, Sgd, eggroll::CentredRank, Chunks>;
using Objective = eggroll::testing::ObjectiveOf<Strategy>;
using ChunkObjective = eggroll::testing::ObjectiveOf<ChunkStrategy>;

Strategy strategy(LowRank<2> perturbation = {.sigma = 0.25F}, Sgd optimizer = {.learning_rate = 0.5F}) {
    return {Toy{}, std::move(perturbation),           optimizer, {.population = population, .seed = 3, .group_size = 4},
            {},    {.workers = 2, .slice_members = 2}};
}

/// An objective that hands out a table's fitness.
Objective objective_of(std::vector<double> const& table) {
    return [&table](Strategy::members_type const& members, Fitness fitness) {
        members.for_each(members.size(), SetFitness{table.data(), members.begin(), fitness});
    };
}

bool all_finite(std::vector<float> const& values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::string refusal_of(StrategyOptions const& options, LowRank<2> const& perturbation = {}) {
    try {
        Strategy const es(Toy{}, perturbation, Sgd{}, options);
    } catch (eggroll::Error const& error) {
        return error.what();
    }
    return "nothing was refused";
}

} // namespace

TEST_CASE("options that can't be are refused", "[strategy]") {
    CHECK_THAT(refusal_of({.population = 1}), ContainsSubstring("population is 1;"));
    CHECK_THAT(refusal_of({.population = 0}), ContainsSubstring("population is 0;"));
    CHECK_THAT(refusal_of({.population = -4}), ContainsSubstring("population is -4;"));
    CHECK_THAT(refusal_of({.population = 7}),
               ContainsSubstring("population is 7") && ContainsSubstring(".antithetic = false"));
    CHECK_THAT(refusal_of({.population = 7}, {.antithetic = false}), ContainsSubstring("nothing"));
    CHECK_THAT(refusal_of({.population = 12, .group_size = 5}),
               ContainsSubstring("group size is 5") && ContainsSubstring("divide the population of 12"));
    CHECK_THAT(refusal_of({.population = 12, .group_size = 3}), ContainsSubstring("be even"));
    CHECK_THAT(refusal_of({.population = 12, .group_size = 3}, {.antithetic = false}), ContainsSubstring("nothing"));
    CHECK_THAT(refusal_of({.population = 12, .group_size = -2}), ContainsSubstring("group size is -2"));
    CHECK_THAT(refusal_of({}, {.overrides = {{.parameter = "head", .rank = 0}}}),
               ContainsSubstring("\"head\"") && ContainsSubstring("weight, bias, table"));
    CHECK_THAT(refusal_of({}, {.sigma = 0.0F}), ContainsSubstring("sigma 0.0"));
    CHECK_THROWS_MATCHES(Strategy(Toy{}, {}, {}, {}, {}, Slices{.workers = -1}), eggroll::Error,
                         MessageMatches(ContainsSubstring(".workers = -1")));
    CHECK_THROWS_MATCHES(ChunkStrategy(Toy{}, {}, {}, {}, {}, Chunks{.chunk_members = -1}), eggroll::Error,
                         MessageMatches(ContainsSubstring(".chunk_members = -1")));
    struct Empty {
        using storage_type = float;
        eggroll::ParameterLayout layout;
    };
    CHECK_THROWS_MATCHES((eggroll::EvolutionStrategy{Empty{}, LowRank<1>{}, Sgd{}}), eggroll::Error,
                         MessageMatches(ContainsSubstring("no parameters")));
}

TEST_CASE("a report says what the generation did", "[strategy]") {
    Strategy es = strategy();
    auto const before = stored(es);
    std::vector<double> fitness(population, 1.0);
    fitness[0] = 4;
    fitness[5] = -2;
    fitness[9] = not_a_number;
    fitness[14] = std::numeric_limits<double>::infinity();
    auto const report = es.tell(fitness);
    CHECK(report.generation == 0);
    CHECK(es.generation() == 1);
    CHECK(report.failed_members == 2);
    CHECK(report.fitness_min == -2);
    CHECK(report.fitness_max == 4);
    CHECK(report.fitness_mean == 1);
    CHECK(std::abs(report.fitness_deviation - std::sqrt(18.0 / 14)) < 1e-15);
    auto const after = stored(es);
    double squares = 0;
    double moved = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        double const change = static_cast<double>(after[i]) - static_cast<double>(before[i]);
        squares += change * change;
        moved += change != 0 ? 1 : 0;
    }
    CHECK(moved > 0);
    CHECK(report.moved_fraction == moved / static_cast<double>(after.size()));
    CHECK(std::abs(report.update_norm - std::sqrt(squares)) <= 1e-14 * report.update_norm);
    CHECK(es.tell(std::vector<double>(population, 1.0)).update_norm == 0.0);
}

TEST_CASE("telling a step's fitness is the step", "[strategy]") {
    Strategy stepped = strategy();
    Strategy told = strategy();
    for (std::uint32_t generation = 0; generation < 3; ++generation) {
        auto const fitness = some_fitness(population, generation);
        auto const objective = objective_of(fitness);
        CHECK(stepped.step(objective).fitness_mean == told.tell(fitness).fitness_mean);
        REQUIRE(stored(stepped) == stored(told));
    }
    CHECK(stepped.generation() == 3);
    CHECK(stored(stepped) != stored(strategy()));
}

TEST_CASE("every generation evaluates the members that its update is made of", "[strategy]") {
    Strategy es = strategy();
    Strategy other = strategy(); // materialises the same members, so that it does not bind the noise of the first
    std::vector<double> seen(population);
    Objective const first_bias = [&](Strategy::members_type const& members, Fitness fitness) {
        auto const bias = members.vector(es.model().bias); // (member, 3)
        for (std::int64_t i = 0; i < members.size(); ++i) {
            fitness(i) = seen[static_cast<std::size_t>(members.begin() + i)] = static_cast<double>(bias(i, 0));
        }
    };
    for (int generation = 0; generation < 3; ++generation) {
        std::vector<float> expected;
        for (std::int64_t member = 0; member < population; ++member) {
            expected.push_back(other.materialize(member)[other.model().bias](0, 0));
        }
        es.step(first_bias);
        other.tell(seen);
        for (std::size_t member = 0; member < seen.size(); ++member) {
            INFO("generation " << generation << ", member " << member);
            CHECK(std::abs(seen[member] - static_cast<double>(expected[member])) <= 0x1p-22);
        }
    }
}

TEST_CASE("asked members are materialised", "[strategy]") {
    Strategy es = strategy();
    auto const asked = es.ask();
    REQUIRE(asked.size() == population);
    auto const& info = es.layout().find("weight");
    auto const mean = stored(es, "weight");
    auto const plus = asked.materialize(4);
    auto const minus = asked.materialize(5);
    float largest = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        float const up = plus.data()[info.offset + static_cast<std::int64_t>(i)];
        float const down = minus.data()[info.offset + static_cast<std::int64_t>(i)];
        CHECK(std::abs((up + down) / 2 - mean[i]) <= 0x1p-22F * (std::abs(up) + std::abs(down))); // a pair
        largest = std::max(largest, std::abs(up - down));
    }
    CHECK(largest > 0.1F);
    CHECK_THROWS_MATCHES(asked.materialize(population), eggroll::Error,
                         MessageMatches(ContainsSubstring("materialize(16)") && ContainsSubstring("0 to 15")));
    CHECK_THROWS_AS(es.materialize(-1), eggroll::Error);

    es.tell(std::vector<double>(static_cast<std::size_t>(population), 0.0));
    CHECK_THROWS_MATCHES(asked.materialize(4), eggroll::Error, MessageMatches(ContainsSubstring("call ask()")));
}

TEST_CASE("a fitness of the wrong length is refused and changes nothing", "[strategy]") {
    Strategy es = strategy();
    auto const before = stored(es);
    for (std::size_t const count : {std::size_t{0}, std::size_t{15}, std::size_t{17}}) {
        CHECK_THROWS_MATCHES(es.tell(std::vector<double>(count, 1.0)), eggroll::Error,
                             MessageMatches(ContainsSubstring(std::to_string(count) + " fitness values") &&
                                            ContainsSubstring("population of 16")));
    }
    CHECK(stored(es) == before);
    CHECK(es.generation() == 0);
}

TEST_CASE("an objective's exception is rethrown and the generation abandoned", "[strategy]") {
    Strategy es = strategy();
    Strategy undisturbed = strategy();
    auto const first = some_fitness(population, 1);
    auto const second = some_fitness(population, 2);
    es.tell(first);
    undisturbed.tell(first);
    auto const before = stored(es);
    Objective const failing = [](Strategy::members_type const& members, Fitness) {
        [[maybe_unused]] auto const y = members.array<float>(members.size(), 100);
        if (members.begin() >= 4) {
            throw std::domain_error("member " + std::to_string(members.begin()));
        }
    };
    for (int attempt = 0; attempt < 3; ++attempt) {
        CHECK_THROWS_MATCHES(es.step(failing), std::domain_error, Message("member 4"));
        CHECK(stored(es) == before);
        CHECK(es.generation() == 1);
    }
    CHECK_THROWS_AS(es.evaluate_mean(Objective([](auto const&, Fitness) { throw std::domain_error("mean"); })),
                    std::domain_error);
    es.step(objective_of(second));
    undisturbed.step(objective_of(second));
    CHECK(stored(es) == stored(undisturbed));
    CHECK(es.generation() == 2);
}

TEST_CASE("failed members never reach the parameters", "[strategy]") {
    using Pairs = eggroll::EvolutionStrategy<Toy, LowRank<2>, Sgd, eggroll::PairSign, Slices>;
    auto const pairs = [] { return Pairs(Toy{}, {.sigma = 0.25F}, {}, {.population = population, .seed = 3}); };
    auto fitness = some_fitness(population);
    fitness[6] = fitness[7];
    Pairs tied = pairs();
    CHECK(tied.tell(fitness).failed_members == 0);
    for (double const bad : {not_a_number, std::numeric_limits<double>::infinity()}) {
        fitness[7] = bad;
        Pairs failed = pairs();
        CHECK(failed.tell(fitness).failed_members == 1);
        CHECK(stored(failed) == stored(tied));
    }

    INFO("whatever the shaping");
    Strategy es = strategy();
    for (int generation = 0; generation < 3; ++generation) {
        es.tell(fitness);
        CHECK(all_finite(stored(es)));
    }
    auto const before = stored(es);
    CHECK(es.tell(std::vector<double>(population, not_a_number)).failed_members == population);
    CHECK(stored(es) == before);
}

TEST_CASE("members whose fitness an objective leaves out have failed", "[strategy]") {
    Strategy es = strategy();
    Strategy told = strategy();
    std::vector<double> fitness(population, not_a_number);
    for (std::int64_t member = 0; member < population; member += 3) {
        fitness[static_cast<std::size_t>(member)] = static_cast<double>(member * member % 7);
    }
    Objective const objective = [&](Strategy::members_type const& members, Fitness into) {
        for (std::int64_t i = 0; i < members.size(); ++i) {
            if ((members.begin() + i) % 3 == 0) {
                into(i) = fitness[static_cast<std::size_t>(members.begin() + i)];
            }
        }
    };
    for (int generation = 0; generation < 2; ++generation) { // in the second, the first one's fitness is forgotten
        CHECK(es.step(objective).failed_members == 10);
        told.tell(fitness);
        CHECK(stored(es) == stored(told));
    }
}

TEST_CASE("a strategy inside an objective is refused, not deadlocked", "[strategy]") {
    Strategy es = strategy();
    Strategy other = strategy();
    auto const fitness = some_fitness(population);
    Objective const harmless = objective_of(fitness);
    auto const check_refused = [&](std::string const& operation, std::function<void()> const& call) {
        CHECK_THROWS_MATCHES(es.step(Objective([&](Strategy::members_type const&, Fitness) { call(); })),
                             eggroll::Error,
                             MessageMatches(ContainsSubstring(operation) &&
                                            ContainsSubstring("inside an objective that runs on host slices") &&
                                            ContainsSubstring("WholePopulation")));
    };
    check_refused("EvolutionStrategy::step", [&] { es.step(harmless); });
    check_refused("EvolutionStrategy::step", [&] { other.step(harmless); });
    check_refused("EvolutionStrategy::evaluate_mean", [&] { other.evaluate_mean(harmless); });
    check_refused("EvolutionStrategy::tell", [&] { other.tell(fitness); });
    CHECK(es.generation() == 0);
    CHECK(stored(es) == stored(strategy()));
    CHECK(es.step(harmless).failed_members == 0);
}

TEST_CASE("on chunks an objective may use another strategy, but not its own", "[strategy]") {
    ChunkStrategy es(Toy{}, {.sigma = 0.25F}, {}, {.population = population});
    Strategy other = strategy();
    auto const fitness = some_fitness(population);
    Objective const harmless = objective_of(fitness);
    ChunkObjective const set = [&](ChunkStrategy::members_type const& members, Fitness into) {
        members.for_each(members.size(), SetFitness{fitness.data(), members.begin(), into});
    };
    auto const before = stored(es);
    for (int call = 0; call < 3; ++call) {
        CAPTURE(call);
        CHECK_THROWS_MATCHES(es.step(ChunkObjective([&](ChunkStrategy::members_type const&, Fitness) {
            if (call == 0) {
                es.step(set);
            } else if (call == 1) {
                es.evaluate_mean(set);
            } else {
                es.tell(fitness);
            }
        })),
                             eggroll::Error, MessageMatches(ContainsSubstring("from inside its own objective")));
        CHECK(stored(es) == before);
        CHECK(es.generation() == 0);
    }
    es.step(ChunkObjective([&](ChunkStrategy::members_type const& members, Fitness into) {
        other.step(harmless);
        set(members, into);
    }));
    CHECK(es.generation() == 1);
    CHECK(other.generation() == 1);
}

TEST_CASE("evaluate_mean needs members", "[strategy]") {
    Strategy es = strategy();
    Objective const objective = [](Strategy::members_type const& members, Fitness fitness) {
        std::fill_n(fitness.data, members.size(), 1.0);
    };
    CHECK_THROWS_MATCHES(es.evaluate_mean(objective, 0), eggroll::Error,
                         MessageMatches(ContainsSubstring("0 members")));
    CHECK(es.evaluate_mean(objective, 130) == std::vector<double>(130, 1.0));
    CHECK(es.generation() == 0);
}
