// SPDX-License-Identifier: Apache-2.0
#include <eggroll/random/noise.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace {

using namespace eggroll;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

using Stream = NoiseStream<Gaussian>;
static_assert(noise_source<Stream> && noise_source<NoiseStream<FixedPointGaussian>>);
static_assert(noise_source<NoiseStream<Gaussian, Rademacher>> && !noise_source<Gaussian>);

/// Everything that names an array of noise.
struct Name {
    std::uint64_t seed = 7;
    std::uint32_t generation = 3;
    NoiseDomain domain = NoiseDomain::perturbation;
    std::uint32_t parameter = 5;
    Factor factor = Factor::a;
    std::int64_t direction = 11;
    std::int64_t column = 0;
};

std::vector<double> noise(Name const& n, std::int64_t length) {
    Stream const stream{Seed(n.seed).key(), n.generation, n.domain};
    std::vector<double> values;
    for (std::int64_t e = 0; e < length; ++e) {
        values.push_back(stream.value(n.parameter, n.factor, n.direction, n.column, length, e));
    }
    return values;
}

/// The base, and names that differ from it in one thing, by the smallest step or across a boundary.
std::vector<Name> neighbours() {
    std::vector<Name> names(1);
    auto const add = [&](auto const& change) {
        names.emplace_back();
        change(names.back());
    };
    add([](Name& n) { n.seed = 8; });
    add([](Name& n) { n.seed = 7 + (std::uint64_t{1} << 32); });
    add([](Name& n) { n.generation = 4; });
    add([](Name& n) { n.domain = NoiseDomain::initialisation; });
    add([](Name& n) { n.domain = NoiseDomain::rounding; });
    add([](Name& n) { n.parameter = 6; }); // another parameter of the same shape
    add([](Name& n) { n.parameter = 4; });
    add([](Name& n) { n.factor = Factor::b; });
    add([](Name& n) { n.factor = Factor::full; });
    add([](Name& n) { n.direction = 12; });
    add([](Name& n) { n.direction = 10; });
    add([](Name& n) { n.column = 1; });
    return names;
}

} // namespace

TEST_CASE("A value is what the contract's formula says", "[noise]") {
    std::uint64_t const seed = 0x0123456789ABCDEF;
    NoiseStream<FixedPointGaussian> const stream{Seed(seed).key(), 9, NoiseDomain::environment};
    std::int64_t const length = 70; // two periods of 64: column 2 begins at element 256
    for (std::int64_t e = 0; e < length; ++e) {
        std::int64_t const flat = 256 + e;
        PhiloxBlock const counter{
            {static_cast<std::uint32_t>(4 * (flat / 64) + flat % 8 / 2), 0xFFFFFFFEu, 3u << 24 | 1234u << 2 | 1u, 9u}};
        PhiloxBlock const words = philox4x32_10(counter, {{0x89ABCDEFu, 0x01234567u}});
        auto const field = static_cast<std::uint32_t>(2 * (flat / 8 % 8) + flat % 2);
        std::uint32_t const byte = words.word[field / 4] >> (8 * (field % 4)) & 0xFF;
        REQUIRE(stream.value(1234, Factor::b, 0xFFFFFFFE, 2, length, e) == FixedPointGaussian::value(byte));
    }
}

TEST_CASE("No two names share a block of random words", "[noise]") {
    // A bijection can't map two counters of one key to one block, so a shared block is a shared counter: the mistake of
    // slices that overlap. Between keys an accident has a probability below 1e-28.
    std::vector<std::array<std::uint32_t, 4>> blocks;
    for (auto const& n : neighbours()) {
        Stream const stream{Seed(n.seed).key(), n.generation, n.domain};
        for (std::uint32_t block = 0; block < 4096; ++block) {
            auto const first = static_cast<std::uint32_t>(n.column) * 4096;
            auto const words =
                philox4x32_10(stream.counter(n.parameter, n.factor, n.direction, first + block), stream.key);
            blocks.push_back({words.word[0], words.word[1], words.word[2], words.word[3]});
        }
    }
    std::sort(blocks.begin(), blocks.end());
    CHECK(std::adjacent_find(blocks.begin(), blocks.end()) == blocks.end());
}

