// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A text to learn from: the bytes of a file, or of all files below a directory, and a part held out for validation.

#include <eggroll/error.hpp>
#include <eggroll/tasks/standard_headers.hpp>
#include <eggroll/tasks/text_entropy.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace eggroll::tasks {

/// How much of a source is read.
struct TextCorpusOptions {
    /// Reading stops after so many bytes; the document that crosses the limit is cut there.
    std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
};

/// The bytes of one text file or other binary file.
using Document = std::vector<std::uint8_t>;

/// The files that a source names: itself, or the regular files below it, sorted by their names within each directory,
/// compared byte by byte, so the order depends on neither locale nor file system. Symbolic links are followed, each
/// file and directory is visited once, so links may form loops; broken links, devices and pipes are left out. Throws
/// eggroll::Error naming what does not exist or cannot be read.
inline std::vector<std::filesystem::path> text_files(std::filesystem::path const& source) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;              // in order
    std::set<fs::path> visited;               // canonical
    std::vector<fs::path> pending = {source}; // a stack, the next one last
    try {
        EGGROLL_EXPECTS(fs::exists(source), "the text " + source.string() + " does not exist; check the path");
        while (!pending.empty()) {
            fs::path const path = std::move(pending.back());
            pending.pop_back();
            std::error_code error;
            fs::file_status const status = fs::status(path, error); // an error here: a broken link, or one to itself
            if (!(fs::is_directory(status) || fs::is_regular_file(status)) ||
                !visited.insert(fs::canonical(path)).second) {
                continue;
            }
            if (fs::is_regular_file(status)) {
                files.push_back(path);
                continue;
            }
            auto const first = static_cast<std::ptrdiff_t>(pending.size());
            for (fs::directory_entry const& entry : fs::directory_iterator(path)) {
                pending.push_back(entry.path());
            }
            std::sort(pending.begin() + first, pending.end(),
                      [](fs::path const& left, fs::path const& right) { return left.native() > right.native(); });
        }
    } catch (fs::filesystem_error const& failure) {
        throw Error("cannot read the text " + failure.path1().string() + ": " + failure.code().message() +
                    "; check its permissions");
    }
    EGGROLL_EXPECTS(!files.empty(), "the text " + source.string() + " contains no regular file");
    return files;
}

/// At most `max_bytes` bytes of a file. Throws eggroll::Error naming it if it cannot be read.
inline Document read_document(std::filesystem::path const& path, std::uint64_t max_bytes) {
    auto const close = [](std::FILE* file) { std::fclose(file); };
    std::unique_ptr<std::FILE, decltype(close)> const file(std::fopen(path.c_str(), "rb"), close);
    Document bytes;
    std::array<std::uint8_t, 65536> block;
    bool readable = file != nullptr;
    while (readable && bytes.size() < max_bytes) {
        std::size_t const wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), max_bytes - bytes.size()));
        std::size_t const got = std::fread(block.data(), 1, wanted, file.get());
        bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
        readable = std::ferror(file.get()) == 0;
        if (got < wanted) {
            break;
        }
    }
    EGGROLL_EXPECTS(readable, "cannot read the text " + path.string() + ": " + std::generic_category().message(errno) +
                                  "; check its permissions");
    return bytes;
}

/// A training text and a held-out validation text. Both are documents each preceded by a 0 byte, which resets the
/// hidden state of a language model; zeros inside binary documents do the same. Empty documents are dropped.
///
/// Of several documents, ones spread evenly over the sequence are held out such that they have a tenth of the bytes
/// seen so far (of equally long ones: the 5th, 15th, 25th...). Of a single one, and where documents are too few or too
/// unequal to give at least a twentieth that way, the last tenth of all bytes is held out. This depends on the
/// documents' order and lengths only.
class TextCorpus {
public:
    /// Reads a file as one document, or every file below a directory as one each, see text_files. Throws
    /// eggroll::Error for what cannot be read, and for fewer than 10 bytes in all.
    explicit TextCorpus(std::filesystem::path const& source, TextCorpusOptions options = {})
        : TextCorpus(read(source, options), source.string()) {}

    /// Takes documents from memory.
    explicit TextCorpus(std::vector<Document> documents) : TextCorpus(std::move(documents), "in memory") {}

    /// Bytes to train on, and bytes held out.
    std::span<std::uint8_t const> train() const { return train_; }
    std::span<std::uint8_t const> validation() const { return validation_; }

    /// Documents that are not empty, and their bytes, separating zeros not counted.
    std::size_t document_count() const { return document_count_; }
    std::uint64_t document_bytes() const { return document_bytes_; }

private:
    TextCorpus(std::vector<Document> documents, std::string const& source) {
        std::erase_if(documents, [](Document const& document) { return document.empty(); });
        document_count_ = documents.size();
        for (Document const& document : documents) {
            document_bytes_ += document.size();
        }
        EGGROLL_EXPECTS(document_bytes_ > 0, "the text " + source + " is empty; name one with some bytes in it");
        EGGROLL_EXPECTS(document_bytes_ >= 10, "the text " + source + " has " + std::to_string(document_bytes_) +
                                                   " bytes, too few to hold a tenth out for validation; give more");
        std::vector<bool> const held_out = choose_held_out(documents); // (document)
        bool const by_document = std::find(held_out.begin(), held_out.end(), true) != held_out.end();
        std::uint64_t const cut = document_bytes_ - document_bytes_ / 10; // where no whole documents are held out
        std::uint64_t position = 0;
        for (std::size_t i = 0; i < documents.size(); ++i) {
            Document const document = std::move(documents[i]);
            std::span<std::uint8_t const> const bytes(document);
            if (by_document) {
                append(held_out[i] ? validation_ : train_, bytes);
            } else {
                auto const before = position < cut ? std::min<std::uint64_t>(cut - position, bytes.size()) : 0;
                append(train_, bytes.first(static_cast<std::size_t>(before)));
                append(validation_, bytes.subspan(static_cast<std::size_t>(before)));
            }
            position += bytes.size();
        }
    }

    static std::vector<Document> read(std::filesystem::path const& source, TextCorpusOptions options) {
        std::vector<Document> documents;
        std::uint64_t left = options.max_bytes;
        for (std::filesystem::path const& path : text_files(source)) {
            if (left == 0) {
                break;
            }
            documents.push_back(read_document(path, left));
            left -= documents.back().size();
        }
        return documents;
    }

    /// Which documents to hold out; none if they can't give a twentieth of the bytes. At every document held out the
    /// share so far is below a fifth: one is taken only if half of it still fits the tenth.
    std::vector<bool> choose_held_out(std::vector<Document> const& documents) const {
        std::vector<bool> chosen(documents.size(), false); // (document)
        std::uint64_t seen = 0;
        std::uint64_t held = 0;
        for (std::size_t i = 0; i < documents.size(); ++i) {
            std::uint64_t const size = documents[i].size();
            seen += size;
            if (10 * held + 5 * size <= seen) {
                chosen[i] = true;
                held += size;
            }
        }
        if (20 * held < seen) {
            chosen.assign(documents.size(), false);
        }
        return chosen;
    }

    static void append(std::vector<std::uint8_t>& text, std::span<std::uint8_t const> document) {
        if (!document.empty()) {
            text.push_back(0);
            text.insert(text.end(), document.begin(), document.end());
        }
    }

    std::vector<std::uint8_t> train_;      // (byte)
    std::vector<std::uint8_t> validation_; // (byte)
    std::size_t document_count_ = 0;
    std::uint64_t document_bytes_ = 0;
};

} // namespace eggroll::tasks
