// SPDX-License-Identifier: Apache-2.0
#include <eggroll/io/safetensors.hpp>

#include "support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::io::DType;
using eggroll::io::SafetensorsFile;
using eggroll::io::SafetensorsWriter;
using eggroll::io::Shape;
using eggroll_test::content_of;
using eggroll_test::TemporaryDirectory;

namespace {

/// A file's bytes, from its header and data.
std::string file_of(std::string const& header, std::string const& data) {
    std::uint64_t const size = header.size();
    std::string bytes(sizeof size, '\0');
    std::memcpy(bytes.data(), &size, sizeof size);
    return bytes + header + data;
}

void requires_refusal(std::string const& bytes, std::string const& complaint) {
    TemporaryDirectory const directory;
    auto const path = directory.write("refused.safetensors", bytes);
    CHECK_THROWS_MATCHES(SafetensorsFile(path), eggroll::Error,
                         MessageMatches(ContainsSubstring(complaint) && ContainsSubstring("refused.safetensors")));
}

/// Opens a file and reads all it has; false if it was refused.
bool loads(std::filesystem::path const& path) {
    try {
        SafetensorsFile const file(path);
        unsigned sum = 0;
        for (std::string const& name : file.names()) {
            for (std::byte const byte : file.tensor(name).bytes) {
                sum += std::to_integer<unsigned>(byte);
            }
        }
        return sum < 4'000'000'000U;
    } catch (eggroll::Error const&) {
        return false;
    }
}

std::string small_file(TemporaryDirectory const& directory) {
    std::vector<std::int8_t> const bytes = {-1, 2, 3};
    std::vector<float> const floats = {0.5f, -1.5f, 2.5f, 3.5f};
    std::vector<std::int64_t> const integers = {-7, 8};
    SafetensorsWriter writer;
    writer.add("bytes", Shape{3}, bytes);
    writer.add("floats", Shape{2, 2}, floats);
    writer.add("integers", Shape{2}, integers);
    writer.set_metadata("purpose", "test");
    writer.write(directory.path() / "small.safetensors");
    return content_of(directory.path() / "small.safetensors");
}

} // namespace

TEST_CASE("what the writer writes, the reader reads", "[io][safetensors]") {
    TemporaryDirectory const directory;
    auto const path = directory.path() / "all.safetensors";
    std::vector<std::int8_t> const bytes = {-127, 0, 127};
    std::vector<double> const doubles = {1e300, -0.0};
    std::vector<std::uint16_t> const halves = {0x3C00, 0xC000};
    std::vector<std::uint64_t> const nothing;
    float const scalar = 0.25f;
    SafetensorsWriter writer;
    writer.add("layer.\"weight\"/ü", Shape{1, 3}, bytes);
    writer.add("doubles", Shape{2}, doubles);
    writer.add("halves", DType::f16, Shape{2}, std::as_bytes(std::span(halves)));
    writer.add("empty", Shape{4, 0}, nothing);
    writer.add("scalar", Shape{}, std::span(&scalar, 1));
    writer.set_metadata("seed", "18446744073709551615");
    writer.set_metadata("note", "line\nbreak");
    writer.write(path);

    SafetensorsFile const file(path);
    CHECK(file.names() == std::vector<std::string>{"doubles", "empty", "halves", "layer.\"weight\"/ü", "scalar"});
    CHECK(file.metadata() ==
          std::map<std::string, std::string>{{"note", "line\nbreak"}, {"seed", "18446744073709551615"}});
    CHECK(file.metadata("seed") == "18446744073709551615");
    CHECK_THROWS_AS(file.metadata("absent"), eggroll::Error);
    CHECK(file.contains("scalar"));
    CHECK_FALSE(file.contains("vector"));

    auto const read_bytes = file.values<std::int8_t>("layer.\"weight\"/ü");
    CHECK(std::vector(read_bytes.begin(), read_bytes.end()) == bytes);
    auto const read_doubles = file.values<double>("doubles");
    CHECK(std::vector(read_doubles.begin(), read_doubles.end()) == doubles);
    CHECK(std::signbit(read_doubles[1]));
    CHECK(file.values<float>("scalar").front() == 0.25f);
    CHECK(file.values<std::uint64_t>("empty").empty());
    CHECK(file.tensor("empty").shape == Shape{4, 0});
    CHECK(file.tensor("halves").dtype == DType::f16);
    CHECK(file.tensor("layer.\"weight\"/ü").shape == Shape{1, 3});

    CHECK_THROWS_MATCHES(file.values<float>("doubles"), eggroll::Error,
                         MessageMatches(ContainsSubstring("doubles") && ContainsSubstring("F64") &&
                                        ContainsSubstring("F32") && ContainsSubstring("all.safetensors")));
    CHECK_THROWS_MATCHES(file.tensor("vector"), eggroll::Error, MessageMatches(ContainsSubstring("vector")));
}

