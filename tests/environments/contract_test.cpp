// SPDX-License-Identifier: Apache-2.0
// What all environments stand on: chance from counters, elementary functions, checks of actions.

#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <set>

namespace {

using namespace eggroll;
using namespace eggroll::environments;

/// The distance of x from the true value in units of the last place of a float there.
double error_in_units(float x, double truth) {
    int exponent = 0;
    std::frexp(truth, &exponent);
    return truth == 0 ? (x == 0 ? 0 : 1e9) : std::abs(x - truth) / std::ldexp(1.0, exponent - 24);
}

} // namespace

TEST_CASE("an episode's numbers are the words of its counters") {
    PhiloxKey const key = Seed(0x0123456789abcdef).key();
    EpisodeRandom random(key, 5, 7, 9);
    for (std::uint32_t block = 0; block < 3; ++block) {
        auto const id = parameter_word(NoiseDomain::environment, block, Factor::a);
        PhiloxBlock const words = philox4x32_10({{9, 7, id, 5}}, key);
        for (std::uint32_t const word : words.word) {
            CHECK(random.bits() == word);
        }
    }
}

TEST_CASE("seed, generation, episode and step each change the numbers") {
    std::set<std::uint32_t> words;
    std::size_t drawn = 0;
    for (std::uint32_t const changed : {0u, 1u, 2u, 3u, 4u}) {
        EpisodeRandom random(Seed(changed == 1).key(), changed == 2, changed == 3, changed == 4);
        for (; drawn < (changed + 1) * 64; ++drawn) {
            words.insert(random.bits());
        }
    }
    CHECK(words.size() == drawn); // 320 of 2^32: equal by chance with probability 1.2e-5
}

TEST_CASE("uniform numbers lie on 2^24 strata, in float and double alike") {
    EpisodeRandom words({}, 0, 0, 0), doubles({}, 0, 0, 0), floats({}, 0, 0, 0);
    for (int i = 0; i < 1000; ++i) {
        double const u = (words.bits() >> 8) * 0x1p-24;
        CHECK(doubles.uniform(-1.0, 3.0) == -1.0 + 4.0 * u);
        CHECK(floats.uniform(0.0F, 1.0F) == static_cast<float>(u));
    }
}

TEST_CASE("each index is as likely") {
    // Chi-squared of 6 degrees of freedom: above 38 with probability 1e-6.
    constexpr int count = 7;
    constexpr int draws = 70000;
    std::array<int, count> times{};
    EpisodeRandom random({}, 0, 0, 0);
    for (int i = 0; i < draws; ++i) {
        int const index = random.index(count);
        REQUIRE((index >= 0 && index < count));
        ++times[static_cast<std::size_t>(index)];
    }
    double chi_squared = 0;
    for (int const n : times) {
        chi_squared += (n - draws / count) * (n - draws / count) / static_cast<double>(draws / count);
    }
    CHECK(chi_squared < 38);
}

TEST_CASE("float sine and cosine are within 2 units in the last place up to 400 radians") {
    // Strides through all floats of a magnitude, and the neighbours of each multiple of pi / 2, where digits cancel.
    double worst = 0;
    auto const check = [&worst](float x) {
        auto const [sine, cosine] = sine_cosine(x);
        worst =
            std::max({worst, error_in_units(sine, std::sin(double{x})), error_in_units(cosine, std::cos(double{x}))});
    };
    for (std::uint32_t bits = 0; bits < __builtin_bit_cast(std::uint32_t, 400.0F);
         bits += bits < __builtin_bit_cast(std::uint32_t, 0x1p-6F) ? 10007 : 101) {
        check(__builtin_bit_cast(float, bits));
        check(-__builtin_bit_cast(float, bits));
    }
    for (int n = -254; n <= 254; ++n) {
        auto x = static_cast<float>(n * std::numbers::pi / 2);
        for (int i = 0; i < 20; ++i) {
            check(x);
            x = std::nextafter(x, 1e9F);
        }
    }
    CHECK(worst <= 2);
}

TEST_CASE("angles are wrapped to the nearest turn, numbers clamped to a range") {
    constexpr double turn = 2 * std::numbers::pi;
    for (double const angle : {-3.1, -1.0, 0.0, 0.5, 3.1}) {
        for (int turns = -100; turns <= 100; ++turns) {
            CHECK(std::abs(wrap_angle(angle + turns * turn) - angle) < 1e-12);
            CHECK(std::abs(wrap_angle(static_cast<float>(angle + turns * turn)) - angle) < 1e-4); // 630 rad, 2^-24
        }
    }
    CHECK(wrap_angle(std::numbers::pi) <= std::numbers::pi);
    CHECK(clamp(3.0, -1.0, 2.0) == 2.0);
    CHECK(clamp(-3.0, -1.0, 2.0) == -1.0);
    CHECK(clamp(0.5, -1.0, 2.0) == 0.5);
}

TEST_CASE("actions that do not exist are refused by name") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    CHECK_NOTHROW(check_action(DiscreteAction<2>{1}, "CartPole-v1"));
    CHECK_THROWS_MATCHES(check_action(DiscreteAction<2>{2}, "CartPole-v1"), Error,
                         MessageMatches(ContainsSubstring("action 2 of CartPole-v1") && ContainsSubstring("0 to 1")));
    CHECK_THROWS_AS(check_action(DiscreteAction<2>{-1}, "CartPole-v1"), Error);

    using Torques = ContinuousAction<2, float>;
    CHECK_NOTHROW(check_action(Torques{{1e6F, -3}}, "Pendulum-v1")); // the environment clips
    for (float const bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        CHECK_THROWS_MATCHES(check_action(Torques{{0, bad}}, "Pendulum-v1"), Error,
                             MessageMatches(ContainsSubstring("component 1") && ContainsSubstring("Pendulum-v1")));
    }
}
