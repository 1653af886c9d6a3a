// SPDX-License-Identifier: Apache-2.0

// What an update does to the parameters, against the estimator written down with materialised noise.

#include "support/toy.hpp"

#include <eggroll/perturbation/full_rank.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::Factor;
using eggroll::FullRank;
using eggroll::Initial;
using eggroll::LowRank;
using eggroll::NoiseKind;
using eggroll::Schedule;
using eggroll::Sgd;
using eggroll::UpdateConvention;
using eggroll::VectorPerturbation;
using eggroll::testing::some_fitness;
using eggroll::testing::stored;
using eggroll::testing::Toy;

namespace {

constexpr std::int64_t population = 64;
constexpr double unit = 0x1p-24;

template <class Perturbation>
using IdentityStrategy = eggroll::EvolutionStrategy<Toy, Perturbation, Sgd, eggroll::Identity, eggroll::HostSlices<>>;

eggroll::StrategyOptions options(UpdateConvention convention = UpdateConvention::textbook) {
    return {.population = population, .seed = 3, .convention = convention};
}
Sgd plain(Schedule const& learning_rate = 1.0F) {
    return {.learning_rate = learning_rate};
}

/// The absolute value of the components that an element's noise is summed from, of one direction.
template <class Perturbation>
double absolute_noise(Perturbation const& perturbation, eggroll::ParameterLayout const& layout, std::size_t id,
                      std::int64_t direction, std::int64_t i, std::int64_t j) {
    auto const source = perturbation.source(3, 0);
    auto const plan = perturbation.plan(layout)[id];
    auto const& info = layout.parameters()[id];
    auto const value = [&](Factor factor, std::int64_t column, std::int64_t length, std::int64_t element) {
        return std::abs(static_cast<double>(
            source.value(static_cast<std::uint32_t>(id), factor, direction, column, length, element)));
    };
    double sum = 0;
    if (plan.kind == NoiseKind::low_rank) {
        for (int k = 0; k < plan.rank; ++k) {
            sum += value(Factor::a, k, info.out, i) * value(Factor::b, k, info.in, j);
        }
        return sum / std::sqrt(plan.rank);
    }
    return plan.kind == NoiseKind::product ? value(Factor::a, 0, info.in, j) * value(Factor::b, 0, info.in, j)
                                           : value(Factor::full, i, info.in, j);
}

/// One step with Identity and learning rate 1 from parameters that are zero: 1 / (N sigma) sum_i f_i E_i.
template <class Perturbation>
void check_estimate(Perturbation const& perturbation) {
    IdentityStrategy<Perturbation> es(Toy(Initial::zero()), perturbation, plain(), options());
    auto const fitness = some_fitness(population);
    double const sigma = perturbation.sigma.at(0);
    std::vector<eggroll::Parameters<float>> members; // sigma E of each, because the mean is zero
    for (std::int64_t member = 0; member < population; ++member) {
        members.push_back(es.materialize(member));
    }
    es.tell(fitness);
    auto const found = es.host_parameters();
    std::int64_t const per_direction = perturbation.antithetic ? 2 : 1;
    for (std::size_t id = 0; id < es.layout().parameters().size(); ++id) {
        auto const& info = es.layout().parameters()[id];
        for (std::int64_t i = 0; i < info.out; ++i) {
            for (std::int64_t j = 0; j < info.in; ++j) {
                std::int64_t const at = info.offset + i * info.in + j;
                double sum = 0;
                double absolute = 0;
                for (std::int64_t member = 0; member < population; ++member) {
                    sum += fitness[static_cast<std::size_t>(member)] *
                           static_cast<double>(members[static_cast<std::size_t>(member)].data()[at]) / sigma;
                }
                for (std::int64_t d = 0; d < population / per_direction; ++d) {
                    double weight = fitness[static_cast<std::size_t>(d * per_direction)];
                    weight -= per_direction == 2 ? fitness[static_cast<std::size_t>(2 * d + 1)] : 0;
                    absolute += std::abs(weight) * absolute_noise(perturbation, es.layout(), id, d, i, j);
                }
                // A product, a sum and the noise's own rounding for each component of each direction; then three
                // scales, one of them rounded before.
                double const roundings = 3 * static_cast<double>(population / per_direction) * 3 + 4;
                double const expected = sum / (population * sigma);
                CAPTURE(info.name, i, j, found.data()[at], expected);
                CHECK(std::abs(static_cast<double>(found.data()[at]) - expected) <=
                      roundings * unit * absolute / (population * sigma));
            }
        }
    }
}

/// The changes of all parameters after some generations.
template <class Perturbation>
std::vector<double> changes(Perturbation const& perturbation, UpdateConvention convention, double learning_rate) {
    IdentityStrategy<Perturbation> es(Toy(Initial::zero()), perturbation, plain(learning_rate), options(convention));
    for (std::uint32_t generation = 0; generation < 2; ++generation) {
        es.tell(some_fitness(population, generation));
    }
    auto const all = stored(es);
    return {all.begin(), all.end()};
}

template <class Perturbation>
void check_conventions(Perturbation const& perturbation) {
    double const sigma = perturbation.sigma.at(0);
    double const ratio = sigma * sigma * std::sqrt(static_cast<double>(population));
    auto const textbook = changes(perturbation, UpdateConvention::textbook, 1);
    auto const hyperscale = changes(perturbation, UpdateConvention::hyperscale, 1);
    auto const converted = changes(perturbation, UpdateConvention::hyperscale, 1 / ratio);
    double largest = 0;
    for (double const change : textbook) {
        largest = std::max(largest, std::abs(change));
    }
    for (std::size_t i = 0; i < textbook.size(); ++i) {
        CAPTURE(i, textbook[i], hyperscale[i], converted[i]);
        // Sums are the same; they are scaled with two or three roundings in each of two generations.
        CHECK(std::abs(hyperscale[i] - ratio * textbook[i]) <= 16 * unit * ratio * largest);
        CHECK(std::abs(converted[i] - textbook[i]) <= 16 * unit * largest);
    }
    CHECK(largest > 0.1);
}

} // namespace