TEST_CASE("a file depends on names and contents, not on the order of adding", "[io][safetensors]") {
    TemporaryDirectory const directory;
    std::vector<std::int32_t> const first = {1, 2, 3};
    std::vector<std::int8_t> const second = {4};
    std::vector<double> const third = {5};
    SafetensorsWriter forwards;
    forwards.add("first", Shape{3}, first);
    forwards.add("second", Shape{1}, second);
    forwards.add("third", Shape{1}, third);
    SafetensorsWriter backwards;
    backwards.add("third", Shape{1}, third);
    backwards.add("second", Shape{1}, second);
    backwards.add("first", Shape{3}, first);
    forwards.write(directory.path() / "forwards");
    backwards.write(directory.path() / "backwards");
    std::string const bytes = content_of(directory.path() / "forwards");
    CHECK(bytes == content_of(directory.path() / "backwards"));

    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), sizeof header_size);
    CHECK(header_size % 8 == 0);
    // Larger elements first: every tensor is aligned in the file.
    CHECK_THAT(bytes, ContainsSubstring(R"("third":{"dtype":"F64","shape":[1],"data_offsets":[0,8]})"));
    CHECK_THAT(bytes, ContainsSubstring(R"("first":{"dtype":"I32","shape":[3],"data_offsets":[8,20]})"));
    CHECK_THAT(bytes, ContainsSubstring(R"("second":{"dtype":"I8","shape":[1],"data_offsets":[20,21]})"));
}

TEST_CASE("a file without tensors is a file", "[io][safetensors]") {
    TemporaryDirectory const directory;
    SafetensorsWriter().write(directory.path() / "none");
    SafetensorsFile const file(directory.path() / "none");
    CHECK(file.names().empty());
    CHECK(file.metadata().empty());
}

TEST_CASE("tensors that lie misaligned in the file are aligned in memory", "[io][safetensors]") {
    TemporaryDirectory const directory;
    double const value = 2.5;
    std::string data = "x";
    data.append(reinterpret_cast<char const*>(&value), sizeof value);
    // A header of odd length, and a double at byte 1 of the data.
    std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                         R"("b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}})";
    header.resize(header.size() / 2 * 2 + 1, ' ');
    SafetensorsFile file(directory.write("odd", file_of(header, data)));
    SafetensorsFile const moved = std::move(file);
    CHECK(reinterpret_cast<std::uintptr_t>(moved.tensor("b").bytes.data()) % 64 == 0);
    CHECK(moved.values<double>("b").front() == 2.5);
    CHECK(moved.values<std::uint8_t>("a").front() == 'x');
}

TEST_CASE("the writer refuses what could not be read", "[io][safetensors]") {
    TemporaryDirectory const directory;
    std::vector<float> const values = {1, 2};
    SafetensorsWriter writer;
    writer.add("once", Shape{2}, values);
    CHECK_THROWS_AS(writer.add("once", Shape{2}, values), eggroll::Error);
    CHECK_THROWS_MATCHES(writer.add("shape", Shape{3}, values), eggroll::Error,
                         MessageMatches(ContainsSubstring("shape") && ContainsSubstring("[3]")));
    CHECK_THROWS_AS(writer.add("overflow", Shape{std::uint64_t{1} << 62, 8}, values), eggroll::Error);
    CHECK_THROWS_AS(writer.add("__metadata__", Shape{2}, values), eggroll::Error);
    CHECK_THROWS_AS(writer.add("\xff", Shape{2}, values), eggroll::Error);
    CHECK_THROWS_AS(writer.set_metadata("key", "\xc3"), eggroll::Error);
    writer.write(directory.path() / "file");
    CHECK(SafetensorsFile(directory.path() / "file").names() == std::vector<std::string>{"once"});
}

