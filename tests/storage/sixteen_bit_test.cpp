// SPDX-License-Identifier: Apache-2.0

// All 65,536 values of both 16-bit floats against an oracle that knows only their formats' fields.

#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace {

using eggroll::bfloat16;
using eggroll::half;

template <class T>
struct Format;
template <>
struct Format<half> {
    static constexpr int mantissa = 10;
    static constexpr int bias = 15;
};
template <>
struct Format<bfloat16> {
    static constexpr int mantissa = 7;
    static constexpr int bias = 127;
};

template <class T>
constexpr std::uint32_t infinity_bits = 0x7FFFu >> Format<T>::mantissa << Format<T>::mantissa;

/// The value of a finite non-negative pattern by the definition; of infinity's, what it would be without one.
template <class T>
double definition(std::uint32_t bits) {
    int const exponent = static_cast<int>(bits >> Format<T>::mantissa);
    double const fraction =
        std::ldexp(static_cast<double>(bits & ((1u << Format<T>::mantissa) - 1)), -Format<T>::mantissa);
    return exponent == 0 ? std::ldexp(fraction, 1 - Format<T>::bias)
                         : std::ldexp(1 + fraction, exponent - Format<T>::bias);
}

template <class T>
float as_float(std::uint32_t bits) {
    return T::from_bits(static_cast<std::uint16_t>(bits));
}

template <class T>
std::uint32_t nearest(float value) {
    return T(value).bits();
}

} // namespace

TEMPLATE_TEST_CASE("16-bit floats are 16-bit values of their formats", "[storage]", half, bfloat16) {
    STATIC_REQUIRE(sizeof(TestType) == 2);
    STATIC_REQUIRE(std::is_trivially_copyable_v<TestType>);
    STATIC_REQUIRE(std::is_trivially_default_constructible_v<TestType>);
    STATIC_REQUIRE(std::is_convertible_v<TestType, float>);
    STATIC_REQUIRE(!std::is_convertible_v<float, TestType>);
    STATIC_REQUIRE(static_cast<float>(TestType(-1.5F)) == -1.5F); // constexpr both ways
    std::uint32_t wrong = 0;
    for (std::uint32_t bits = 0; bits < infinity_bits<TestType>; ++bits) {
        auto const value = static_cast<double>(as_float<TestType>(bits));
        wrong += value != definition<TestType>(bits) ? 1 : 0;
        auto const negative = static_cast<double>(as_float<TestType>(bits | 0x8000));
        wrong += negative != -value || !std::signbit(negative) || std::signbit(value) ? 1 : 0;
    }
    CHECK(wrong == 0);
    CHECK(as_float<TestType>(infinity_bits<TestType>) == std::numeric_limits<float>::infinity());
    CHECK(as_float<TestType>(infinity_bits<TestType> | 0x8000) == -std::numeric_limits<float>::infinity());
}

TEMPLATE_TEST_CASE("every 16-bit pattern survives the way through float", "[storage]", half, bfloat16) {
    std::uint32_t wrong = 0;
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        float const value = as_float<TestType>(bits);
        bool const nan = (bits & 0x7FFF) > infinity_bits<TestType>;
        std::uint32_t const quiet = nan ? 1u << (Format<TestType>::mantissa - 1) : 0;
        wrong += std::isnan(value) != nan || nearest<TestType>(value) != (bits | quiet) ? 1 : 0;
    }
    CHECK(wrong == 0);
}

// Between neighbours a < b the halfway point is a double, and a float too. At it the even pattern wins, a float's unit
// to either side the nearer neighbour does. The neighbour above the largest finite value is infinity.
TEMPLATE_TEST_CASE("conversion rounds to nearest, ties to even, in order", "[storage]", half, bfloat16) {
    constexpr float up = std::numeric_limits<float>::infinity();
    std::uint32_t wrong = 0;
    for (std::uint32_t bits = 0; bits < infinity_bits<TestType>; ++bits) {
        double const low = definition<TestType>(bits);
        double const high = definition<TestType>(bits + 1);
        auto const tie = static_cast<float>(0.5 * (low + high));
        REQUIRE(static_cast<double>(tie) == 0.5 * (low + high));
        REQUIRE(low < high);
        std::uint32_t const even = bits % 2 == 0 ? bits : bits + 1;
        for (std::uint32_t const sign : {0u, 0x8000u}) {
            auto const at = [&](float size) { return nearest<TestType>(sign != 0 ? -size : size); };
            wrong += at(tie) != (sign | even) ? 1 : 0;
            wrong += at(std::nextafter(tie, 0.0F)) != (sign | bits) ? 1 : 0;
            wrong += at(std::nextafter(tie, up)) != (sign | (bits + 1)) ? 1 : 0;
            wrong += at(std::nextafter(static_cast<float>(low), up)) != (sign | bits) ? 1 : 0;
        }
    }
    CHECK(wrong == 0);
    CHECK(nearest<TestType>(up) == infinity_bits<TestType>);
    CHECK(nearest<TestType>(-up) == (infinity_bits<TestType> | 0x8000));
    CHECK(nearest<TestType>(std::numeric_limits<float>::denorm_min()) == 0);
    CHECK(nearest<TestType>(-0.0F) == 0x8000);
}

TEST_CASE("floats far above half's range are infinite", "[storage]") {
    for (float value = 65536.0F; std::isfinite(value); value *= 1.25F) {
        REQUIRE(nearest<half>(value) == 0x7C00);
    }
    CHECK(nearest<half>(std::numeric_limits<float>::max()) == 0x7C00);
}

