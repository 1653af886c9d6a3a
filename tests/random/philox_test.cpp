// SPDX-License-Identifier: Apache-2.0
#include <eggroll/random/philox.hpp>

#include <catch2/catch_test_macros.hpp>

namespace {

using eggroll::philox4x32_10;
using eggroll::PhiloxBlock;
using eggroll::PhiloxKey;

// The known answers that the generator's authors publish.
constexpr std::uint32_t ones = 0xFFFFFFFFu;
static_assert(philox4x32_10({{0, 0, 0, 0}}, {{0, 0}}) == PhiloxBlock{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
static_assert(philox4x32_10({{ones, ones, ones, ones}}, {{ones, ones}}) ==
              PhiloxBlock{{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
static_assert(philox4x32_10({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}}) ==
              PhiloxBlock{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});

/// Undoes philox4x32_10: x -> x M mod 2^32 is inverted by the inverse of the odd M.
PhiloxBlock inverse(PhiloxBlock c, PhiloxKey key) {
    using Constants = eggroll::PhiloxConstants;
    auto const odd_inverse = [](std::uint32_t m) {
        std::uint32_t x = m;
        for (int i = 0; i < 5; ++i) {
            x *= 2 - m * x;
        }
        return x;
    };
    for (int round = Constants::rounds - 1; round >= 0; --round) {
        auto const r = static_cast<std::uint32_t>(round);
        std::uint32_t const low = key.word[0] + r * Constants::weyl_low;
        std::uint32_t const high = key.word[1] + r * Constants::weyl_high;
        std::uint32_t const c0 = c.word[3] * odd_inverse(Constants::multiplier_0);
        std::uint32_t const c2 = c.word[1] * odd_inverse(Constants::multiplier_2);
        auto const high_0 = static_cast<std::uint32_t>(std::uint64_t{Constants::multiplier_0} * c0 >> 32);
        auto const high_2 = static_cast<std::uint32_t>(std::uint64_t{Constants::multiplier_2} * c2 >> 32);
        c = {{c0, c.word[0] ^ high_2 ^ low, c2, c.word[2] ^ high_0 ^ high}};
    }
    return c;
}

} // namespace

TEST_CASE("Philox is a bijection of the counters under every key", "[philox]") {
    // So no two elements, parameters, pairs or generations can share a block.
    PhiloxBlock counter{{1, 2, 3, 4}};
    for (std::uint32_t i = 0; i < 1000; ++i) {
        PhiloxKey const key{{i, i * 7919}};
        PhiloxBlock const words = philox4x32_10(counter, key);
        REQUIRE(inverse(words, key) == counter);
        counter = words;
    }
}
