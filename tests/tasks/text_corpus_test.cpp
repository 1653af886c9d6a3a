// SPDX-License-Identifier: Apache-2.0
#include <eggroll/tasks/text_corpus.hpp>

#include "support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using Catch::Matchers::WithinAbs;
using eggroll::tasks::Document;
using eggroll::tasks::TextCorpus;
using eggroll_test::TemporaryDirectory;
using namespace std::string_literals;

namespace {

std::string string_of(std::span<std::uint8_t const> bytes) {
    return {bytes.begin(), bytes.end()};
}

Document bytes_of(std::string const& text) {
    return {text.begin(), text.end()};
}

std::vector<Document> equal_documents(std::size_t count, std::size_t size) {
    std::vector<Document> documents;
    for (std::size_t i = 0; i < count; ++i) {
        documents.emplace_back(size, static_cast<std::uint8_t>('a' + i));
    }
    return documents;
}

void requires_refusal(std::filesystem::path const& source, std::string const& complaint) {
    CHECK_THROWS_MATCHES(TextCorpus(source), eggroll::Error,
                         MessageMatches(ContainsSubstring(source.string()) && ContainsSubstring(complaint)));
}

} // namespace

TEST_CASE("a single document holds its last tenth out", "[tasks][text_corpus]") {
    TemporaryDirectory const directory;
    auto const path = directory.write("text", "0123456789abcdefghi\0x"s);
    TextCorpus const corpus(path);
    CHECK(string_of(corpus.train()) == "\0"
                                       "0123456789abcdefghi"s);
    CHECK(string_of(corpus.validation()) == "\0\0x"s); // a zero of the document's own counts as a byte
    CHECK(corpus.document_count() == 1);
    CHECK(corpus.document_bytes() == 21);
}

TEST_CASE("of equal documents every tenth is held out", "[tasks][text_corpus]") {
    TextCorpus const corpus(equal_documents(20, 3));
    CHECK(string_of(corpus.validation()) == "\0eee\0ooo"s);
    CHECK(corpus.train().size() == 18 * 4);
    CHECK(string_of(corpus.train().first(20)) == "\0aaa\0bbb\0ccc\0ddd\0fff"s);
}

TEST_CASE("unequal documents hold out about a tenth of the bytes", "[tasks][text_corpus]") {
    std::vector<Document> documents;
    for (std::size_t i = 0; i < 300; ++i) {
        documents.emplace_back(1 + i * i * 7919 % 5000, static_cast<std::uint8_t>('x'));
    }
    TextCorpus const corpus(documents);
    double const share = static_cast<double>(corpus.validation().size()) /
                         static_cast<double>(corpus.validation().size() + corpus.train().size());
    CHECK_THAT(share, WithinAbs(0.1, 0.01));
    CHECK(corpus.validation().size() + corpus.train().size() == corpus.document_bytes() + 300);
}

TEST_CASE("too few or too unequal documents hold out the last tenth of all", "[tasks][text_corpus]") {
    TextCorpus const two({bytes_of("0123456789"), bytes_of("abcdefghij")});
    CHECK(string_of(two.train()) == "\0"
                                    "0123456789\0abcdefgh"s);
    CHECK(string_of(two.validation()) == "\0ij"s);
    // The last document is nearly everything: ten small ones can't stand for it.
    std::vector<Document> documents = equal_documents(10, 10);
    documents.emplace_back(900, static_cast<std::uint8_t>('z'));
    TextCorpus const late(documents);
    CHECK(string_of(late.validation()) == "\0"s + std::string(100, 'z'));
    // The cut lies in the middle document, and the last one, too short by itself, is held out whole.
    TextCorpus const three({Document(60, 'a'), Document(36, 'b'), Document(4, 'c')});
    CHECK(string_of(three.train()) == "\0"s + std::string(60, 'a') + "\0"s + std::string(30, 'b'));
    CHECK(string_of(three.validation()) == "\0bbbbbb\0cccc"s);
}

TEST_CASE("a directory is read in the order of names", "[tasks][text_corpus]") {
    TemporaryDirectory const directory;
    directory.write("b", "2222");
    directory.write("a/z", "1111");
    directory.write("B", "0000"); // upper case first: bytes, not a locale, decide
    directory.write("c/d/e", "3333");
    directory.write("empty", "");
    TextCorpus const corpus(directory.path());
    CHECK(string_of(corpus.train()) == "\0"
                                       "0000\0"
                                       "1111\0"
                                       "2222\0"
                                       "333"s);
    CHECK(corpus.document_count() == 4);
}

TEST_CASE("links may form loops, and what is no file is left out", "[tasks][text_corpus]") {
    TemporaryDirectory const directory;
    directory.write("a/text", "0123456789");
    namespace fs = std::filesystem;
    fs::create_directory_symlink("..", directory.path() / "a" / "loop");
    fs::create_symlink("self", directory.path() / "self");
    fs::create_symlink("nowhere", directory.path() / "broken");
    fs::create_symlink("a/text", directory.path() / "twice");
    REQUIRE(::mkfifo((directory.path() / "pipe").c_str(), 0600) == 0);
    TemporaryDirectory const elsewhere;
    elsewhere.write("text", "abcdefghij");
    fs::create_directory_symlink(elsewhere.path(), directory.path() / "z");
    TextCorpus const corpus(directory.path());
    CHECK(corpus.document_count() == 2);
    CHECK(string_of(corpus.train()) == "\0"
                                       "0123456789\0abcdefgh"s);
    CHECK(TextCorpus(directory.path() / "z").document_bytes() == 10);
}

