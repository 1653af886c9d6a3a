// SPDX-License-Identifier: Apache-2.0
#include <eggroll/random/distributions.hpp>
#include <eggroll/random/noise_cast.hpp>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>

namespace {

using namespace eggroll;

template <class D>
constexpr std::uint32_t fields = 1u << D::field_bits;

/// The moment over all fields. Exact but for the rounding of the sum.
template <class D>
double moment(int order) {
    double sum = 0;
    for (std::uint32_t f = 0; f < fields<D>; ++f) {
        sum += std::pow(static_cast<double>(D::value(f)), order);
    }
    return sum / fields<D>;
}

double upper_tail(double z) {
    return 0.5 * std::erfc(z / std::sqrt(2.0));
}

struct Shapeless {
    using value_type = float;
    static constexpr int field_bits = 16;
    static float value(std::uint32_t) { return 0; }
};
struct Wide {
    static constexpr int field_bits = 32;
};
static_assert(check_distribution<Gaussian>() && check_distribution<Uniform>() && check_distribution<Rademacher>() &&
              check_distribution<FixedPointGaussian>());
static_assert(has_field_bits<Shapeless> && has_value<Shapeless> && !has_moments<Shapeless>);
static_assert(!distribution<Shapeless> && !has_field_bits<Wide> && !distribution<int>);

} // namespace

TEMPLATE_TEST_CASE("A distribution's moments over all fields are what it says", "[distributions]", Gaussian, Uniform,
                   Rademacher, FixedPointGaussian) {
    double const variance = moment<TestType>(2);
    CHECK(std::abs(variance / TestType::variance - 1) < 1e-7);
    CHECK(std::abs(moment<TestType>(4) / (variance * variance) - TestType::kurtosis) < 1e-7);
}

TEMPLATE_TEST_CASE("Complementing a field negates its value, so odd moments vanish", "[distributions]", Gaussian,
                   Uniform, Rademacher, FixedPointGaussian) {
    for (std::uint32_t f = 0; f < fields<TestType>; ++f) {
        REQUIRE(TestType::value(f) == -TestType::value(fields<TestType> - 1 - f));
    }
}

TEMPLATE_TEST_CASE("A value grows with its field, read as a signed integer", "[distributions]", Gaussian, Uniform,
                   Rademacher, FixedPointGaussian) {
    constexpr std::uint32_t half = fields<TestType> / 2;
    for (std::uint32_t i = 1; i < fields<TestType>; ++i) {
        auto const below = TestType::value((i - 1 + half) % fields<TestType>);
        auto const above = TestType::value((i + half) % fields<TestType>);
        if constexpr (TestType::field_bits == 16) {
            REQUIRE(below < above);
        } else {
            REQUIRE(below <= above);
        }
    }
}

TEST_CASE("Gaussian is within 6e-4 of the midpoint quantiles", "[distributions]") {
    for (std::uint32_t k = 0; k < 32768; ++k) {
        double const tail = (32767.5 - k) / 65536; // beyond the middle of stratum k
        double const z = Gaussian::value(k);
        REQUIRE(upper_tail(z + 6e-4) < tail);
        REQUIRE(upper_tail(z - 6e-4) > tail);
    }
    CHECK(Gaussian::value(32767) == Catch::Approx(4.3248).margin(1e-4));
    CHECK(Gaussian::kurtosis > 2.99);
    CHECK(Gaussian::kurtosis < 3.0);
}

TEST_CASE("FixedPointGaussian is 16 times the midpoint quantiles, cut towards zero", "[distributions]") {
    int zeros = 0;
    for (std::uint32_t k = 0; k < 128; ++k) {
        double const tail = (127.5 - k) / 256;
        int const value = FixedPointGaussian::value(k);
        REQUIRE(upper_tail(value / 16.0) >= tail);
        REQUIRE(upper_tail((value + 1) / 16.0) < tail);
        zeros += value == 0 ? 2 : 0;
    }
    CHECK(zeros == 12); // P(0) = 0.047
    CHECK(FixedPointGaussian::value(127) == 46);
    CHECK(FixedPointGaussian::deviation == Catch::Approx(std::sqrt(FixedPointGaussian::variance)).epsilon(1e-15));
}

TEST_CASE("Stored as float, noise has unit variance; as int8, fixed point stays", "[distributions]") {
    double sum = 0;
    for (std::uint32_t f = 0; f < 256; ++f) {
        auto const value = noise_cast<float>(FixedPointGaussian::value(f));
        sum += static_cast<double>(value) * value;
        CHECK(noise_cast<std::int8_t>(FixedPointGaussian::value(f)) == FixedPointGaussian::value(f));
    }
    CHECK(std::abs(sum / 256 - 1) < 1e-6);
    CHECK(noise_cast<float>(0.75f) == 0.75f);
}
