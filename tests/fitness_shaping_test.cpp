// SPDX-License-Identifier: Apache-2.0

#include <eggroll/fitness_shaping.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::CentredRank;
using eggroll::GroupStandardize;
using eggroll::Identity;
using eggroll::PairSign;
using eggroll::ShapingContext;
using eggroll::Standardize;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The weights, which begin as something that no shaping gives.
template <class Shaping>
std::vector<float> shaped(Shaping const& shaping, std::vector<double> const& fitness, std::int64_t group_size = 0) {
    std::vector<float> weights(fitness.size(), -1000.0F);
    std::int64_t const group = group_size > 0 ? group_size : static_cast<std::int64_t>(fitness.size());
    shaping(fitness, ShapingContext{group, true}, weights);
    return weights;
}

std::vector<float> zeros(std::size_t count) {
    return std::vector<float>(count, 0.0F);
}

/// a / b, rounded to float once.
float ratio(double a, double b) {
    return static_cast<float>(a / b);
}

struct OwnDeviation : GroupStandardize {
    OwnDeviation() : GroupStandardize{Deviation::own} {}
};

} // namespace

TEST_CASE("Identity hands the fitness on", "[shaping]") {
    CHECK(shaped(Identity{}, {1.5, -2.0, not_a_number, infinity, -infinity, 0.0}) ==
          std::vector{1.5F, -2.0F, 0.0F, 0.0F, 0.0F, 0.0F});
    INFO("beyond the range of weights");
    CHECK(shaped(Identity{}, {1e300, -1e300, 1.0}) == std::vector{0.0F, 0.0F, 1.0F});
}

TEST_CASE("Standardize gives z-scores of the population's deviation", "[shaping]") {
    double const deviation = std::sqrt(1.25);
    std::vector const expected{ratio(-1.5, deviation), ratio(-0.5, deviation), ratio(0.5, deviation),
                               ratio(1.5, deviation)};
    CHECK(shaped(Standardize{}, {1, 2, 3, 4}) == expected);
    INFO("no spread but rounding: the mean of three times 0.1 is not 0.1");
    CHECK(shaped(Standardize{}, {0.1, 0.1, 0.1}) == zeros(3));
}

TEST_CASE("GroupStandardize subtracts each group's mean", "[shaping]") {
    std::vector<double> const fitness{1, 3, 10, 20};
    CHECK(shaped(GroupStandardize{GroupStandardize::Deviation::own}, fitness, 2) ==
          std::vector{-1.0F, 1.0F, -1.0F, 1.0F});
    double const global = std::sqrt(55.25); // of 1, 3, 10, 20, whose mean is 8.5
    CHECK(shaped(GroupStandardize{GroupStandardize::Deviation::global}, fitness, 2) ==
          std::vector{ratio(-1, global), ratio(1, global), ratio(-5, global), ratio(5, global)});
    CHECK(shaped(GroupStandardize{}, fitness, 2) ==
          shaped(GroupStandardize{GroupStandardize::Deviation::global}, fitness, 2));
}

TEST_CASE("a group without spread votes for nothing", "[shaping]") {
    double const global = std::sqrt((25.0 + 25 + 0 + 100) / 4); // of 5, 5, 10, 20: mean 10
    CHECK(shaped(GroupStandardize{}, {5, 5, 10, 20}, 2) ==
          std::vector{0.0F, 0.0F, ratio(-5, global), ratio(5, global)});
    CHECK(shaped(OwnDeviation{}, {5, 5, 10, 20}, 2) == std::vector{0.0F, 0.0F, -1.0F, 1.0F});
    INFO("one member of the first group failed: its sibling has nobody to compare with");
    CHECK(shaped(OwnDeviation{}, {1, not_a_number, 10, 20}, 2) == std::vector{0.0F, 0.0F, -1.0F, 1.0F});
    double const of_three = std::sqrt((64.0 + 1 + 81) / 3); // of 1, 8 and 18: mean 9
    CHECK(shaped(GroupStandardize{}, {1, not_a_number, 8, 18}, 2) ==
          std::vector{0.0F, 0.0F, ratio(-5, of_three), ratio(5, of_three)});
}