TEST_CASE("a limit on bytes cuts the text", "[tasks][text_corpus]") {
    TemporaryDirectory const directory;
    directory.write("a", "0123456789");
    directory.write("b", "abcdefghij");
    directory.write("c", "ABCDEFGHIJ");
    TextCorpus const corpus(directory.path(), {.max_bytes = 15});
    CHECK(corpus.document_bytes() == 15);
    CHECK(string_of(corpus.validation()) == "\0e"s);
    // Longer than the blocks in which files are read.
    auto const path = directory.write("long/d", std::string(200'000, 'l'));
    CHECK(TextCorpus(path).document_bytes() == 200'000);
    CHECK(TextCorpus(path, {.max_bytes = 150'000}).document_bytes() == 150'000);
}

TEST_CASE("texts that cannot be used are refused by name", "[tasks][text_corpus]") {
    TemporaryDirectory const directory;
    requires_refusal(directory.path() / "absent", "not exist");
    requires_refusal(directory.path(), "no regular file");
    directory.write("nothing", "");
    requires_refusal(directory.path(), "empty");
    auto const few = directory.write("few", "123456789");
    requires_refusal(few, "9 bytes");
    CHECK_THROWS_AS(TextCorpus(few, {.max_bytes = 0}), eggroll::Error);
    CHECK_THROWS_AS(TextCorpus(std::vector<Document>{}), eggroll::Error);
    // Readable by its permissions, but reading fails.
    if (std::filesystem::is_regular_file("/proc/self/mem")) {
        std::filesystem::create_symlink("/proc/self/mem", directory.path() / "unreadable");
        requires_refusal(directory.path() / "unreadable", "cannot read");
        CHECK_THROWS_MATCHES(TextCorpus(directory.path()), eggroll::Error,
                             MessageMatches(ContainsSubstring("unreadable")));
    }
}

TEST_CASE("entropies of texts that can be counted by hand", "[tasks][text_entropy]") {
    using namespace eggroll::tasks;
    CHECK(unigram_entropy({}) == 0);
    CHECK(unigram_entropy(bytes_of("aaaa")) == 0);
    CHECK_THAT(unigram_entropy(bytes_of("abcd")), WithinAbs(2, 1e-12));
    CHECK_THAT(unigram_entropy(bytes_of("aaab")), WithinAbs(2 - 0.75 * std::log2(3), 1e-12));
    CHECK(bigram_entropy(bytes_of("a")) == 0);
    CHECK_THAT(bigram_entropy(bytes_of("abababa")), WithinAbs(0, 1e-12));
    // Pairs aa, ab, ba, aa, ab: after a (4 times) a or b with a half each, after b always a.
    CHECK_THAT(bigram_entropy(bytes_of("aabaab")), WithinAbs(0.8, 1e-12));
    std::vector<std::uint8_t> all(256);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<std::uint8_t>(i);
    }
    CHECK_THAT(unigram_entropy(all), WithinAbs(8, 1e-12));
}

TEST_CASE("held-out entropies use add-one smoothing", "[tasks][text_entropy]") {
    using namespace eggroll::tasks;
    // c(a) = 3 of 4: p(a) = 4/260; z was never seen: 1/260.
    double const expected = (std::log2(260.0 / 4) + std::log2(260.0)) / 2;
    CHECK_THAT(cross_entropy_unigram(bytes_of("aaab"), bytes_of("az")), WithinAbs(expected, 1e-12));
    // aab: pairs aa, ab, so p(b|a) = 2/258 and, nothing following b, p(a|b) = 1/256.
    double const pairs = (std::log2(258.0 / 2) + std::log2(256.0)) / 2;
    CHECK_THAT(cross_entropy_bigram(bytes_of("aab"), bytes_of("aba")), WithinAbs(pairs, 1e-12));
    CHECK_THROWS_AS(cross_entropy_unigram({}, bytes_of("a")), eggroll::Error);
    CHECK_THROWS_AS(cross_entropy_unigram(bytes_of("a"), {}), eggroll::Error);
    CHECK_THROWS_AS(cross_entropy_bigram(bytes_of("a"), bytes_of("a")), eggroll::Error);
}

TEST_CASE("the standard library's headers are found, the newest first", "[tasks][standard_headers]") {
    using eggroll::tasks::standard_library_headers;
    // A compiler built this test, so there are some.
    CHECK(std::filesystem::is_regular_file(standard_library_headers() / "vector"));
#if !defined(EGGROLL_STANDARD_HEADERS_DIR)
    TemporaryDirectory const system;
    CHECK_THROWS_MATCHES(standard_library_headers(system.path()), eggroll::Error,
                         MessageMatches(ContainsSubstring("--text")));
    system.write("usr/lib/llvm-9/include/c++/v1/vector", "");
    system.write("usr/lib/llvm-14/include/c++/v1/vector", "");
    system.write("usr/lib/llvm-15/include/empty", "");
    CHECK(standard_library_headers(system.path()) == system.path() / "usr/lib/llvm-14/include/c++/v1");
    system.write("usr/include/c++/v1/vector", "");
    CHECK(standard_library_headers(system.path()) == system.path() / "usr/include/c++/v1");
    system.write("usr/include/c++/9/vector", "");
    system.write("usr/include/c++/12/vector", "");
    system.write("usr/include/c++/4.8.5/vector", "");
    system.write("usr/include/c++/13/nothing", "");
    CHECK(standard_library_headers(system.path()) == system.path() / "usr/include/c++/12");
#endif
}
