// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// IDX, the format of the MNIST files: two zero bytes, the element type, the number of dimensions, each dimension as a
/// big-endian 32-bit number, then the elements. Read through zlib, which takes plain files too.

#include <eggroll/error.hpp>

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace digits {

/// An array of bytes of any shape, row-major.
struct Idx {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> values;
};

/// What every complaint about a data file ends with.
inline constexpr char const* remedy =
    "; the MNIST files are four .gz files (train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz and the same with "
    "t10k), and docs/recipes.md says where to get them";

namespace detail {

class GzipFile {
public:
    explicit GzipFile(std::filesystem::path const& path)
        : path_(path), file_(gzopen(path.string().c_str(), "rb"), gzclose) {
        EGGROLL_EXPECTS(file_ != nullptr, "cannot read " + path_.string() + remedy);
    }

    /// Throws eggroll::Error unless there are `count` bytes, and the compressed data agrees with its checksum so far.
    void read(std::uint8_t* to, std::size_t count) {
        constexpr std::size_t most = std::size_t{1} << 30; // of one call, which counts in int
        for (std::size_t done = 0; done < count;) {
            auto const part = static_cast<unsigned>(count - done < most ? count - done : most);
            int const got = gzread(file_.get(), to + done, part);
            EGGROLL_EXPECTS(got >= 0, path_.string() + " is damaged (" + message() + ")" + remedy);
            done += static_cast<std::size_t>(got);
            EGGROLL_EXPECTS(got > 0 || done == count, path_.string() + " ends after " + std::to_string(total_ + done) +
                                                          " bytes, it is cut off" + remedy);
        }
        total_ += count;
    }

    /// Throws unless everything was read; reaching the end is what makes zlib compare the checksum.
    void expect_end() {
        std::uint8_t byte = 0;
        int const got = gzread(file_.get(), &byte, 1);
        int code = Z_OK;
        gzerror(file_.get(), &code);
        EGGROLL_EXPECTS(got >= 0 && code == Z_OK, path_.string() + " is damaged or cut off at its end" + remedy);
        EGGROLL_EXPECTS(got == 0, path_.string() + " has more bytes than its header says" + remedy);
    }

private:
    std::string message() const {
        int code = 0;
        return gzerror(file_.get(), &code);
    }

    std::filesystem::path path_;
    std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
    std::size_t total_ = 0;
};

} // namespace detail

/// The bytes of an IDX file with `dimensions` dimensions. Throws eggroll::Error that names the file and what is wrong.
inline Idx read_idx(std::filesystem::path const& path, std::size_t dimensions) {
    EGGROLL_EXPECTS(std::filesystem::is_regular_file(path), path.string() + " is not there" + remedy);
    detail::GzipFile file(path);
    std::uint8_t head[4] = {};
    file.read(head, sizeof head);
    EGGROLL_EXPECTS(head[0] == 0 && head[1] == 0 && head[2] == 8 && head[3] == dimensions,
                    path.string() + " is no IDX file of bytes with " + std::to_string(dimensions) + " dimension" +
                        (dimensions == 1 ? "" : "s") + remedy);
    Idx idx;
    std::size_t size = 1;
    for (std::size_t axis = 0; axis < dimensions; ++axis) {
        std::uint8_t bytes[4] = {};
        file.read(bytes, sizeof bytes);
        std::size_t const extent = std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 |
                                   std::size_t{bytes[2]} << 8 | std::size_t{bytes[3]};
        constexpr std::size_t most = std::size_t{1} << 31; // bytes: 40 times MNIST
        EGGROLL_EXPECTS(extent > 0 && extent <= most / size, path.string() + " says that it has a dimension of " +
                                                                 std::to_string(extent) + ", it is empty or damaged" +
                                                                 remedy);
        size *= extent;
        idx.shape.push_back(extent);
    }
    idx.values.resize(size);
    file.read(idx.values.data(), size);
    file.expect_end();
    return idx;
}

} // namespace digits
