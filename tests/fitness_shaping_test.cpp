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
using eggroll::Baseline;
using eggroll::CentredRank;
using eggroll::GroupStandardize;
using eggroll::Identity;
using eggroll::PairSign;
using eggroll::ShapingContext;
using eggroll::Standardize;
using eggroll::Winsorize;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The weights, which begin as something that no shaping gives.
template <class Shaping>
std::vector<float> shaped(Shaping const& shaping, std::vector<double> const& fitness, std::int64_t group_size = 0,
                          bool antithetic = true) {
    std::vector<float> weights(fitness.size(), -1000.0F);
    std::int64_t const group = group_size > 0 ? group_size : static_cast<std::int64_t>(fitness.size());
    shaping(fitness, ShapingContext{group, antithetic}, weights);
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
struct OwnBaseline : Baseline {
    OwnBaseline() : Baseline{Deviation::own} {}
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

TEST_CASE("Winsorize pulls the extremes in, then standardises", "[shaping]") {
    // k = floor(0.25 * 8) = 2 at each end: the limits are the third lowest and the third highest, 2 and 5.
    std::vector<double> const fitness{100, 1, 3, 5, 2, 6, -70, 4};
    std::vector<double> const clipped{5, 2, 3, 5, 2, 5, 2, 4};
    CHECK(shaped(Winsorize{.fraction = 0.25}, fitness) == shaped(Standardize{}, clipped));
    CHECK(shaped(Winsorize{.fraction = 0.25}, fitness)[0] == ratio(1.5, std::sqrt(1.75)));
    INFO("of five members, a fraction below a fifth is nobody: floor(0.199 * 5) = 0");
    CHECK(shaped(Winsorize{.fraction = 0.199}, {1, 2, 3, 4, 90}) == shaped(Standardize{}, {1, 2, 3, 4, 90}));
    CHECK(shaped(Winsorize{.fraction = 0.2}, {1, 2, 3, 4, 90}) == shaped(Standardize{}, {2, 2, 3, 4, 4}));
    INFO("0.29 * 100 is 28.999999999999996 in doubles, and means 29");
    std::vector<double> hundred;
    std::vector<double> expected;
    for (int i = 0; i < 100; ++i) {
        hundred.push_back(i);
        expected.push_back(i < 29 ? 29 : (i > 70 ? 70 : i));
    }
    CHECK(shaped(Winsorize{.fraction = 0.29}, hundred) == shaped(Standardize{}, expected));
    INFO("the median of an odd number alone is left: no spread");
    CHECK(shaped(Winsorize{.fraction = 0.33}, {1, 2, 3}) == shaped(Standardize{}, {1, 2, 3}));
    CHECK(shaped(Winsorize{.fraction = 0.4}, {1, 2, 3}) == zeros(3));
    CHECK(shaped(Winsorize{.fraction = 0.49}, {5, 9}) == std::vector{-1.0F, 1.0F});
    CHECK(shaped(Winsorize{}, {5}) == zeros(1));
}

TEST_CASE("Winsorize counts ties and leaves failed members out", "[shaping]") {
    Winsorize const quarter{.fraction = 0.25}; // used again and again: it keeps a buffer
    CHECK(shaped(quarter, {1, 1, 1, 2, 2, 9, 9, 9}) == shaped(Standardize{}, {1, 1, 1, 2, 2, 9, 9, 9}));
    INFO("a rarity in less than the fraction is tied with the rest");
    CHECK(shaped(quarter, {0, 0, 0, 0, 0, 0, 0, 1}) == zeros(8));
    CHECK(shaped(quarter, {0, 0, 1, 0, 0, 1, 0, 1}) == shaped(Standardize{}, {0, 0, 1, 0, 0, 1, 0, 1}));
    INFO("the quantiles are those of the four others");
    CHECK(shaped(quarter, {not_a_number, 8, 1, infinity, 2, -infinity, 3, not_a_number}) ==
          shaped(Standardize{}, {not_a_number, 3, 2, infinity, 2, -infinity, 3, not_a_number}));
    CHECK(shaped(Winsorize{.fraction = 0}, {3, 1, 2}) == shaped(Standardize{}, {3, 1, 2}));
}

TEST_CASE("Winsorize refuses fractions that leave nothing", "[shaping]") {
    for (double const fraction : {0.5, -0.01, 3.0, not_a_number}) {
        CHECK_THROWS_MATCHES(
            shaped(Winsorize{.fraction = fraction}, {1, 2}), eggroll::Error,
            MessageMatches(ContainsSubstring("Winsorize{.fraction = ") && ContainsSubstring("below 0.5")));
    }
}

TEST_CASE("Baseline measures against the unperturbed first direction", "[shaping]") {
    std::vector<double> const fitness{2, 4, 1, 9, 10, 10, 10, 20}; // baselines 3 and 10
    double const first = std::sqrt((4.0 + 0 + 9 + 25) / 4);        // about 4
    double const second = std::sqrt(3 * 6.25 + 56.25) / 2;         // about 12.5
    CHECK(shaped(OwnBaseline{}, fitness, 4) ==
          std::vector{0.0F, 0.0F, ratio(-2, first), ratio(6, first), 0.0F, 0.0F, 0.0F, ratio(10, second)});
    double squares = 0;
    for (double const f : fitness) {
        squares += (f - 8.25) * (f - 8.25);
    }
    double const global = std::sqrt(squares / 8);
    CHECK(shaped(Baseline{}, fitness, 4) ==
          std::vector{0.0F, 0.0F, ratio(-2, global), ratio(6, global), 0.0F, 0.0F, 0.0F, ratio(10, global)});
    CHECK(shaped(Baseline{Baseline::Deviation::global}, fitness, 4) == shaped(Baseline{}, fitness, 4));
    INFO("without pairs the first member alone");
    CHECK(shaped(OwnBaseline{}, {2, 4, 1, 9}, 4, false) ==
          std::vector{0.0F, ratio(2, std::sqrt(9.5)), ratio(-1, std::sqrt(9.5)), ratio(7, std::sqrt(9.5))});
}

TEST_CASE("a failed baseline is the group's mean", "[shaping]") {
    INFO("one of the two is enough");
    CHECK(shaped(OwnBaseline{}, {not_a_number, 4, 4, 10}, 4) ==
          std::vector{0.0F, 0.0F, 0.0F, ratio(6, std::sqrt(8.0))});
    INFO("none: as GroupStandardize has it, in that group alone");
    std::vector<double> const fitness{not_a_number, infinity, 1, 9, 10, 10, 10, 20};
    CHECK(shaped(OwnBaseline{}, fitness, 4) ==
          std::vector{0.0F, 0.0F, -1.0F, 1.0F, 0.0F, 0.0F, 0.0F, ratio(10, std::sqrt(18.75))});
    auto const global = shaped(Baseline{}, fitness, 4);
    auto const grouped = shaped(GroupStandardize{}, fitness, 4);
    CHECK(std::vector(global.begin(), global.begin() + 4) == std::vector(grouped.begin(), grouped.begin() + 4));
}

TEST_CASE("Baseline needs somebody who is perturbed", "[shaping]") {
    for (bool const antithetic : {true, false}) {
        CHECK_THROWS_MATCHES(shaped(Baseline{}, {1, 2}, antithetic ? 2 : 1, antithetic), eggroll::Error,
                             MessageMatches(ContainsSubstring("nobody would be perturbed") &&
                                            ContainsSubstring(antithetic ? ".group_size = 4" : ".group_size = 2")));
    }
    STATIC_REQUIRE(eggroll::has_baseline<Baseline>);
    STATIC_REQUIRE(!eggroll::has_baseline<CentredRank>);
}

TEMPLATE_TEST_CASE("shapings are total", "[shaping]", Identity, Standardize, GroupStandardize, OwnDeviation,
                   CentredRank, PairSign, Winsorize, Baseline, OwnBaseline) {
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
                                                 {1.7e308, -1.7e308, -1.7e308},
                                                 {1.7e308, 1, 2, -1.7e308},
                                                 {5e-324, 0, -5e-324, 0},
                                                 {1e-200, 2e-200, 3e-200, 4e-200}};
    for (auto const& fitness : cases) {
        CAPTURE(fitness);
        auto const weights = shaped(shaping, fitness, eggroll::has_baseline<TestType> ? 4 : 2);
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
        CHECK(shaped(shaping, {0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, eggroll::has_baseline<TestType> ? 3 : 2) == zeros(6));
    }
}

TEMPLATE_TEST_CASE("failed members don't influence the others", "[shaping]", Identity, Standardize, GroupStandardize,
                   OwnDeviation, CentredRank, PairSign, Winsorize, Baseline, OwnBaseline) {
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
