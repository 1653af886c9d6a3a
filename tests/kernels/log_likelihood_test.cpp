// SPDX-License-Identifier: Apache-2.0

#include "support/golden.hpp"
#include "support/test_noise.hpp"

#include <eggroll/kernels/rows/log_likelihood.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

namespace rows = eggroll::kernels::rows;
using eggroll::testing::golden;

/// trunc(16 * 2^(i/16)) in long double; whole numbers are met at multiples of 16 only, where exp2 is exact.
int table(int i) {
    return static_cast<int>(16 * std::exp2(static_cast<long double>(i) / 16));
}

} // namespace

TEST_CASE("E needs no table", "[log_likelihood][golden]") {
    auto const golden_file = golden("egg-primitives-loss");
    auto const value = golden_file.values<std::int32_t>("exp2/value");
    REQUIRE(value.size() == 256);
    for (int i = 0; i < 256; ++i) {
        float const power = rows::power_of_two(i);
        CHECK(static_cast<int>(power) == value[static_cast<std::size_t>(i)]);
        CHECK(static_cast<int>(power) == table(i));
        long double const exact = 16 * std::exp2(static_cast<long double>(i) / 16);
        CHECK(std::abs(static_cast<long double>(power) / exact - 1) < 0x1.2ap-24L); // 2^-23.8
    }
}

TEST_CASE("the logarithm follows the whole golden table", "[log_likelihood][golden]") {
    auto const file = golden("egg-primitives-loss");
    auto const index = file.values<std::int32_t>("log2/first_index");
    auto const value = file.values<std::int32_t>("log2/first_value");
    for (std::size_t n = 0; n < index.size(); ++n) {
        auto const total = static_cast<std::uint32_t>(index[n]) + 1; // entry k belongs to k + 1
        if (value[n] <= 0) {
            continue; // cut towards zero there, and not reachable: totals are at least 4096
        }
        CHECK(rows::sixteenths_of_log2(total) == value[n]);
        if (value[n - 1] > 0) {
            CHECK(rows::sixteenths_of_log2(total - 1) == value[n - 1]);
        }
    }
    auto const some_index = file.values<std::int32_t>("log2/index");
    auto const some_value = file.values<std::int32_t>("log2/value");
    for (std::size_t n = 0; n < some_index.size(); ++n) {
        if (some_value[n] > 0) {
            CHECK(rows::sixteenths_of_log2(static_cast<std::uint32_t>(some_index[n]) + 1) == some_value[n]);
        }
    }
}

TEST_CASE("log-likelihoods follow the golden vectors", "[log_likelihood][golden]") {
    auto const file = golden("egg-primitives-loss");
    auto const logits = file.values<std::int8_t>("logits");
    auto const targets = file.values<std::int32_t>("targets");
    auto const ll = file.values<std::int32_t>("ll");
    auto const count = static_cast<std::int64_t>(targets.size());
    std::vector<std::uint8_t> bytes(targets.begin(), targets.end());
    std::vector<std::int64_t> sums(ll.size(), 1000); // added to, not overwritten
    rows::LogLikelihood const functor{
        {logits.data(), count, 256, 256}, {{bytes.data(), count, 1, 1}, 1, 1}, sums.data(), nullptr};
    for (std::int64_t row = 0; row < count; ++row) {
        functor(row);
    }
    CHECK(std::ranges::equal(sums, ll, {}, [](std::int64_t sum) { return sum - 1000; }));
}

TEST_CASE("the exact log-loss is within 1.3e-7 bit a token", "[log_likelihood]") {
    eggroll::testing::HashNoise<std::int8_t> const noise{3, false};
    int const tokens = 5000;
    rows::ExactLogLoss loss;
    std::int64_t sum = 0;
    long double expected = 0;
    for (int token = 0; token < tokens; ++token) {
        std::vector<std::int8_t> logits(256);
        for (std::int64_t k = 0; k < 256; ++k) {
            // From all equal, through ever wider ranges, to all extreme.
            int const drawn = noise.value(1, eggroll::Factor::a, token, 0, 256, k);
            logits[static_cast<std::size_t>(k)] =
                static_cast<std::int8_t>(token % 10 == 9 ? (token % 20 == 9 ? -127 : 127) : drawn * (token % 10) / 9);
        }
        auto const byte = static_cast<std::uint8_t>(token * 7);
        rows::ExactLogLoss alone;
        rows::ExactLogLoss* const targets[] = {&loss, &alone};
        for (rows::ExactLogLoss* const target : targets) {
            rows::LogLikelihood{{logits.data(), 1, 256, 256}, {{&byte, 1, 1, 1}, 1, 1}, &sum, target}(0);
        }
        long double powers = 0;
        for (int const logit : logits) {
            powers += std::exp2(static_cast<long double>(logit) / 16);
        }
        long double const bits = std::log2(powers) - static_cast<long double>(logits[byte]) / 16;
        REQUIRE(std::abs(static_cast<long double>(rows::bits(alone)) - bits) < 1.3e-7L);
        expected += bits;
    }
    CHECK(loss.mantissa >= 1.0);
    CHECK(loss.mantissa < 2.0);
    CHECK(std::abs(static_cast<long double>(rows::bits(loss)) - expected) < 1.3e-7L * tokens);
}

TEST_CASE("the exact log-loss of equal logits is 8 bits", "[log_likelihood]") {
    std::vector<std::int8_t> logits(256, 37);
    std::uint8_t const byte = 200;
    std::int64_t sum = 0;
    rows::ExactLogLoss loss;
    for (int token = 0; token < 100; ++token) {
        rows::LogLikelihood{{logits.data(), 1, 256, 256}, {{&byte, 1, 1, 1}, 1, 1}, &sum, &loss}(0);
    }
    CHECK(std::abs(rows::bits(loss) - 800) < 1.3e-5);
}