TEMPLATE_TEST_CASE("stored finite values stay finite", "[storage]", half, bfloat16) {
    using Traits = eggroll::StorageTraits<TestType>;
    auto const largest = static_cast<float>(TestType::largest());
    constexpr float infinity = std::numeric_limits<float>::infinity();
    CHECK(TestType::largest().bits() == infinity_bits<TestType> - 1);
    for (float const value :
         {largest, std::nextafter(largest, infinity), 1.0005F * largest, std::numeric_limits<float>::max()}) {
        CHECK(Traits::to_real(Traits::from_real(value)) == largest);
        CHECK(Traits::to_real(Traits::from_real(-value)) == -largest);
        for (std::uint32_t const bits : {0u, 0xFFFFu, 0xFFFFFFFFu}) {
            CHECK(Traits::to_real(Traits::round_stochastically(value, bits)) == largest);
            CHECK(Traits::to_real(Traits::round_stochastically(-value, bits)) == -largest);
        }
    }
    CHECK(Traits::to_real(Traits::from_real(infinity)) == infinity);
    CHECK(Traits::to_real(Traits::round_stochastically(-infinity, 0xFFFFFFFF)) == -infinity);
    CHECK(std::isnan(Traits::to_real(Traits::from_real(std::nanf("")))));
    CHECK(std::isnan(Traits::to_real(Traits::round_stochastically(std::nanf(""), 0xFFFFFFFF))));
}

TEMPLATE_TEST_CASE("stochastic rounding leaves representable values alone", "[storage]", half, bfloat16) {
    std::uint32_t wrong = 0;
    for (std::uint32_t pattern = 0; pattern < 65536; ++pattern) {
        if ((pattern & 0x7FFF) > infinity_bits<TestType>) {
            continue;
        }
        for (std::uint32_t const bits : {0u, 1u, 0x1FFFu, 0xFFFFu, 0x80000000u, 0xFFFFFFFFu}) {
            float const value = as_float<TestType>(pattern);
            wrong += eggroll::StorageTraits<TestType>::round_stochastically(value, bits).bits() != pattern ? 1 : 0;
        }
    }
    CHECK(wrong == 0);
}

// Over all 2^16 low halves of the bits, whatever the high half, the upper neighbour is taken remainder * 2^16 times:
// exactly, where the remainder has at most 16 digits.
TEMPLATE_TEST_CASE("stochastic rounding goes up with the remainder's probability", "[storage]", half, bfloat16) {
    using Traits = eggroll::StorageTraits<TestType>;
    constexpr std::uint32_t normal = 1u << Format<TestType>::mantissa; // smallest pattern
    for (std::uint32_t const pattern :
         {normal, 3u * normal + 5u, infinity_bits<TestType> / 2 + 77, infinity_bits<TestType> - 2, normal / 2}) {
        double const low = definition<TestType>(pattern);
        double const unit = definition<TestType>(pattern + 1) - low;
        for (double const remainder : {1.0 / 8192, 0.25, 0.5, 1365.0 / 8192, 8191.0 / 8192}) {
            auto const value = static_cast<float>(low + remainder * unit);
            REQUIRE(static_cast<double>(value) == low + remainder * unit);
            for (std::uint32_t const upper : {0u, 0xABCD0000u}) {
                for (std::uint32_t const sign : {0u, 0x8000u}) {
                    std::uint32_t ups = 0;
                    std::uint32_t others = 0;
                    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
                        auto const rounded =
                            Traits::round_stochastically(sign != 0 ? -value : value, bits | upper).bits();
                        ups += rounded == (sign | (pattern + 1)) ? 1 : 0;
                        others += rounded != (sign | pattern) && rounded != (sign | (pattern + 1)) ? 1 : 0;
                    }
                    CHECK(static_cast<double>(ups) == remainder * 65536);
                    CHECK(others == 0);
                }
            }
        }
    }
}

// Deep below half's normal range more than 16 digits are dropped, and all 32 bits decide: up for the `remainder * 2^32`
// largest of them.
TEST_CASE("stochastic rounding to subnormal halves uses all bits", "[storage]") {
    using Traits = eggroll::StorageTraits<half>;
    for (int const exponent : {-25, -30, -40, -47, -55}) {
        double const remainder = std::ldexp(1.5, exponent + 24); // 1.5 * 2^exponent in units of 2^-24
        auto const value = static_cast<float>(std::ldexp(1.5, exponent));
        int const dropped = 126 - static_cast<int>(std::bit_cast<std::uint32_t>(value) >> 23);
        auto const space = std::uint64_t{1} << std::min(dropped, 32); // of bits that count
        auto const ups = static_cast<std::uint64_t>(remainder * static_cast<double>(space));
        CHECK(static_cast<double>(ups) == remainder * static_cast<double>(space));
        auto const at = [&](std::uint64_t bits) {
            return Traits::round_stochastically(value, static_cast<std::uint32_t>(bits)).bits();
        };
        CHECK(at(space - ups) == 1);
        CHECK(at(space - 1) == 1);
        CHECK(at(space - ups - 1) == 0);
        CHECK(at(0) == 0);
    }
    CHECK(Traits::round_stochastically(0x1p-57F, 0xFFFFFFFF).bits() == 0); // below 2^-32 of a unit
    CHECK(Traits::round_stochastically(0x1p-140F, 0xFFFFFFFF).bits() == 0);
}
