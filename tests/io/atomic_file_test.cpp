// SPDX-License-Identifier: Apache-2.0
#include <eggroll/io/atomic_file.hpp>

#include "support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <filesystem>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::io::AtomicFile;
using eggroll::io::write_file_atomically;
using eggroll_test::content_of;
using eggroll_test::TemporaryDirectory;

TEST_CASE("a file appears whole at commit", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.path() / "target";
    {
        AtomicFile file(target);
        file.write("first ");
        CHECK_FALSE(std::filesystem::exists(target));
        file.write("second");
        file.commit();
        CHECK(content_of(target) == "first second");
        CHECK_THROWS_AS(file.write("more"), eggroll::Error);
        CHECK_THROWS_AS(file.commit(), eggroll::Error);
    }
    CHECK(content_of(target) == "first second");
    CHECK(directory.entries() == 1);
}

TEST_CASE("without a commit the target stays and the temporary goes", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.write("target", "old");
    {
        AtomicFile file(target);
        file.write("new");
        CHECK(directory.entries() == 2);
    }
    CHECK(content_of(target) == "old");
    CHECK(directory.entries() == 1);
}

TEST_CASE("two writers of one target don't disturb each other", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.path() / "target";
    AtomicFile one(target);
    one.write("one");
    AtomicFile two(target); // takes the temporary of `one` for a live one
    two.write("two");
    one.commit();
    CHECK(content_of(target) == "one");
    two.commit();
    CHECK(content_of(target) == "two");
    CHECK(directory.entries() == 1);
}

TEST_CASE("a killed writer leaves the target whole, and the next one clears up", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.write("target", "old");
    directory.write(".target.tmp-notes", "somebody's own file");
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        AtomicFile file(target);
        file.write("half of the ne");
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(content_of(target) == "old");
    CHECK(directory.entries() == 3);

    write_file_atomically(target, "new");
    CHECK(content_of(target) == "new");
    CHECK(directory.entries() == 2);
    CHECK(std::filesystem::exists(directory.path() / ".target.tmp-notes"));
}

TEST_CASE("a failing write leaves the target and no temporary", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.write("target", "old");
    // A limit on the size of files stands in for a full disk.
    auto const previous_handler = std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit unlimited = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
    struct rlimit limited = unlimited;
    limited.rlim_cur = 1000;
    std::string complaint;
    {
        AtomicFile file(target);
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
        try {
            file.write(std::string(5000, 'n'));
        } catch (eggroll::Error const& error) {
            complaint = error.what();
        }
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &unlimited) == 0);
        CHECK(directory.entries() == 1);
        CHECK_THROWS_AS(file.commit(), eggroll::Error);
    }
    std::signal(SIGXFSZ, previous_handler);
    CHECK_THAT(complaint, ContainsSubstring("target") && ContainsSubstring("too large"));
    CHECK(content_of(target) == "old");
    CHECK(directory.entries() == 1);
}

TEST_CASE("targets that cannot be files are refused", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    CHECK_THROWS_MATCHES(AtomicFile(directory.path() / "no" / "where"), eggroll::Error,
                         MessageMatches(ContainsSubstring("where") && ContainsSubstring("No such file")));
    CHECK_THROWS_AS(AtomicFile(directory.path()), eggroll::Error);
    CHECK_THROWS_AS(AtomicFile(directory.path() / ""), eggroll::Error);
    CHECK_THROWS_AS(AtomicFile(""), eggroll::Error);
    CHECK_THROWS_AS(AtomicFile("/dev/null"), eggroll::Error);
    CHECK(std::filesystem::is_character_file("/dev/null"));
    CHECK(directory.entries() == 0);
}

TEST_CASE("links are followed and permissions kept", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const target = directory.write("real/target", "old");
    std::filesystem::permissions(target, std::filesystem::perms(0600));
    std::filesystem::create_symlink("real/target", directory.path() / "link");
    write_file_atomically(directory.path() / "link", "new");
    CHECK(std::filesystem::is_symlink(directory.path() / "link"));
    CHECK(content_of(target) == "new");
    CHECK(std::filesystem::status(target).permissions() == std::filesystem::perms(0600));
}

TEST_CASE("a file without a directory goes to the current one", "[io][atomic_file]") {
    TemporaryDirectory const directory;
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    write_file_atomically("target", "here");
    std::filesystem::current_path(before);
    CHECK(content_of(directory.path() / "target") == "here");
}
