// SPDX-License-Identifier: Apache-2.0
#include <eggroll/tasks/text_streams.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::tasks::TextStreams;
using eggroll::tasks::ValidationStreams;

namespace {

std::vector<std::uint8_t> bytes_of(std::string const& text) {
    return {text.begin(), text.end()};
}

/// The next segments, a string of all rows.
template <class Streams>
std::string next(Streams& streams, std::size_t steps) {
    std::vector<std::uint8_t> out(streams.streams() * (steps + 1)); // (stream, byte)
    streams.next(steps, out);
    return {out.begin(), out.end()};
}

} // namespace

TEST_CASE("streams begin equally far apart and go on where they stopped", "[tasks][text_streams]") {
    auto const text = bytes_of("0123456789a");
    TextStreams streams(text, 3); // floor(11 / 3) = 3
    CHECK(streams.positions() == std::vector<std::uint64_t>{0, 3, 6});
    CHECK(next(streams, 2) == "012"
                              "345"
                              "678");
    // A segment begins with the target that ended the one before.
    CHECK(next(streams, 3) == "2345"
                              "5678"
                              "89a0");
    CHECK(streams.positions() == std::vector<std::uint64_t>{5, 8, 0});
    CHECK(next(streams, 1) == "56"
                              "89"
                              "01");
}

TEST_CASE("every stream reads the text as a circle", "[tasks][text_streams]") {
    std::size_t const size = GENERATE(as<std::size_t>{}, 2, 3, 7, 10);
    std::size_t const count = GENERATE(as<std::size_t>{}, 1, 2, 5, 12);
    std::size_t const steps = GENERATE(as<std::size_t>{}, 1, 4, 25);
    std::vector<std::uint8_t> text(size);
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<std::uint8_t>(i);
    }
    TextStreams streams(text, count);
    std::vector<std::uint64_t> const starts = streams.positions();
    std::vector<std::uint8_t> out(count * (steps + 1)); // (stream, byte)
    for (std::size_t segment = 0; segment < 5; ++segment) {
        streams.next(steps, out);
        for (std::size_t stream = 0; stream < count; ++stream) {
            for (std::size_t i = 0; i <= steps; ++i) {
                REQUIRE(out[stream * (steps + 1) + i] == (starts[stream] + segment * steps + i) % size);
            }
        }
    }
}

TEST_CASE("restored streams go on as if never stopped", "[tasks][text_streams]") {
    auto const text = bytes_of("the quick brown fox jumps over the lazy dog");
    TextStreams streams(text, 4);
    next(streams, 17);
    std::vector<std::uint64_t> const saved = streams.positions();
    std::string const expected = next(streams, 30);
    TextStreams resumed(text, 4);
    resumed.restore(saved);
    CHECK(next(resumed, 30) == expected);

    CHECK_THROWS_MATCHES(resumed.restore({1, 2, 3}), eggroll::Error, MessageMatches(ContainsSubstring("3 streams")));
    CHECK_THROWS_MATCHES(resumed.restore({1, 2, 3, text.size()}), eggroll::Error,
                         MessageMatches(ContainsSubstring("position 43 of stream 3")));
    CHECK(resumed.positions() == streams.positions());
}

TEST_CASE("streams refuse what they cannot read or fill", "[tasks][text_streams]") {
    auto const text = bytes_of("0123456789");
    CHECK_THROWS_AS(TextStreams(std::span(text).first(1), 1), eggroll::Error);
    CHECK_THROWS_AS(TextStreams({}, 1), eggroll::Error);
    CHECK_THROWS_AS(TextStreams(text, 0), eggroll::Error);
    TextStreams streams(text, 2);
    std::vector<std::uint8_t> out(7);
    CHECK_THROWS_AS(streams.next(3, out), eggroll::Error);
    CHECK_THROWS_AS(streams.next(0, out), eggroll::Error);
    CHECK(streams.positions() == std::vector<std::uint64_t>{0, 5});
}

TEST_CASE("validation predicts each byte once, in order", "[tasks][text_streams]") {
    auto const text = bytes_of("0123456789abc"); // 12 predictions after the first byte
    ValidationStreams streams(text, 2);
    CHECK(streams.predictions() == 12);
    for (int pass = 0; pass < 2; ++pass) {
        std::vector<std::uint8_t> out(2 * 5); // (stream, byte)
        REQUIRE(streams.next(4, out) == 4);
        CHECK(out == bytes_of("01234"
                              "6789a"));
        REQUIRE(streams.next(4, out) == 2);
        CHECK(out == bytes_of(std::string("456\0\0"
                                          "abc\0\0",
                                          10)));
        CHECK(streams.next(4, out) == 0);
        streams.rewind();
    }
}

TEST_CASE("validation covers any text", "[tasks][text_streams]") {
    std::size_t const size = GENERATE(as<std::size_t>{}, 2, 3, 9, 100);
    std::size_t const count = GENERATE(as<std::size_t>{}, 1, 2, 7);
    std::size_t const steps = GENERATE(as<std::size_t>{}, 1, 4, 200);
    std::vector<std::uint8_t> text(size);
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<std::uint8_t>(i);
    }
    if ((size - 1) / count == 0) {
        CHECK_THROWS_MATCHES(ValidationStreams(text, count), eggroll::Error,
                             MessageMatches(ContainsSubstring("too short")));
        return;
    }
    ValidationStreams streams(text, count);
    std::vector<int> predicted(size, 0);                // (byte)
    std::vector<std::uint8_t> out(count * (steps + 1)); // (stream, byte)
    while (std::size_t const valid = streams.next(steps, out)) {
        for (std::size_t stream = 0; stream < count; ++stream) {
            for (std::size_t i = 1; i <= valid; ++i) {
                REQUIRE(out[stream * (steps + 1) + i] == out[stream * (steps + 1) + i - 1] + 1);
                ++predicted[out[stream * (steps + 1) + i]];
            }
        }
    }
    std::size_t const covered = (size - 1) / count * count;
    CHECK(streams.predictions() == covered);
    for (std::size_t i = 0; i < size; ++i) {
        CHECK(predicted[i] == (i >= 1 && i <= covered ? 1 : 0));
    }
}