TEST_CASE("Neighbouring names have uncorrelated noise, also shifted", "[noise]") {
    // Each correlation of 4096 pairs is normal with deviation 1/64; 13 names with 129 shifts make 1,677 of them, so a
    // threshold of 6.2 deviations gives a false alarm with probability 1e-6. Streams shared at a shift give 1.
    std::int64_t const length = 4096;
    std::int64_t const reach = 64;
    auto const names = neighbours();
    auto const base = noise(names.front(), length + 2 * reach);
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto const other = noise(names[i], length + 2 * reach);
        for (std::int64_t shift = -reach; shift <= reach; ++shift) {
            if (i == 0 && shift == 0) {
                continue;
            }
            double sum = 0;
            for (std::int64_t e = 0; e < length; ++e) {
                sum += base[static_cast<std::size_t>(reach + e)] * other[static_cast<std::size_t>(reach + e + shift)];
            }
            INFO("name " << i << ", shift " << shift);
            REQUIRE(std::abs(sum / std::sqrt(static_cast<double>(length))) < 6.2);
        }
    }
}

TEST_CASE("Noise along directions and along seeds is uncorrelated too", "[noise]") {
    // As above: 2 x 32 correlations of 4096 pairs, false alarm below 1e-6 at 5.6 deviations.
    bool const along_seeds = GENERATE(false, true);
    std::vector<double> values;
    for (std::int64_t i = 0; i < 4096 + 32; ++i) {
        Stream const stream{Seed(along_seeds ? static_cast<std::uint64_t>(i) : 1).key(), 0};
        values.push_back(stream.value(0, Factor::a, along_seeds ? 0 : i, 0, 1, 0));
    }
    for (std::size_t shift = 1; shift <= 32; ++shift) {
        double sum = 0;
        for (std::size_t i = 0; i < 4096; ++i) {
            sum += values[i] * values[i + shift];
        }
        INFO("shift " << shift);
        REQUIRE(std::abs(sum / 64) < 5.6);
    }
}

TEST_CASE("Bytes of the words are evenly distributed", "[noise]") {
    // Chi-squared with 255 degrees of freedom exceeds 377 with probability 1e-6.
    std::array<double, 256> counts{};
    for (std::uint32_t block = 0; block < 65536; ++block) {
        for (std::uint32_t const word : philox4x32_10({{block, 0, 0, 0}}, Seed(42).key()).word) {
            for (int byte = 0; byte < 4; ++byte) {
                counts[word >> (8 * byte) & 0xFF] += 1;
            }
        }
    }
    double chi_squared = 0;
    for (double const count : counts) {
        chi_squared += (count - 4096) * (count - 4096) / 4096;
    }
    CHECK(chi_squared < 377);
}

TEST_CASE("The factors' distributions are told apart", "[noise]") {
    NoiseStream<Gaussian, Rademacher> const stream{Seed(1).key(), 0};
    for (std::int64_t e = 0; e < 100; ++e) {
        CHECK(std::abs(stream.value(0, Factor::b, 0, 0, 100, e)) == 1.0f);
        CHECK(std::abs(stream.value(0, Factor::a, 0, 0, 100, e)) != 1.0f);
        CHECK(std::abs(stream.value(0, Factor::full, 0, 0, 100, e)) != 1.0f);
    }
}

TEST_CASE("Limits of the counter are refused, not wrapped", "[noise]") {
    CHECK_NOTHROW(check_parameter_id((1u << 22) - 1));
    CHECK_THROWS_MATCHES(check_parameter_id(1u << 22), Error, MessageMatches(ContainsSubstring("4194304")));

    CHECK_NOTHROW(check_noise_extent(1, std::int64_t{8} << 32));
    CHECK_NOTHROW(check_noise_extent(std::int64_t{1} << 30, 32));
    CHECK_NOTHROW(check_noise_extent(std::int64_t{1} << 40, 0));
    CHECK_THROWS_AS(check_noise_extent(1, (std::int64_t{8} << 32) + 1), Error);
    CHECK_THROWS_AS(check_noise_extent((std::int64_t{1} << 30) + 1, 1), Error);
    CHECK_THROWS_AS(check_noise_extent(std::int64_t{1} << 29, 33 + 32), Error);
    CHECK_THROWS_AS(
        check_noise_extent(std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()), Error);
    CHECK_THROWS_AS(check_noise_extent(-1, 3), Error);
    CHECK_THROWS_AS(check_noise_extent(1, -3), Error);
}

TEST_CASE("Reused noise changes its generation word every few generations", "[noise]") {
    CHECK(generation_word(11) == 11);
    CHECK(generation_word(11, 4) == 2);
    CHECK(generation_word(12, 4) == 3);
    CHECK(generation_word((std::uint64_t{1} << 33) - 1, 2) == 0xFFFFFFFFu);
    CHECK_THROWS_MATCHES(generation_word(1, 0), Error, MessageMatches(ContainsSubstring("noise_reuse")));
    CHECK_THROWS_MATCHES(generation_word(std::uint64_t{1} << 32), Error, MessageMatches(ContainsSubstring("2^32")));
}
