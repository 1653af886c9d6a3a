// SPDX-License-Identifier: Apache-2.0

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/update_convention.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::dynamic_rank;
using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::GenerationNoise;
using eggroll::LowRank;
using eggroll::Schedule;
using eggroll::UpdateConvention;

namespace {

eggroll::ParameterLayout two_kinds() {
    eggroll::ParameterLayout layout;
    layout.matrix("weight", 4, 3);
    layout.vector("bias", 4);
    return layout;
}

/// The perturbation's noise in a generation, for parameters of type Storage.
template <class Storage, class Perturbation>
auto bound(Perturbation const& perturbation, std::uint64_t generation = 0) {
    auto const layout = two_kinds();
    GenerationNoise<Storage, typename Perturbation::source_type> noise;
    noise.source = perturbation.source(1, generation);
    noise.bind(layout, perturbation.plan(layout), generation);
    return noise;
}

template <class Perturbation>
void check_refused(Perturbation const& perturbation, std::string const& sigma) {
    CAPTURE(sigma);
    CHECK_THROWS_MATCHES(bound<std::int8_t>(perturbation), eggroll::Error,
                         MessageMatches(ContainsSubstring("\"weight\" is int8 and its sigma is " + sigma) &&
                                        ContainsSubstring("power of two") && ContainsSubstring("0.0625")));
}

} // namespace

TEST_CASE("float noise is scaled by sigma / sqrt(rank)", "[generation_noise]") {
    auto const low = bound<float>(LowRank<4>{.sigma = 0.5F});
    CHECK(low.parameters[0].scale.factor == 0.25F);
    CHECK(low.parameters[1].scale.factor == 0.5F); // full noise of a vector
    CHECK(bound<float>(LowRank<dynamic_rank>{.sigma = 0.75F, .rank = 9}).parameters[0].scale.factor == 0.25F);
    auto const full = bound<float>(FullRank<>{.sigma = 0.5F});
    CHECK(full.parameters[0].scale.factor == 0.5F);
    CHECK(full.parameters[1].scale.factor == 0.5F);
}

TEST_CASE("sigma follows its schedule", "[generation_noise]") {
    FullRank<> const perturbation{.sigma = Schedule::exponential(1.0, 0.5)};
    CHECK(bound<float>(perturbation, 0).parameters[0].scale.factor == 1.0F);
    CHECK(bound<float>(perturbation, 3).parameters[0].scale.factor == 0.125F);
    CHECK(bound<float>(perturbation, 3).parameters[0].sigma == 0.125);
}

TEST_CASE("integer noise is scaled by shifts", "[generation_noise]") {
    // Sigma 2^-S: products of two factors in sixteenths shift by 4 + S, full noise by S.
    auto const egg = bound<std::int8_t>(LowRank<1, FixedPointGaussian>{.sigma = 0x1p-4});
    CHECK(egg.parameters[0].scale.shift == 8);
    CHECK(egg.parameters[0].scale.divisor == 1);
    CHECK(egg.parameters[1].scale.shift == 8); // a product of two
    auto const full = bound<std::int8_t>(FullRank<FixedPointGaussian>{.sigma = 1.0F});
    CHECK(full.parameters[0].scale.shift == 0);
    CHECK(full.parameters[1].scale.shift == 0);
    CHECK(bound<std::int8_t>(FullRank<FixedPointGaussian>{.sigma = 0x1p-24}).parameters[0].scale.shift == 24);
}

TEST_CASE("beyond rank 1 integer products are divided by the rounded root of the rank", "[generation_noise]") {
    constexpr int ranks[] = {1, 2, 3, 4, 6, 7, 12, 13, 16};
    constexpr int divisors[] = {1, 1, 2, 2, 2, 3, 3, 4, 4};
    for (std::size_t n = 0; n < std::size(ranks); ++n) {
        LowRank<dynamic_rank, FixedPointGaussian> const perturbation{.sigma = 0.25F, .rank = ranks[n]};
        CAPTURE(ranks[n]);
        CHECK(bound<std::int8_t>(perturbation).parameters[0].scale.divisor == divisors[n]);
    }
}

