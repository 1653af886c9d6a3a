// SPDX-License-Identifier: Apache-2.0

// Whole strategies whose parameters are stored in 16 bits.

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/adam.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace {

using eggroll::bfloat16;
using eggroll::half;

constexpr std::int64_t points = 8;

/// Rows (a, b), and a * b, which no linear model gives.
struct Product {
    std::array<float, 2 * points> inputs{};
    std::array<float, points> targets{};
    Product() {
        for (std::size_t i = 0; i < points; ++i) {
            float const a = 0.25F * static_cast<float>(i) - 1.0F;
            float const b = 0.5F * static_cast<float>(i * 3 % points) - 1.5F;
            inputs[2 * i] = a;
            inputs[2 * i + 1] = b;
            targets[i] = a * b;
        }
    }
};

/// fitness = - the mean square of the member's errors.
struct Score {
    eggroll::Array2<float const> y; // (member x point, 1)
    float const* targets;
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        double sum = 0;
        for (std::int64_t point = 0; point < points; ++point) {
            auto const error = static_cast<double>(y(i * points + point, 0) - targets[point]);
            sum += error * error;
        }
        fitness(i) = -sum / static_cast<double>(points);
    }
};

template <class Storage, class Execution>
using Strategy = eggroll::EvolutionStrategy<eggroll::Mlp<Storage>, eggroll::LowRank<2>, eggroll::Adam,
                                            eggroll::CentredRank, Execution>;

/// The loss at the beginning and after training.
template <class Storage, class Execution>
std::array<double, 2> train() {
    Product const data;
    Strategy<Storage, Execution> es(eggroll::Mlp<Storage>({2, 16, 1}), {.sigma = 0.1F}, {.learning_rate = 0.03F},
                                    {.population = 128, .seed = 2});
    auto objective = [&](typename Strategy<Storage, Execution>::members_type const& members, eggroll::Fitness fitness) {
        auto const x = members.shared(eggroll::Array2<float const>{data.inputs.data(), points, 2, 2});
        members.for_each(members.size(), Score{es.model().forward(members, x), data.targets.data(), fitness});
    };
    double const before = -es.evaluate_mean(objective)[0];
    for (int generation = 0; generation < 100; ++generation) {
        es.step(objective);
    }
    return {before, -es.evaluate_mean(objective)[0]};
}

} // namespace

TEMPLATE_TEST_CASE("a network with 16-bit parameters learns", "[strategy]", half, bfloat16) {
    auto const [before, after] = train<TestType, eggroll::HostSlices<>>();
    CAPTURE(before, after);
    CHECK(after < before / 10);
}

TEST_CASE("a network with bfloat16 parameters learns by whole-population kernels", "[strategy]") {
    auto const [before, after] = train<bfloat16, eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>>();
    CAPTURE(before, after);
    CHECK(after < before / 10);
}

TEST_CASE("16-bit parameters take 2 bytes, and are dense real numbers when asked for", "[strategy]") {
    using HalfStrategy = Strategy<half, eggroll::HostSlices<>>;
    HalfStrategy const es(eggroll::Mlp<half>({2, 16, 1}),
                          {.sigma = 0.25F, .overrides = {{.parameter = "layer0.weight", .rank = 0}}}, {},
                          {.population = 4});
    STATIC_REQUIRE(sizeof(*es.parameters().data()) == 2);
    STATIC_REQUIRE(std::is_same_v<HalfStrategy::members_type::value_type, float>);
    auto const stored = es.host_parameters();
    auto const plus = es.materialize(0);
    auto const minus = es.materialize(1);
    for (auto const& info : es.layout().parameters()) {
        for (std::int64_t i = info.offset; i < info.offset + info.size(); ++i) {
            float const mean = stored.data()[i];
            bool const frozen = info.name == "layer0.weight";
            CHECK((plus.data()[i] == mean) == frozen);
            // Antithetic members, each rounded once.
            CHECK(std::abs(0.5 * (static_cast<double>(plus.data()[i]) + static_cast<double>(minus.data()[i])) -
                           static_cast<double>(mean)) <= 0x1p-22);
        }
    }
}
