// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A text that every machine with a C++ compiler has: the headers of its standard library.

#include <eggroll/error.hpp>

#include <cctype>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace eggroll::tasks {

namespace detail {

/// The numbers of a version such as "4.8.5"; empty for any other name.
inline std::vector<unsigned> version_numbers(std::string const& name) {
    std::vector<unsigned> numbers;
    bool within_number = false;
    for (char const character : name) {
        if (std::isdigit(static_cast<unsigned char>(character)) != 0) {
            if (!within_number) {
                numbers.push_back(0);
            }
            numbers.back() = numbers.back() * 10 + static_cast<unsigned>(character - '0');
            within_number = true;
        } else if (character == '.' && within_number) {
            within_number = false;
        } else {
            return {};
        }
    }
    return numbers;
}

inline bool holds_standard_library(std::filesystem::path const& directory) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(directory / "vector", ignored);
}

/// Among the directories `root`/`prefix``version`/`below` that hold a standard library, the one of the highest version;
/// empty if there is none.
inline std::filesystem::path newest_version(std::filesystem::path const& root, std::string const& prefix,
                                            std::filesystem::path const& below) {
    std::filesystem::path newest;
    std::vector<unsigned> highest;
    std::error_code error;
    auto entry = std::filesystem::directory_iterator(root, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::string const name = entry->path().filename().string();
        if (!name.starts_with(prefix)) {
            continue;
        }
        std::vector<unsigned> const numbers = version_numbers(name.substr(prefix.size()));
        if (numbers > highest && holds_standard_library(entry->path() / below)) {
            newest = below.empty() ? entry->path() : entry->path() / below;
            highest = numbers;
        }
    }
    return newest;
}

} // namespace detail

/// The directory of this machine's C++ standard library headers: EGGROLL_STANDARD_HEADERS_DIR if the build defined it
/// and it still exists, else the newest libstdc++ below `system_root`, else a libc++ there. Throws eggroll::Error if
/// there is none.
inline std::filesystem::path standard_library_headers(std::filesystem::path const& system_root = "/") {
#if defined(EGGROLL_STANDARD_HEADERS_DIR)
    if (detail::holds_standard_library(EGGROLL_STANDARD_HEADERS_DIR)) {
        return EGGROLL_STANDARD_HEADERS_DIR;
    }
#endif
    std::filesystem::path const candidates[] = {
        detail::newest_version(system_root / "usr/include/c++", "", ""),
        system_root / "usr/include/c++/v1",
        detail::newest_version(system_root / "usr/lib", "llvm-", "include/c++/v1"),
        system_root / "Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include/c++/v1",
    };
    for (std::filesystem::path const& candidate : candidates) {
        if (!candidate.empty() && detail::holds_standard_library(candidate)) {
            return candidate;
        }
    }
    throw Error("no C++ standard library headers below " + (system_root / "usr/include/c++").string() +
                " to take as the text; name a text file or a directory of them (--text)");
}

} // namespace eggroll::tasks
