// SPDX-License-Identifier: Apache-2.0

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/perturbation/none.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::dynamic_rank;
using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::Gaussian;
using eggroll::LowRank;
using eggroll::NoiseKind;
using eggroll::Schedule;
using eggroll::Unperturbed;
using eggroll::VectorPerturbation;

namespace {

/// Parameters 0, 1, 2: a matrix, a table, a vector.
eggroll::ParameterLayout three_kinds() {
    eggroll::ParameterLayout layout;
    layout.matrix("weight", 4, 3);
    layout.embedding("table", 5, 3);
    layout.vector("bias", 4);
    return layout;
}

template <class Perturbation>
std::vector<NoiseKind> kinds(Perturbation const& perturbation) {
    std::vector<NoiseKind> kinds;
    for (auto const& plan : perturbation.plan(three_kinds())) {
        kinds.push_back(plan.kind);
    }
    return kinds;
}

} // namespace

TEST_CASE("what each kind of parameter gets", "[plan]") {
    constexpr auto low = NoiseKind::low_rank;
    constexpr auto full = NoiseKind::full;
    constexpr auto product = NoiseKind::product;
    constexpr auto none = NoiseKind::none;
    using Kinds = std::vector<NoiseKind>;
    CHECK(kinds(LowRank<4>{}) == Kinds{low, low, full});
    CHECK(kinds(LowRank<1, FixedPointGaussian>{}) == Kinds{low, low, product});
    CHECK(kinds(LowRank<1>{.vectors = VectorPerturbation::product}) == Kinds{low, low, product});
    CHECK(kinds(LowRank<1, FixedPointGaussian>{.vectors = VectorPerturbation::full}) == Kinds{low, low, full});
    CHECK(kinds(LowRank<1>{.vectors = VectorPerturbation::none}) == Kinds{low, low, none});
    CHECK(kinds(FullRank<>{}) == Kinds{full, full, full});
    CHECK(kinds(FullRank<FixedPointGaussian>{}) == Kinds{full, full, full});
    CHECK(kinds(FullRank<>{.vectors = VectorPerturbation::none}) == Kinds{full, full, none});
    CHECK(kinds(FullRank<>{.vectors = VectorPerturbation::product}) == Kinds{full, full, product});
    CHECK(kinds(Unperturbed<>{}) == Kinds{none, none, none});
}

TEST_CASE("rank and sigma reach every plan", "[plan]") {
    auto const plans = LowRank<4>{.sigma = 0.25F}.plan(three_kinds());
    CHECK(plans[0].rank == 4);
    CHECK(plans[1].rank == 4);
    CHECK(plans[2].rank == 1); // a vector has none
    CHECK(plans[0].sigma.at(0) == 0.25);
    CHECK(plans[2].sigma.at(9) == 0.25);
    CHECK_FALSE(plans[0].learning_rate.has_value());
    CHECK(LowRank<dynamic_rank>{.rank = 7}.plan(three_kinds())[1].rank == 7);
    CHECK(LowRank<dynamic_rank>{}.plan(three_kinds())[1].rank == 1);
}

TEST_CASE("overrides change the parameter that they name", "[plan]") {
    LowRank<dynamic_rank> const perturbation{.sigma = 0.25F,
                                             .rank = 3,
                                             .overrides = {{.parameter = "table", .rank = 5},
                                                           {.parameter = "bias", .sigma = 0.5F, .learning_rate = 2.0F},
                                                           {.parameter = "weight", .rank = 0}}};
    auto const plans = perturbation.plan(three_kinds());
    CHECK(plans[0].kind == NoiseKind::none);
    CHECK(plans[1].kind == NoiseKind::low_rank);
    CHECK(plans[1].rank == 5);
    CHECK(plans[1].sigma.at(0) == 0.25);
    CHECK_FALSE(plans[1].learning_rate.has_value());
    CHECK(plans[2].kind == NoiseKind::full);
    CHECK(plans[2].sigma.at(0) == 0.5);
    CHECK(plans[2].learning_rate->at(0) == 2.0);
}

