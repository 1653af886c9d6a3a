// SPDX-License-Identifier: Apache-2.0
#include <eggroll/io/progress.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using eggroll::io::format_duration;
using eggroll::io::format_quantity;
using eggroll::io::ProgressBar;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

ProgressBar::Clock::time_point const begin{};

/// A terminal of 40 columns that remembers what is written to it; not `open` where the system has none to give.
class Terminal {
public:
    Terminal() : reader_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        if (reader_ < 0 || ::grantpt(reader_) != 0 || ::unlockpt(reader_) != 0) {
            return;
        }
        char const* const name = ::ptsname(reader_);
        stream_ = name == nullptr ? nullptr : std::fopen(name, "r+");
        if (stream_ != nullptr) {
            struct winsize size = {};
            size.ws_col = 40;
            size.ws_row = 10;
            ::ioctl(::fileno(stream_), TIOCSWINSZ, &size);
            ::fcntl(reader_, F_SETFL, O_NONBLOCK);
        }
    }
    Terminal(Terminal const&) = delete;
    Terminal& operator=(Terminal const&) = delete;
    ~Terminal() {
        if (stream_ != nullptr) {
            std::fclose(stream_);
        }
        if (reader_ >= 0) {
            ::close(reader_);
        }
    }

    bool open() const { return stream_ != nullptr; }
    std::FILE* stream() const { return stream_; }

    /// What was written since the last call.
    std::string read() const {
        std::string text;
        std::array<char, 1024> block = {};
        for (ssize_t got = 0; (got = ::read(reader_, block.data(), block.size())) > 0;) {
            text.append(block.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

private:
    int reader_ = -1;
    std::FILE* stream_ = nullptr;
};

/// What drawing a bar sends to that terminal: the last column stays empty.
std::string drawn(ProgressBar const& bar, ProgressBar::Clock::time_point now) {
    return std::string("\r").append(bar.render(39, now)).append("\033[K");
}

} // namespace

TEST_CASE("durations and quantities are short", "[io][progress]") {
    CHECK(format_duration(0) == "0:00");
    CHECK(format_duration(59.9) == "0:59");
    CHECK(format_duration(245) == "4:05");
    CHECK(format_duration(3723) == "1:02:03");
    CHECK(format_duration(-1) == "?");
    CHECK(format_duration(std::numeric_limits<double>::infinity()) == "?");
    CHECK(format_duration(std::numeric_limits<double>::quiet_NaN()) == "?");
    CHECK(format_quantity(0) == "0");
    CHECK(format_quantity(0.01234) == "0.0123");
    CHECK(format_quantity(999) == "999");
    CHECK(format_quantity(999.9) == "1k");
    CHECK(format_quantity(65432) == "65.4k");
    CHECK(format_quantity(1.5e9) == "1.5G");
}

TEST_CASE("a bar shows what is done, how fast, and what is left", "[io][progress]") {
    ProgressBar bar({.label = "train", .total = 100, .unit = "gen"}, nullptr, begin);
    CHECK_FALSE(bar.visible());
    bar.update(40, "4.56 bits", begin + seconds(20));
    CHECK(bar.render(80, begin + seconds(20)) ==
          "train [############------------------] 40/100  2 gen/s  0:20<0:30  4.56 bits");
    // Too narrow for the longest bar, for the shortest, for the text.
    CHECK(bar.render(60, begin + seconds(20)) == "train [#####---------] 40/100  2 gen/s  0:20<0:30  4.56 bits");
    CHECK(bar.render(48, begin + seconds(20)) == "train 40/100  2 gen/s  0:20<0:30  4.56 bits");
    CHECK(bar.render(20, begin + seconds(20)) == "train 40/100  2 gen/");
    CHECK(bar.render(0, begin + seconds(20)).empty());
}

TEST_CASE("the ends of a bar", "[io][progress]") {
    ProgressBar bar({.label = "", .total = 3}, nullptr, begin);
    CHECK(bar.render(60, begin) == "[------------------------------] 0/3  0 it/s  0:00<?");
    bar.update(3, "");
    CHECK(bar.render(60, begin + seconds(6)) == "[##############################] 3/3  0.5 it/s  0:06<0:00");
    bar.update(4, "");
    CHECK_THAT(bar.render(60, begin + seconds(6)), StartsWith("[##############################] 4/3"));
    ProgressBar const endless({.label = "x"}, nullptr, begin);
    CHECK(endless.render(60, begin + seconds(1)) == "x 0  0 it/s  0:01");
}

TEST_CASE("the rate of a resumed run counts its own work", "[io][progress]") {
    ProgressBar bar({.label = "", .total = 1000, .start = 900}, nullptr, begin);
    bar.update(920, "");
    CHECK_THAT(bar.render(60, begin + seconds(10)), ContainsSubstring("920/1000  2 it/s  0:10<0:40"));
}

TEST_CASE("text is cut between code points and cannot move the cursor", "[io][progress]") {
    ProgressBar bar({.label = "größe"}, nullptr, begin);
    bar.update(1, "a\nb\033[2Jc\td");
    CHECK(bar.render(3, begin) == "grö");
    CHECK(bar.render(4, begin) == "größ");
    CHECK(bar.render(80, begin) == "größe 1  0 it/s  0:00  a b [2Jc d");
}

TEST_CASE("nothing is drawn where there is no terminal", "[io][progress]") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    {
        ProgressBar bar({.label = "quiet", .total = 2}, file, begin);
        CHECK_FALSE(bar.visible());
        bar.update(1, "text");
        bar.line("a line", file);
        bar.clear();
        bar.finish();
    }
    std::rewind(file);
    std::array<char, 64> text = {};
    CHECK(std::string(text.data(), std::fread(text.data(), 1, text.size(), file)) == "a line\n");
    std::fclose(file);
}

TEST_CASE("on a terminal one line is redrawn, at most ten times a second", "[io][progress]") {
    Terminal const terminal;
    if (!terminal.open()) {
        SKIP("no pseudo terminal to be had");
    }
    {
        ProgressBar bar({.label = "work", .total = 10}, terminal.stream(), begin);
        REQUIRE(bar.visible());
        bar.update(1, "a text that is far too long for forty columns", begin + seconds(1));
        std::string const first = terminal.read();
        CHECK(first == drawn(bar, begin + seconds(1)));
        CHECK(first.size() == 1 + 39 + 3);
        bar.update(2, "", begin + milliseconds(1099));
        CHECK(terminal.read().empty());
        bar.update(3, "", begin + milliseconds(1100));
        CHECK_THAT(terminal.read(), ContainsSubstring("3/10"));
        bar.line("said", terminal.stream());
        // The terminal turns a newline into a carriage return and a newline.
        std::string const line = terminal.read();
        CHECK_THAT(line, StartsWith("\r\033[Ksaid\r\n\rwork "));
        bar.update(10, "", begin + milliseconds(1101));
        terminal.read();
        bar.finish(begin + seconds(2));
        CHECK(terminal.read() == drawn(bar, begin + seconds(2)).append("\r\n"));
        bar.update(10, "", begin + seconds(9));
    }
    CHECK(terminal.read().empty());
}

TEST_CASE("a bar that goes out of scope leaves a clean line", "[io][progress]") {
    Terminal const terminal;
    if (!terminal.open()) {
        SKIP("no pseudo terminal to be had");
    }
    {
        ProgressBar bar({.label = "work", .total = 10}, terminal.stream());
        bar.update(1, "");
    }
    CHECK_THAT(terminal.read(), EndsWith("\033[K\r\n"));
}
