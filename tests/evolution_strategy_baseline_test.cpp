// SPDX-License-Identifier: Apache-2.0

// A shaping that wants a baseline gets it from the strategy: members, materialised parameters and the update agree.

#include "support/toy.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <span>
#include <vector>

using eggroll::Baseline;
using eggroll::Fitness;
using eggroll::LowRank;
using eggroll::Sgd;
using eggroll::testing::some_fitness;
using eggroll::testing::stored;
using eggroll::testing::Toy;

namespace {

constexpr std::int64_t population = 16;
constexpr std::int64_t group = 8;
constexpr int tokens = 2;

using Slices = eggroll::HostSlices<>;
using Chunks = eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>;
template <class Shaping, class Execution = Slices>
using Strategy = eggroll::EvolutionStrategy<Toy, LowRank<2>, Sgd, Shaping, Execution>;

/// Two members at a time, so that a group has slices with and without a baseline.
Slices pairs(Slices const&) {
    return {.workers = 2, .slice_members = 2};
}
Chunks pairs(Chunks const&) {
    return {.chunk_members = 2};
}

bool is_baseline(std::int64_t member, bool antithetic) {
    return member % group < (antithetic ? 2 : 1);
}

/// Adds what it does not own to the fitness of the baseline's members: the strategy must drop it.
struct CarelessBaseline {
    static constexpr bool ternary = false;
    static constexpr bool baseline = true;
    float weight = 0;
    void operator()(std::span<double const> fitness, eggroll::ShapingContext const& context,
                    std::span<float> weights) const {
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            bool const unperturbed = is_baseline(static_cast<std::int64_t>(i), context.antithetic);
            weights[i] = unperturbed ? weight : static_cast<float>(fitness[i]);
        }
    }
};

} // namespace

TEMPLATE_TEST_CASE("a baseline's members are the mean, evaluated and materialised", "[strategy][baseline]", Slices,
                   Chunks) {
    std::vector<float> const data{0.5F, -1, 2, 0.25F, 1, 1, -0.5F, 3};
    std::vector<std::uint8_t> const words{1, 4};
    std::vector<float> const ones(tokens * Toy::in, 1.0F);
    eggroll::Array2<float const> const x{data.data(), tokens, Toy::in, Toy::in};
    eggroll::Array2<std::uint8_t const> const t{words.data(), tokens, 1, 1};
    eggroll::Array2<float const> const coefficients{ones.data(), tokens, Toy::in, Toy::in};
    for (bool const antithetic : {true, false}) {
        CAPTURE(antithetic);
        Strategy<Baseline, TestType> es(Toy{}, {.sigma = 0.25F, .antithetic = antithetic}, {},
                                        {.population = population, .seed = 3, .group_size = group}, {},
                                        pairs(TestType{}));
        std::vector<double> seen(population);
        bool recording = true;
        auto objective = [&](typename Strategy<Baseline, TestType>::members_type const& members, Fitness fitness) {
            auto const words_in = members.embedding(es.model().table, members.shared(t)); // (member x token, in)
            auto const sum = members.template array<float>(members.size() * tokens, Toy::in);
            auto const y = members.linear(es.model().weight, es.model().bias, members.shared(x));
            auto const back = members.linear_transposed(es.model().weight, y); // (member x token, in)
            for (std::int64_t row = 0; row < sum.rows; ++row) {
                for (std::int64_t j = 0; j < Toy::in; ++j) {
                    sum(row, j) = words_in(row, j) + back(row, j);
                }
            }
            members.for_each(members.size(), eggroll::testing::WeightedSum{sum, coefficients, fitness});
            for (std::int64_t i = 0; recording && i < members.size(); ++i) {
                seen[static_cast<std::size_t>(members.begin() + i)] = fitness(i);
            }
        };
        for (int generation = 0; generation < 2; ++generation) {
            auto const mean = stored(es);
            recording = false;
            double const unperturbed = es.evaluate_mean(objective)[0];
            recording = true;
            for (std::int64_t member = 0; member < population; ++member) {
                CAPTURE(member);
                auto const dense = es.materialize(member);
                std::vector<float> values;
                for (auto const& info : es.layout().parameters()) {
                    values.insert(values.end(), dense.data() + info.offset, dense.data() + info.offset + info.size());
                }
                CHECK((values == mean) == is_baseline(member, antithetic));
            }
            CHECK(es.step(objective).moved_fraction > 0);
            for (std::int64_t member = 0; member < population; ++member) {
                CAPTURE(member, unperturbed);
                CHECK((seen[static_cast<std::size_t>(member)] == unperturbed) == is_baseline(member, antithetic));
            }
        }
    }
}

TEST_CASE("a baseline's direction has no part in the update", "[strategy][baseline]") {
    for (bool const antithetic : {true, false}) {
        CAPTURE(antithetic);
        auto const trained = [&](float weight) {
            Strategy<CarelessBaseline> es(Toy{}, {.sigma = 0.25F, .antithetic = antithetic}, {},
                                          {.population = population, .seed = 3, .group_size = group},
                                          CarelessBaseline{weight}, {.workers = 1, .slice_members = 0});
            es.tell(some_fitness(population));
            return stored(es);
        };
        CHECK(trained(0) == trained(1000));
        CHECK(trained(0) != stored(Strategy<CarelessBaseline>(Toy{}, {}, {}, {.population = population, .seed = 3})));
    }
}

TEST_CASE("without groups the population's first direction is the baseline", "[strategy][baseline]") {
    Strategy<Baseline> es(Toy{}, {.sigma = 0.25F}, {}, {.population = population, .seed = 3});
    auto const mean = stored(es, "bias");
    for (std::int64_t member = 0; member < population; ++member) {
        CAPTURE(member);
        auto const dense = es.materialize(member);
        auto const bias = dense[es.model().bias];
        CHECK((std::vector<float>(bias.data, bias.data + Toy::out) == mean) == (member < 2));
    }
}