TEST_CASE("an integer sigma that is no power of two is refused", "[generation_noise]") {
    check_refused(LowRank<1, FixedPointGaussian>{.sigma = 0.05F}, "0.05");
    check_refused(LowRank<1, FixedPointGaussian>{.sigma = 0.75F}, "0.75");
    check_refused(LowRank<1, FixedPointGaussian>{.sigma = 2.0F}, "2.0");
    check_refused(FullRank<FixedPointGaussian>{.sigma = 0x1p-25}, "0.0");
    INFO("floats take any");
    CHECK_NOTHROW(bound<float>(LowRank<1, FixedPointGaussian>{.sigma = 0.05F}));
}

TEST_CASE("sigma must be positive", "[generation_noise]") {
    for (double const sigma : {0.0, -0.5, std::numeric_limits<double>::infinity()}) {
        CAPTURE(sigma);
        CHECK_THROWS_MATCHES(bound<float>(LowRank<1>{.sigma = sigma}), eggroll::Error,
                             MessageMatches(ContainsSubstring("\"weight\" has sigma " + std::to_string(sigma)) &&
                                            ContainsSubstring("positive")));
        CHECK_THROWS_AS((bound<std::int8_t>(LowRank<1, FixedPointGaussian>{.sigma = sigma})), eggroll::Error);
    }
    CHECK_THROWS_MATCHES(bound<float>(LowRank<1>{.sigma = Schedule::linear(1, 0, 2)}, 2), eggroll::Error,
                         MessageMatches(ContainsSubstring("in generation 2")));
    INFO("a frozen parameter has none to check");
    CHECK_NOTHROW(bound<float>(LowRank<1>{.overrides = {{.parameter = "weight", .rank = 0, .sigma = -1.0F}}}));
}

TEST_CASE("the two conventions differ by sigma^2 sqrt(N)", "[update_convention]") {
    constexpr std::int64_t population = 48;
    double const sigma = 0.25;
    LowRank<4> const perturbation{.sigma = sigma};
    auto const plans = perturbation.plan(two_kinds());
    auto const noise = bound<float>(perturbation);
    for (std::size_t id = 0; id < 2; ++id) {
        auto const scale = [&](UpdateConvention convention) {
            return eggroll::update_context(0, convention, population, population / 2, noise.parameters[id], plans[id])
                .gradient_scale;
        };
        double const root_of_rank = id == 0 ? 2 : 1;
        CHECK(std::abs(scale(UpdateConvention::textbook) * population * sigma * root_of_rank - 1) < 1e-15);
        double const ratio = scale(UpdateConvention::hyperscale) / scale(UpdateConvention::textbook);
        CHECK(std::abs(ratio / (sigma * sigma * std::sqrt(48.0)) - 1) < 1e-15);
    }
}

TEST_CASE("integer votes deviate by 256 sqrt(P r), of full noise by 16 sqrt(P)", "[update_convention]") {
    auto const deviation = [](auto const& perturbation, std::size_t id, std::int64_t directions) {
        auto const plan = perturbation.plan(two_kinds())[id];
        return eggroll::update_context(0, UpdateConvention::textbook, 2 * directions, directions,
                                       bound<std::int8_t>(perturbation).parameters[id], plan)
            .vote_deviation;
    };
    LowRank<1, FixedPointGaussian> const egg{.sigma = 0x1p-4};
    CHECK(deviation(egg, 0, 300) == 256 * 17); // the root is rounded down
    CHECK(deviation(egg, 1, 300) == 256 * 17);
    CHECK(deviation(LowRank<3, FixedPointGaussian>{.sigma = 0x1p-4}, 0, 300) == 256 * 30);
    CHECK(deviation(LowRank<3, FixedPointGaussian>{.sigma = 0x1p-4}, 1, 300) == 256 * 17);
    CHECK(deviation(FullRank<FixedPointGaussian>{.sigma = 0x1p-4}, 0, 300) == 16 * 17);
    CHECK(deviation(FullRank<FixedPointGaussian>{.sigma = 0x1p-4}, 1, 300) == 16 * 17);
}

TEST_CASE("a plan's learning rate reaches the context", "[update_convention]") {
    LowRank<1> const perturbation{.overrides = {{.parameter = "weight", .learning_rate = 3.0F}}};
    auto const plans = perturbation.plan(two_kinds());
    auto const noise = bound<float>(perturbation);
    auto const context = [&](std::size_t id) {
        return eggroll::update_context(5, UpdateConvention::textbook, 4, 2, noise.parameters[id], plans[id]);
    };
    CHECK(context(0).learning_rate->at(0) == 3.0);
    CHECK_FALSE(context(1).learning_rate.has_value());
    CHECK(context(0).generation == 5);
}
