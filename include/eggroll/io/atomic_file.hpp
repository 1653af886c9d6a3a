// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A file that appears whole or not at all (POSIX): whoever is killed while writing leaves the previous one as it was.

#include <eggroll/error.hpp>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace eggroll::io {

/// Writes to `.<name>.tmp-<pid>-<number>` beside the target; `commit` flushes it to the disk, renames it over the
/// target and flushes the directory. Destroyed without `commit`, or after an error, it removes the temporary and leaves
/// the target alone. The temporary is locked (flock) while it is being written: an unlocked one belongs to a process
/// that died, and the next AtomicFile for the same target removes it.
///
/// A target that is a symbolic link is followed; the permissions of a replaced file are kept. Every failure throws
/// eggroll::Error with the path and the system's reason.
class AtomicFile {
public:
    explicit AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
        std::error_code ignored;
        if (std::filesystem::is_symlink(target_, ignored)) {
            if (auto followed = std::filesystem::weakly_canonical(target_, ignored); !ignored) {
                target_ = std::move(followed);
            }
        }
        std::filesystem::file_status const status = std::filesystem::status(target_, ignored);
        // Renaming over a device or a pipe would replace the node itself.
        EGGROLL_EXPECTS(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status),
                        "cannot write " + target_.string() +
                            ": it exists and is not a regular file; name a file in a directory");
        EGGROLL_EXPECTS(target_.has_filename(), "cannot write '" + target_.string() + "': name a file");
        directory_ = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
        remove_stale_temporaries();
        create_temporary();
        if (struct stat replaced = {}; ::stat(target_.c_str(), &replaced) == 0) {
            // Best effort: the file may belong to somebody else.
            [[maybe_unused]] int const unchecked = ::fchmod(descriptor_, replaced.st_mode & 07777);
        }
    }

    AtomicFile(AtomicFile const&) = delete;
    AtomicFile& operator=(AtomicFile const&) = delete;
    ~AtomicFile() { discard(); }

    /// Appends bytes.
    void write(std::span<std::byte const> bytes) {
        EGGROLL_EXPECTS(descriptor_ >= 0, "cannot write " + target_.string() + ": it was committed or failed before");
        while (!bytes.empty()) {
            ssize_t const written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written > 0) {
                bytes = bytes.subspan(static_cast<std::size_t>(written));
            } else if (written == 0 || errno != EINTR) {
                fail("write");
            }
        }
    }
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Makes what was written the target's content. Once only, and nothing can be written afterwards.
    void commit() {
        EGGROLL_EXPECTS(descriptor_ >= 0, "cannot commit " + target_.string() + ": it was committed or failed before");
        if (::fsync(descriptor_) != 0) {
            fail("flush");
        }
        // Still open and locked, so that nobody takes the temporary for a stale one.
        if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
            fail("rename the temporary of");
        }
        temporary_.clear();
        discard();
        sync_directory();
    }

private:
    static std::string reason(int error) { return std::generic_category().message(error); }

    [[noreturn]] void fail(std::string const& action) {
        int const error = errno;
        discard();
        throw Error("cannot " + action + " " + target_.string() + ": " + reason(error) +
                    "; a previous file is unchanged");
    }

    void discard() noexcept {
        if (!temporary_.empty()) {
            ::unlink(temporary_.c_str());
            temporary_.clear();
        }
        if (descriptor_ >= 0) {
            ::close(std::exchange(descriptor_, -1));
        }
    }

    std::string temporary_prefix() const { return std::string(1, '.').append(target_.filename()).append(".tmp-"); }

    void create_temporary() {
        static std::atomic<std::uint64_t> number = 0;
        for (int attempt = 0; attempt < 1000; ++attempt) {
            auto const candidate =
                directory_ / (temporary_prefix() + std::to_string(::getpid()) + "-" + std::to_string(number++));
            descriptor_ = ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor_ < 0) {
                if (errno == EEXIST) {
                    continue;
                }
                fail("create a temporary file beside");
            }
            // A file system without locks only loses the removal of stale files.
            [[maybe_unused]] int const unchecked = ::flock(descriptor_, LOCK_EX);
            struct stat state = {};
            if (::fstat(descriptor_, &state) == 0 && state.st_nlink > 0) {
                temporary_ = candidate;
                return;
            }
            // Somebody took it for a stale one between open and flock.
            ::close(std::exchange(descriptor_, -1));
        }
        errno = EEXIST;
        fail("create a temporary file beside");
    }

    void remove_stale_temporaries() const {
        std::error_code ignored;
        std::string const prefix = temporary_prefix();
        auto entry = std::filesystem::directory_iterator(directory_, ignored);
        for (; !ignored && entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
            std::string const name = entry->path().filename().string();
            if (!name.starts_with(prefix) ||
                name.find_first_not_of("0123456789-", prefix.size()) != std::string::npos) {
                continue;
            }
            int const stale = ::open(entry->path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
            if (stale < 0) {
                continue;
            }
            if (::flock(stale, LOCK_EX | LOCK_NB) == 0) {
                ::unlink(entry->path().c_str());
            }
            ::close(stale);
        }
    }

    void sync_directory() const {
        int const directory = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error = directory < 0 ? errno : 0;
        if (directory >= 0) {
            // EINVAL: this file system does not flush directories.
            error = ::fsync(directory) != 0 && errno != EINVAL ? errno : 0;
            ::close(directory);
        }
        // A directory that may be searched but not read cannot be opened here; the new file is in place all the same.
        EGGROLL_EXPECTS(error == 0 || error == EACCES, "cannot flush the directory " + directory_.string() + ": " +
                                                           reason(error) + "; the new file is in place");
    }

    std::filesystem::path target_;
    std::filesystem::path directory_;
    std::filesystem::path temporary_; // empty: none exists
    int descriptor_ = -1;
};

/// Replaces `target` by a file of these bytes, or throws and leaves it as it was.
inline void write_file_atomically(std::filesystem::path const& target, std::string_view text) {
    AtomicFile file(target);
    file.write(text);
    file.commit();
}

} // namespace eggroll::io