TEST_CASE("malformed files are refused with their reason", "[io][safetensors]") {
    TemporaryDirectory const directory;
    CHECK_THROWS_AS(SafetensorsFile(directory.path() / "absent"), eggroll::Error);
    CHECK_THROWS_AS(SafetensorsFile(directory.path()), eggroll::Error);

    auto const one = [](std::string const& description, std::string const& data = std::string(8, 'd')) {
        return file_of(R"({"t":)" + description + "}", data);
    };
    requires_refusal("", "truncated");
    requires_refusal("1234567", "truncated");
    requires_refusal(file_of("{}", "").substr(0, 9), "header should have 2 bytes");
    requires_refusal(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), "header should have 18446744073709551615");
    requires_refusal(file_of("", ""), "no JSON object");
    requires_refusal(file_of(" {}", ""), "no JSON object");
    requires_refusal(file_of("[]", ""), "no JSON object");
    requires_refusal(file_of("{", ""), "not valid JSON");
    requires_refusal(file_of("{} x", ""), "not valid JSON");
    requires_refusal(file_of("{\"\xff\":1}", ""), "not valid JSON");
    requires_refusal(file_of(R"({"__metadata__":[]})", ""), "__metadata__");
    requires_refusal(file_of(R"({"__metadata__":{"key":1}})", ""), "'key'");
    requires_refusal(one("1"), "'t'");
    requires_refusal(one(R"({"shape":[8],"data_offsets":[0,8]})"), "'t' has no dtype");
    requires_refusal(one(R"({"dtype":"Q8","shape":[8],"data_offsets":[0,8]})"), "'Q8'");
    requires_refusal(one(R"({"dtype":"U8","data_offsets":[0,8]})"), "'t' has no shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[-8],"data_offsets":[0,8]})"), "'t' has no shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[8.0],"data_offsets":[0,8]})"), "'t' has no shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,8]})"), "no shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[8]})"), "data_offsets");
    requires_refusal(one(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8,8]})"), "data_offsets");
    requires_refusal(one(R"({"dtype":"U8","shape":[8],"data_offsets":[0,9]})"), "[0, 9)");
    requires_refusal(one(R"({"dtype":"U8","shape":[8],"data_offsets":[8,0]})"), "[8, 0)");
    requires_refusal(one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), "does not match its shape [3]");
    // 2^62 * 4 and 2^33 * 2^31 * 1 wrap to 0 in 64 bits.
    requires_refusal(one(R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]})", ""), "shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[8589934592,2147483648],"data_offsets":[0,0]})", ""), "shape");
    requires_refusal(one(R"({"dtype":"U8","shape":[7],"data_offsets":[0,7]})"), "8 follow the header");
    requires_refusal(one(R"({"dtype":"U8","shape":[7],"data_offsets":[1,8]})"), "'t' begins at byte 1");
    requires_refusal(one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                         R"("u":{"dtype":"U8","shape":[5],"data_offsets":[3,8]})"),
                     "'u' begins at byte 3");
    requires_refusal(one(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                         R"("t":{"dtype":"U8","shape":[8],"data_offsets":[0,8]})"),
                     "'t' twice");
    requires_refusal(one(R"({"dtype":"U8","dtype":"I8","shape":[8],"data_offsets":[0,8]})"), "'dtype' twice");
    requires_refusal(one(R"({"dtype":"U8","shape":[[[[8]]]],"data_offsets":[0,8]})"), "nested deeper");
    requires_refusal(file_of(R"({"t":)" + std::string(200'000, '['), ""), "nested deeper");
}

TEST_CASE("a truncated file is refused at every length", "[io][safetensors]") {
    TemporaryDirectory const directory;
    std::string const bytes = small_file(directory);
    REQUIRE(bytes.size() < 1000);
    auto const path = directory.path() / "damaged";
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        directory.write("damaged", bytes.substr(0, length));
        CHECK_FALSE(loads(path));
    }
    directory.write("damaged", bytes + "x");
    CHECK_FALSE(loads(path));
    directory.write("damaged", bytes);
    CHECK(loads(path));
}

TEST_CASE("a damaged file is refused or read, never worse", "[io][safetensors]") {
    TemporaryDirectory const directory;
    std::string const bytes = small_file(directory);
    auto const path = directory.path() / "damaged";
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), sizeof header_size);
    std::size_t const header_end = sizeof header_size + static_cast<std::size_t>(header_size);
    int refused = 0;
    // Every byte of the header region, replaced by values that matter to a parser and by neighbours.
    for (std::size_t i = 0; i < header_end; ++i) {
        for (char const value : {'\0', '"', '{', '}', '[', ']', ',', '9', '-', '\\', '\x7f', '\xff'}) {
            std::string damaged = bytes;
            damaged[i] = value;
            directory.write("damaged", damaged);
            refused += loads(path) ? 0 : 1;
        }
    }
    CHECK(refused > 1000);
    std::mt19937 random(20);
    for (int trial = 0; trial < 3000; ++trial) {
        std::string damaged = bytes;
        for (int flips = 1 + trial % 4; flips > 0; --flips) {
            std::size_t const bit = random() % (8 * header_end);
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        }
        directory.write("damaged", damaged);
        refused += loads(path) ? 0 : 1;
    }
    CHECK(refused > 2000);
}
