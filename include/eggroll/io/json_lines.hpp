// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A log of events, one JSON object a line, that a resumed run continues without duplicates.

#include <eggroll/error.hpp>
#include <eggroll/io/atomic_file.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace eggroll::io {

/// Drops from a log what a run resumed after `generation` will write again. A line belongs to the generation in its
/// "generation" member, or, without one, to that of the line before it; lines of later generations go, and so do
/// `"event":"end"` and lines that were cut off when a run was killed. The file is replaced atomically. A missing file
/// stays missing. Throws eggroll::Error if it cannot be read or written.
inline void keep_events_until(std::filesystem::path const& path, std::uint64_t generation) {
    if (!std::filesystem::exists(path)) {
        return;
    }
    std::ifstream log(path, std::ios::binary);
    EGGROLL_EXPECTS(log.is_open() && std::filesystem::is_regular_file(path),
                    "cannot continue the log " + path.string() + ": it is not a file that can be read");
    AtomicFile kept(path);
    std::uint64_t current = 0;
    for (std::string line; std::getline(log, line);) {
        nlohmann::json const event = nlohmann::json::parse(line, nullptr, false);
        if (!event.is_object() || event.value("event", nlohmann::json()) == "end") {
            continue;
        }
        if (auto const found = event.find("generation"); found != event.end() && found->is_number_unsigned()) {
            current = found->get<std::uint64_t>();
        }
        if (current <= generation) {
            kept.write(line + "\n");
        }
    }
    EGGROLL_EXPECTS(!log.bad(), "cannot read the log " + path.string());
    kept.commit();
}

/// Appends JSON objects to a file, each flushed as it is written, so that another program can follow it and a killed
/// run loses at most the line it was writing.
class JsonLines {
public:
    /// Starts a new log; a file that exists is emptied.
    explicit JsonLines(std::filesystem::path path) : JsonLines(std::move(path), std::ios::trunc) {}

    /// Continues a log after `generation`, see keep_events_until; starts one if there is none.
    static JsonLines resume(std::filesystem::path path, std::uint64_t generation) {
        keep_events_until(path, generation);
        return JsonLines(std::move(path), std::ios::app);
    }

    /// Appends one line. Members keep their order; bytes that are not UTF-8 become U+FFFD.
    void write(nlohmann::ordered_json const& event) {
        EGGROLL_EXPECTS(event.is_object(), "an event of the log " + path_.string() + " must be a JSON object");
        // One write call a line: a reader never sees half of one.
        stream_ << event.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n" << std::flush;
        EGGROLL_EXPECTS(stream_.good(), "cannot write the log " + path_.string() + "; is the disk full?");
    }

private:
    JsonLines(std::filesystem::path path, std::ios::openmode mode)
        : path_(std::move(path)), stream_(path_, std::ios::binary | std::ios::out | mode) {
        EGGROLL_EXPECTS(stream_.is_open(), "cannot open the log " + path_.string() + " for writing; check the path");
    }

    std::filesystem::path path_;
    std::ofstream stream_;
};

} // namespace eggroll::io
