// SPDX-License-Identifier: Apache-2.0
#include <eggroll/random/noise_layout.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <set>
#include <utility>

namespace {

using namespace eggroll;

// The formulas of the noise contract.
constexpr FieldPosition contract_16(std::int64_t e) {
    return {static_cast<std::uint32_t>(4 * (e / 32) + (e % 8) / 2),
            static_cast<std::uint32_t>(2 * (e / 8 % 4) + e % 2)};
}
constexpr FieldPosition contract_8(std::int64_t e) {
    return {static_cast<std::uint32_t>(4 * (e / 64) + (e % 8) / 2),
            static_cast<std::uint32_t>(2 * (e / 8 % 8) + e % 2)};
}

static_assert(NoiseLayout<16>::period == 32 && NoiseLayout<8>::period == 64);
static_assert(NoiseLayout<16>::field({{0x22221111, 0x44443333, 0, 0x88887777}}, 1) == 0x2222);
static_assert(NoiseLayout<16>::field({{0x22221111, 0x44443333, 0, 0x88887777}}, 2) == 0x3333);
static_assert(NoiseLayout<16>::field({{0x22221111, 0x44443333, 0, 0x88887777}}, 7) == 0x8888);
static_assert(NoiseLayout<8>::field({{0x44332211, 0x88776655, 0, 0}}, 0) == 0x11);
static_assert(NoiseLayout<8>::field({{0x44332211, 0x88776655, 0, 0}}, 7) == 0x88);

} // namespace

TEST_CASE("Elements lie where the noise contract says", "[noise_layout]") {
    for (std::int64_t e = 0; e < 5000; ++e) {
        REQUIRE(NoiseLayout<16>::position(e) == contract_16(e));
        REQUIRE(NoiseLayout<8>::position(e) == contract_8(e));
    }
    // The last block of the counter.
    std::int64_t const elements = std::int64_t{8} << 32;
    CHECK(NoiseLayout<16>::position(elements - 1) == FieldPosition{0xFFFFFFFFu, 7});
    CHECK(NoiseLayout<8>::position(2 * elements - 1) == FieldPosition{0xFFFFFFFFu, 15});
}

TEMPLATE_TEST_CASE_SIG("Columns don't overlap, and fields of a whole number of periods are all used", "[noise_layout]",
                       ((int Bits), Bits), 8, 16) {
    using Layout = NoiseLayout<Bits>;
    for (std::int64_t const length : {1, 7, 31, 32, 33, 64, 65, 100, 128}) {
        std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
        for (std::int64_t column = 0; column < 5; ++column) {
            for (std::int64_t e = 0; e < length; ++e) {
                FieldPosition const at = Layout::position(column, length, e);
                REQUIRE(at.field < static_cast<std::uint32_t>(4 * Layout::fields_per_word));
                REQUIRE(seen.emplace(at.block, at.field).second);
            }
            REQUIRE(Layout::position(column, length, 0).block % Layout::blocks_per_period == 0);
        }
        if (length % Layout::period == 0) {
            auto const last = Layout::position(4, length, length - 1);
            REQUIRE(seen.size() == static_cast<std::size_t>(last.block + 1) * 4 * Layout::fields_per_word);
        }
    }
}