TEST_CASE("the update is the estimate of its definition", "[strategy][update]") {
    check_estimate(LowRank<1>{.sigma = 0.25F});
    check_estimate(LowRank<1>{.sigma = 0.1F, .vectors = VectorPerturbation::product});
    check_estimate(LowRank<1>{.sigma = 0.25F, .antithetic = false});
    check_estimate(LowRank<3>{.sigma = 0.25F});
    check_estimate(FullRank<>{.sigma = 0.25F});
    check_estimate(FullRank<>{.sigma = 0.1F, .antithetic = false});
}

TEST_CASE("on a linear objective the estimate is the gradient", "[strategy][update]") {
    // f = <G, W'>. An element of the estimate is a mean over pairs of <G, E> E_ij, whose variance is at most the
    // product's kurtosis 9: 32768 pairs leave a deviation of 3 / 181, of which five are permitted.
    constexpr std::int64_t members = 65536;
    using Strategy = IdentityStrategy<LowRank<1>>;
    Strategy es(Toy(Initial::zero()),
                {.sigma = 0.25F, .overrides = {{.parameter = "bias", .rank = 0}, {.parameter = "table", .rank = 0}}},
                plain(), {.population = members, .seed = 5});
    std::vector<float> identity(Toy::in * Toy::in, 0.0F); // whose product with the matrix is its transpose
    std::vector<float> gradient;                          // (in, out), of norm 1
    for (std::int64_t j = 0; j < Toy::in; ++j) {
        identity[static_cast<std::size_t>(j * Toy::in + j)] = 1.0F;
        for (std::int64_t i = 0; i < Toy::out; ++i) {
            gradient.push_back((i + j) % 3 == 0 ? 0.5F : ((i + j) % 2 == 0 ? -0.125F : 0.0F));
        }
    }
    eggroll::Array2<float const> const rows{identity.data(), Toy::in, Toy::in, Toy::in};
    eggroll::Array2<float const> const coefficients{gradient.data(), Toy::in, Toy::out, Toy::out};
    es.step([&](Strategy::members_type const& slice, eggroll::Fitness fitness) {
        auto const y = slice.linear(es.model().weight, slice.shared(rows));
        slice.for_each(slice.size(), eggroll::testing::WeightedSum{y, coefficients, fitness});
    });
    auto const weight = stored(es, "weight"); // (out, in)
    for (std::int64_t i = 0; i < Toy::out; ++i) {
        for (std::int64_t j = 0; j < Toy::in; ++j) {
            CAPTURE(i, j);
            CHECK(std::abs(weight[static_cast<std::size_t>(i * Toy::in + j)] - coefficients(j, i)) < 5 * 3 / 181.0F);
        }
    }
}

TEST_CASE("hyperscale's update is sigma^2 sqrt(N) times the textbook's", "[strategy][update]") {
    check_conventions(LowRank<1>{.sigma = 0.25F});
    check_conventions(LowRank<3>{.sigma = 0.1F});
    check_conventions(FullRank<>{.sigma = 0.25F});
}