TEST_CASE("CentredRank spreads ranks over [-1/2, 1/2]", "[shaping]") {
    CentredRank const rank; // used again and again: it keeps a buffer
    CHECK(shaped(rank, {10, 30, 20}) == std::vector{-0.5F, 0.5F, 0.0F});
    CHECK(shaped(rank, {7, 100, 8, 9, 10}) == std::vector{-0.5F, 0.5F, -0.25F, 0.0F, 0.25F});
    INFO("equal fitness has the mean of its ranks");
    CHECK(shaped(rank, {1, 1, 2}) == std::vector{-0.25F, -0.25F, 0.5F});
    CHECK(shaped(rank, {4, 4, 4, 4}) == zeros(4));
    INFO("failed members take no rank");
    CHECK(shaped(rank, {1, not_a_number, 2, infinity, 3, -infinity}) ==
          std::vector{-0.5F, 0.0F, 0.0F, 0.0F, 0.5F, 0.0F});
}

TEST_CASE("CentredRank sees the order alone", "[shaping]") {
    std::vector<double> const fitness{-3, 0.5, 8, -0.25, 1e-3, 2};
    std::vector<double> stretched;
    for (double const f : fitness) {
        stretched.push_back(std::exp(f) + 1000);
    }
    CHECK(shaped(CentredRank{}, fitness) == shaped(CentredRank{}, stretched));
}

TEST_CASE("PairSign compares the two of a pair", "[shaping]") {
    CHECK(shaped(PairSign{}, {1, 2, 5, 4, 3, 3, -0.0, 0.0}) ==
          std::vector{-1.0F, 1.0F, 1.0F, -1.0F, 0.0F, 0.0F, 0.0F, 0.0F});
    INFO("a pair with a failed member has no sign");
    CHECK(
        shaped(PairSign{}, {not_a_number, 1, 1, not_a_number, infinity, 0, -infinity, 0, infinity, -infinity, 8, 9}) ==
        std::vector{0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, -1.0F, 1.0F});
    INFO("the difference overflows");
    CHECK(shaped(PairSign{}, {1.7e308, -1.7e308}) == std::vector{1.0F, -1.0F});
}

TEST_CASE("PairSign needs pairs", "[shaping]") {
    std::vector<double> const fitness{1, 2};
    std::vector<float> weights(2);
    CHECK_THROWS_MATCHES(PairSign{}(fitness, ShapingContext{2, false}, weights), eggroll::Error,
                         MessageMatches(ContainsSubstring("PairSign needs antithetic pairs") &&
                                        ContainsSubstring(".antithetic = true")));
}

TEMPLATE_TEST_CASE("shapings are total", "[shaping]", Identity, Standardize, GroupStandardize, OwnDeviation,
                   CentredRank, PairSign) {
    TestType const shaping;
    std::vector<std::vector<double>> const cases{{},
                                                 {0, 0, 0, 0},
                                                 {0.1, 0.1, 0.1, 0.1},
                                                 {not_a_number, not_a_number, not_a_number, not_a_number},
                                                 {not_a_number, 2, not_a_number, not_a_number},
                                                 {infinity, 1, 2, -infinity},
                                                 {infinity, infinity, infinity, infinity},
                                                 {1e308, -1e308, 1e308, 1e307},
                                                 {1e308, 1e308, 1e308, 1e308},
                                                 {5e-324, 0, -5e-324, 0},
                                                 {1e-200, 2e-200, 3e-200, 4e-200}};
    for (auto const& fitness : cases) {
        CAPTURE(fitness);
        auto const weights = shaped(shaping, fitness, 2);
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            CAPTURE(i);
            CHECK(std::isfinite(weights[i]));
            if (!std::isfinite(fitness[i])) {
                CHECK(weights[i] == 0.0F);
            }
        }
    }
    INFO("no spread");
    if constexpr (!std::is_same_v<TestType, Identity>) {
        CHECK(shaped(shaping, {0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 2) == zeros(6));
    }
}

TEMPLATE_TEST_CASE("failed members don't influence the others", "[shaping]", Identity, Standardize, GroupStandardize,
                   OwnDeviation, CentredRank, PairSign) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> kept;      // groups of 4
    std::vector<double> with_more; // the same, and 2 failed members in each group
    for (int group = 0; group < 5; ++group) {
        for (int i = 0; i < 4; ++i) {
            kept.push_back(uniform(random));
            with_more.push_back(kept.back());
            if (i == 1) {
                with_more.push_back(group % 2 == 0 ? not_a_number : infinity);
                with_more.push_back(-infinity);
            }
        }
    }
    auto const expected = shaped(TestType{}, kept, 4);
    auto const found = shaped(TestType{}, with_more, 6);
    std::size_t next = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i] == (std::isfinite(with_more[i]) ? expected[next++] : 0.0F));
    }
    CHECK(next == expected.size());
}
