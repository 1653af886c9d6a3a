// SPDX-License-Identifier: Apache-2.0

#include <eggroll/kernels/integer.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using namespace eggroll;

static_assert(saturate(-128) == -127 && saturate(-127) == -127 && saturate(127) == 127 && saturate(128) == 127);
static_assert(saturate(std::numeric_limits<std::int64_t>::min()) == -127);
static_assert(saturate(std::numeric_limits<std::int64_t>::max()) == 127);
static_assert(saturate(std::int64_t{1} << 32) == 127); // not cut to 32 bits first
static_assert(floor_divide(-1, 80) == -1 && floor_divide(-80, 80) == -1 && floor_divide(-81, 80) == -2);
static_assert(floor_divide(std::numeric_limits<std::int64_t>::min(), std::int64_t{1}) ==
              std::numeric_limits<std::int64_t>::min());
static_assert(fan_in_divisor(16) == 64 && fan_in_divisor(64) == 128 && fan_in_divisor(256) == 256);
static_assert(fan_in_divisor(1024) == 512 && fan_in_divisor(32) == 80 && fan_in_divisor(128) == 176);
static_assert(127 * 127 * largest_integer_fan_in <= std::numeric_limits<std::int32_t>::max());
static_assert(127 * 127 * (largest_integer_fan_in + 1) > std::numeric_limits<std::int32_t>::max());

TEST_CASE("floor_divide rounds towards minus infinity", "[integer]") {
    for (int divisor = 1; divisor <= 300; ++divisor) {
        for (int numerator = -1000; numerator <= 1000; ++numerator) {
            auto const expected = static_cast<int>(std::floor(static_cast<double>(numerator) / divisor));
            REQUIRE(floor_divide(numerator, divisor) == expected);
            REQUIRE(floor_divide(std::int64_t{numerator}, std::int64_t{divisor}) == expected);
        }
    }
}

TEST_CASE("root is the integer square root", "[integer]") {
    for (std::int64_t r = 0; r <= 3000; ++r) { // around every square
        REQUIRE(root(r * r) == r);
        REQUIRE(root((r + 1) * (r + 1) - 1) == r);
    }
    CHECK(root((std::int64_t{1} << 31) * (std::int64_t{1} << 31)) == std::int64_t{1} << 31);
    CHECK(root(std::numeric_limits<std::int64_t>::max()) == 3037000499);
}

TEST_CASE("floor_log2 is the position of the highest bit", "[integer]") {
    for (int bit = 0; bit < 32; ++bit) {
        CHECK(floor_log2(std::uint32_t{1} << bit) == bit);
        CHECK(floor_log2(~std::uint32_t{0} >> (31 - bit)) == bit);
    }
}
