// SPDX-License-Identifier: Apache-2.0
// Noise is generated once per slice and generation, however many tokens are read with it. Built with
// EGGROLL_COUNT_NOISE_BLOCKS.

#include "support/small_egg.hpp"

#include <eggroll/eggroll.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace {

/// Blocks that one generation's evaluation and update generate.
std::uint64_t blocks_of_a_generation(std::int64_t tokens, std::int64_t slice_members) {
    test::SmallEgg<eggroll::HostSlices<>> egg(64, tokens, {.slice_members = slice_members});
    egg.step();
    std::uint64_t const before = eggroll::kernels::host::noise_blocks;
    egg.step();
    return eggroll::kernels::host::noise_blocks - before;
}

/// 8-bit fields: 64 values to 4 blocks, each column padded to whole periods.
std::uint64_t blocks_of(std::int64_t length) {
    return static_cast<std::uint64_t>((length + 63) / 64 * 4);
}

/// What the factors of every parameter of every direction take, once.
std::uint64_t blocks_of_the_factors(eggroll::ParameterLayout const& layout, std::uint64_t directions) {
    std::uint64_t blocks = 0;
    for (auto const& info : layout.parameters()) {
        blocks += info.kind == eggroll::ParameterKind::vector ? 2 * blocks_of(info.in)
                                                              : blocks_of(info.out) + blocks_of(info.in);
    }
    return directions * blocks;
}

} // namespace

TEST_CASE("more tokens take no more noise") {
    CHECK(blocks_of_a_generation(2, 16) == blocks_of_a_generation(40, 16));
}

TEST_CASE("smaller slices take no more noise") {
    CHECK(blocks_of_a_generation(2, 2) == blocks_of_a_generation(2, 64));
}

TEST_CASE("a generation takes each direction's noise once to evaluate and once to update") {
    // Each parameter of this model is one tile of the update.
    std::uint64_t const expected = 2 * blocks_of_the_factors(eggroll::Egg({.layers = 2, .width = 16}).layout, 32);
    std::uint64_t const counted = blocks_of_a_generation(8, 16);
    CHECK(counted >= expected);
    CHECK(counted < expected + expected / 4); // vectors of periods are filled up
}