TEMPLATE_TEST_CASE("an override of an unknown parameter lists the known ones", "[plan]", LowRank<1>,
                   LowRank<dynamic_rank>, FullRank<>) {
    TestType perturbation;
    perturbation.overrides = {{.parameter = "wieght", .rank = 0}};
    CHECK_THROWS_MATCHES(perturbation.plan(three_kinds()), eggroll::Error,
                         MessageMatches(ContainsSubstring("\"wieght\"") && ContainsSubstring("weight, table, bias")));
}

TEMPLATE_TEST_CASE("rank 0 freezes", "[plan]", LowRank<1>, LowRank<4>, LowRank<dynamic_rank>, FullRank<>) {
    for (std::size_t id = 0; id < 3; ++id) {
        TestType perturbation;
        perturbation.overrides = {{.parameter = three_kinds().parameters()[id].name, .rank = 0}};
        auto const found = kinds(perturbation);
        for (std::size_t other = 0; other < 3; ++other) {
            CAPTURE(id, other);
            CHECK((found[other] == NoiseKind::none) == (other == id));
        }
    }
}

TEST_CASE("a rank of the type is the only rank", "[plan]") {
    CHECK_THROWS_MATCHES(
        (LowRank<2>{.overrides = {{.parameter = "table", .rank = 3}}}.plan(three_kinds())), eggroll::Error,
        MessageMatches(ContainsSubstring("\"table\": rank 3") && ContainsSubstring("compile-time rank 2") &&
                       ContainsSubstring("LowRank<dynamic_rank, ...>")));
    CHECK_NOTHROW((LowRank<2>{.overrides = {{.parameter = "table", .rank = 2}}}.plan(three_kinds())));
    CHECK_THROWS_MATCHES((LowRank<2>{.rank = 3}.plan(three_kinds())), eggroll::Error,
                         MessageMatches(ContainsSubstring("rank is 3, its type says 2")));
    CHECK_THROWS_MATCHES((FullRank<>{.overrides = {{.parameter = "table", .rank = 1}}}.plan(three_kinds())),
                         eggroll::Error,
                         MessageMatches(ContainsSubstring("\"table\": rank 1") && ContainsSubstring("FullRank")));
}

TEST_CASE("ranks below 1 are refused", "[plan]") {
    CHECK_THROWS_MATCHES((LowRank<dynamic_rank>{.rank = 0}.plan(three_kinds())), eggroll::Error,
                         MessageMatches(ContainsSubstring("rank is 0")));
    CHECK_THROWS_MATCHES((LowRank<dynamic_rank>{.overrides = {{.parameter = "bias", .rank = -2}}}.plan(three_kinds())),
                         eggroll::Error, MessageMatches(ContainsSubstring("\"bias\": rank -2 is negative")));
}

TEMPLATE_TEST_CASE("noise_reuse generations share their noise", "[plan]", LowRank<2>, FullRank<>) {
    auto const value = [](TestType const& perturbation, eggroll::Seed seed, std::uint64_t generation) {
        std::vector<float> values;
        for (std::int64_t element = 0; element < 8; ++element) {
            values.push_back(perturbation.source(seed, generation).value(1, eggroll::Factor::a, 2, 0, 8, element));
        }
        return values;
    };
    TestType const reusing{.noise_reuse = 3};
    CHECK(value(reusing, 5, 0) == value(reusing, 5, 1));
    CHECK(value(reusing, 5, 0) == value(reusing, 5, 2));
    CHECK(value(reusing, 5, 2) != value(reusing, 5, 3));
    CHECK(value(reusing, 5, 3) == value(reusing, 5, 5));
    CHECK(value(reusing, 5, 0) != value(reusing, 6, 0));
    CHECK(value(TestType{}, 5, 0) != value(TestType{}, 5, 1));
    TestType const never{.noise_reuse = 0};
    CHECK_THROWS_MATCHES(never.source(5, 0), eggroll::Error, MessageMatches(ContainsSubstring("noise_reuse is 0")));
}