TEST_CASE("a frozen parameter never changes", "[strategy][update]") {
    for (char const* const frozen : {"weight", "bias", "table"}) {
        CAPTURE(frozen);
        IdentityStrategy<LowRank<3>> es(Toy{}, {.sigma = 0.25F, .overrides = {{.parameter = frozen, .rank = 0}}},
                                        plain(), options());
        std::vector<std::vector<float>> before;
        for (auto const& info : es.layout().parameters()) {
            before.push_back(stored(es, info.name));
        }
        auto const& info = es.layout().find(frozen);
        for (std::uint32_t generation = 0; generation < 3; ++generation) {
            auto const member = es.materialize(1);
            CHECK(std::vector<float>(member.data() + info.offset, member.data() + info.offset + info.size()) ==
                  stored(es, frozen));
            es.tell(some_fitness(population, generation));
        }
        for (std::size_t id = 0; id < before.size(); ++id) {
            auto const& name = es.layout().parameters()[id].name;
            CAPTURE(name);
            CHECK((stored(es, name) == before[id]) == (name == frozen));
        }
    }
}

TEST_CASE("a parameter's own learning rate scales its update alone", "[strategy][update]") {
    IdentityStrategy<LowRank<3>> common(Toy(Initial::zero()), {.sigma = 0.25F}, plain(0.5F), options());
    IdentityStrategy<LowRank<3>> special(Toy(Initial::zero()),
                                         {.sigma = 0.25F, .overrides = {{.parameter = "bias", .learning_rate = 2.0F}}},
                                         plain(0.5F), options());
    common.tell(some_fitness(population));
    special.tell(some_fitness(population));
    CHECK(stored(special, "weight") == stored(common, "weight"));
    CHECK(stored(special, "table") == stored(common, "table"));
    auto expected = stored(common, "bias");
    for (auto& value : expected) {
        value *= 4; // exact
    }
    CHECK(stored(special, "bias") == expected);
}

TEST_CASE("a learning rate below zero is refused before anything has changed", "[strategy][update]") {
    IdentityStrategy<LowRank<3>> es(
        Toy{}, {.sigma = 0.25F, .overrides = {{.parameter = "table", .learning_rate = -1.0F}}}, plain(), options());
    auto const before = stored(es);
    CHECK_THROWS_MATCHES(es.tell(some_fitness(population)), eggroll::Error,
                         MessageMatches(ContainsSubstring("learning rate is -1.0")));
    CHECK(stored(es) == before);
    CHECK(es.generation() == 0);
}

TEST_CASE("noise_reuse = k: k generations have the same members", "[strategy][update]") {
    IdentityStrategy<LowRank<3>> es(Toy(Initial::zero()), {.sigma = 0.25F, .noise_reuse = 2}, plain(0.0F), options());
    std::vector<std::vector<float>> noise;
    for (std::uint32_t generation = 0; generation < 4; ++generation) {
        auto const member = es.materialize(2);
        noise.emplace_back(member.data(), member.data() + member.extent());
        es.tell(some_fitness(population, generation));
    }
    CHECK(noise[0] == noise[1]);
    CHECK(noise[1] != noise[2]);
    CHECK(noise[2] == noise[3]);
}

TEST_CASE("a sigma that ends with the run is refused only beyond it", "[strategy][update]") {
    IdentityStrategy<LowRank<3>> es(Toy{}, {.sigma = Schedule::linear(0.5, 0.0, 2)}, plain(), options());
    es.tell(some_fitness(population));
    es.tell(some_fitness(population));
    auto const before = stored(es);
    for (int attempt = 0; attempt < 2; ++attempt) {
        CHECK_THROWS_MATCHES(es.tell(some_fitness(population)), eggroll::Error,
                             MessageMatches(ContainsSubstring("generation 2")));
        CHECK_THROWS_AS(es.materialize(0), eggroll::Error);
    }
    CHECK(stored(es) == before);
    CHECK(es.generation() == 2);

    INFO("the noise that could not be bound is not taken for an earlier generation's");
    IdentityStrategy<LowRank<3>> other(Toy{}, {.sigma = Schedule::linear(0.5, 0.0, 2)}, plain(), options());
    other.tell(some_fitness(population));
    other.tell(some_fitness(population));
    es.resume_at(1);
    other.resume_at(1);
    auto const dense = es.materialize(0);
    auto const expected = other.materialize(0);
    for (std::int64_t i = 0; i < dense.extent(); ++i) {
        CHECK(dense.data()[i] == expected.data()[i]);
    }
}
