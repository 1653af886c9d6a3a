// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A directory of its own for a test that writes files, removed at the end.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace eggroll_test {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "eggroll-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("cannot make a temporary directory like " + pattern);
        }
        path_ = pattern;
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const { return path_; }

    /// Writes a file below the directory, making the directories on the way. Returns its path. An existing file is
    /// removed first: some file systems wait for the disk when one is overwritten.
    std::filesystem::path write(std::filesystem::path const& name, std::string_view content) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::filesystem::remove(path_ / name);
        std::ofstream(path_ / name, std::ios::binary) << content;
        return path_ / name;
    }

    /// How many files and directories stand directly in it.
    std::ptrdiff_t entries() const {
        return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
    }

private:
    std::filesystem::path path_;
};

/// A file's bytes.
inline std::string content_of(std::filesystem::path const& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

} // namespace eggroll_test
