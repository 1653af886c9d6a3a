// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A progress bar: one line at the bottom of a terminal, and nothing where there is no terminal (POSIX).

#include <eggroll/config.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace eggroll::io {

/// Where a progress bar can be drawn: stderr or stdout, the first that is a terminal which can move its cursor, else
/// null.
inline std::FILE* terminal_stream() {
    char const* const kind = std::getenv("TERM");
    if (kind != nullptr && std::string_view(kind) == "dumb") {
        return nullptr;
    }
    return ::isatty(STDERR_FILENO) == 1 ? stderr : ::isatty(STDOUT_FILENO) == 1 ? stdout : nullptr;
}

/// "1:02:03", "4:05"; "?" for what is negative, not finite or beyond 1000 hours.
inline std::string format_duration(double seconds) {
    if (!(seconds >= 0 && seconds < 3.6e6)) {
        return "?";
    }
    auto const whole = static_cast<int>(seconds);
    std::array<char, 32> text = {};
    if (whole >= 3600) {
        std::snprintf(text.data(), text.size(), "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        std::snprintf(text.data(), text.size(), "%d:%02d", whole / 60, whole % 60);
    }
    return text.data();
}

/// Three significant digits with the usual prefixes: "0.0123", "4.56", "78.9", "12.3k", "4.5M", "6.7G".
inline std::string format_quantity(double value) {
    static constexpr std::array<char const*, 4> prefixes = {"", "k", "M", "G"};
    std::size_t step = 0;
    while (std::abs(value) >= 999.5 && step + 1 < prefixes.size()) {
        value /= 1000;
        ++step;
    }
    std::array<char, 48> text = {};
    std::snprintf(text.data(), text.size(), "%.3g%s", value, prefixes[step]);
    return text.data();
}

/// What a ProgressBar counts.
struct ProgressOptions {
    std::string label;       // stands at the beginning of the line
    std::uint64_t total = 0; // units of work in all; 0: unknown, then there is no bar and no time left
    std::uint64_t start = 0; // units done before, by the run that this one continues; not counted in the rate
    std::string unit = "it"; // the rate reads "3.1 it/s"
};

/// Draws `label [####----] 40/100  3.1 it/s  0:13<0:19  text` over itself, at most ten times a second, cut to the
/// terminal's width. Silent when its stream is null or not a terminal. Text from elsewhere must go through `line`, or
/// be preceded by `clear`. Use it from one thread.
class ProgressBar {
public:
    using Clock = std::chrono::steady_clock;

    explicit ProgressBar(ProgressOptions options, std::FILE* stream = terminal_stream(),
                         Clock::time_point now = Clock::now())
        : options_(std::move(options)), stream_(stream), begin_(now), done_(options_.start),
          visible_(stream != nullptr && ::isatty(::fileno(stream)) == 1) {}

    ProgressBar(ProgressBar const&) = delete;
    ProgressBar& operator=(ProgressBar const&) = delete;
    ~ProgressBar() { finish(); }

    /// Whether it draws at all.
    bool visible() const { return visible_; }

    /// Notes how much is done, `start` included, with a free text for the end of the line; redraws when it is time.
    void update(std::uint64_t done, std::string text, Clock::time_point now = Clock::now()) {
        done_ = done;
        text_ = std::move(text);
        if (visible_ && (!drawn_ || now - last_drawn_ >= std::chrono::milliseconds(100))) {
            draw(now);
        }
    }

    /// Prints a line of its own (without its newline) to `out`, above the bar.
    void line(std::string_view text, std::FILE* out = stdout) {
        bool const redraw = drawn_;
        clear();
        std::fwrite(text.data(), 1, text.size(), out);
        std::fputc('\n', out);
        std::fflush(out);
        if (redraw) {
            draw(Clock::now());
        }
    }

    /// Takes the bar from the screen until the next update.
    void clear() {
        if (drawn_) {
            std::fputs("\r\033[K", stream_);
            std::fflush(stream_);
            drawn_ = false;
        }
    }

    /// Draws the last state, ends the line and goes silent.
    void finish(Clock::time_point now = Clock::now()) {
        if (drawn_) {
            draw(now);
            std::fputc('\n', stream_);
            std::fflush(stream_);
        }
        drawn_ = false;
        visible_ = false;
    }

    /// The line as it looks at `now` on a terminal of `width` columns: at most so many code points, no control
    /// characters. Each code point is taken for one column wide.
    std::string render(std::size_t width, Clock::time_point now) const {
        double const elapsed = std::chrono::duration<double>(now - begin_).count();
        std::uint64_t const fresh = done_ > options_.start ? done_ - options_.start : 0;
        double const rate = elapsed > 0 ? static_cast<double>(fresh) / elapsed : 0;
        std::string tail = std::to_string(done_);
        std::string times = format_duration(elapsed);
        if (options_.total > 0) {
            tail.append("/").append(std::to_string(options_.total));
            auto const left = static_cast<double>(options_.total - std::min(done_, options_.total));
            times.append("<").append(format_duration(rate > 0 ? left / rate : left > 0 ? -1 : 0));
        }
        tail += "  " + format_quantity(rate) + " " + options_.unit + "/s  " + times;
        if (!text_.empty()) {
            tail += "  " + text_;
        }
        std::string const label = options_.label.empty() ? "" : options_.label + " ";
        return cut(label + bar(width, code_points(label) + code_points(tail)) + tail, width);
    }

private:
    static bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

    static std::size_t code_points(std::string_view text) {
        return static_cast<std::size_t>(
            std::count_if(text.begin(), text.end(), [](char byte) { return !continues_code_point(byte); }));
    }

    /// At most `width` code points of `line`, control characters replaced by spaces.
    static std::string cut(std::string line, std::size_t width) {
        std::size_t points = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (!continues_code_point(line[i]) && ++points > width) {
                line.resize(i);
                break;
            }
            auto const byte = static_cast<unsigned char>(line[i]);
            if (byte < 0x20U || byte == 0x7FU) {
                line[i] = ' ';
            }
        }
        return line;
    }

    /// "[###---] ", as long as the `others` columns leave room for, or nothing.
    std::string bar(std::size_t width, std::size_t others) const {
        static constexpr std::size_t frame = 3;
        static constexpr std::size_t shortest = 5;
        static constexpr std::size_t longest = 30;
        if (options_.total == 0 || width < others + frame + shortest) {
            return "";
        }
        std::size_t const cells = std::min(width - others - frame, longest);
        double const fraction =
            std::min(1.0, static_cast<double>(done_) / static_cast<double>(options_.total)); // of the work
        auto const filled = static_cast<std::size_t>(fraction * static_cast<double>(cells));
        return std::string("[").append(filled, '#').append(cells - filled, '-').append("] ");
    }

    void draw(Clock::time_point now) {
        struct winsize size = {};
        bool const known = ::ioctl(::fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
        // The last column stays empty: writing it makes some terminals wrap.
        std::string line = render(known ? size.ws_col - 1U : 79U, now);
        line.insert(0, 1, '\r').append("\033[K");
        std::fwrite(line.data(), 1, line.size(), stream_);
        std::fflush(stream_);
        last_drawn_ = now;
        drawn_ = true;
    }

    ProgressOptions options_;
    std::FILE* stream_;
    Clock::time_point begin_;
    Clock::time_point last_drawn_;
    std::uint64_t done_;
    std::string text_;
    bool visible_;
    bool drawn_ = false; // it stands on the screen now
};

} // namespace eggroll::io
