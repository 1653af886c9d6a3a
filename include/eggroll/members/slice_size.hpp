// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace eggroll {

/// Bytes of one core's second-level cache, 1 MiB where the system doesn't say.
inline std::int64_t second_level_cache_bytes() {
#if defined(_SC_LEVEL2_CACHE_SIZE)
    if (long const bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0) {
        return bytes;
    }
#endif
    return std::int64_t{1} << 20;
}

/// How many members a slice of the host has. Larger slices share more: a weight that was loaded, the product of an
/// input that members have in common. But their noise and activations leave the caches. Nobody knows an objective's
/// activations beforehand, so unless a size was requested the first generation runs in small slices and is measured.
class SliceSize {
public:
    static constexpr std::int64_t smallest = 16;
    static constexpr std::int64_t largest = 64;
    /// Working sets may be this many times the second-level cache: they stream from the third without harm.
    static constexpr std::int64_t caches = 16;

    /// \param requested  0: chosen by what the first generation takes
    explicit SliceSize(std::int64_t requested)
        : members_(requested > 0 ? requested : smallest), open_(requested == 0) {}

    std::int64_t members() const { return members_; }
    /// Whether a generation's measurement is wanted.
    bool open() const { return open_; }

    /// Chooses for a working set of `bytes` with slices of `members`.
    void choose(std::int64_t bytes, std::int64_t members, std::int64_t cache_bytes = second_level_cache_bytes()) {
        std::int64_t const bytes_per_member = std::max<std::int64_t>(bytes / members, 1);
        std::int64_t const fitting = caches * cache_bytes / bytes_per_member;
        members_ = std::clamp(fitting / smallest * smallest, smallest, largest); // tiles of AMX are 16 rows high
        open_ = false;
    }

private:
    std::int64_t members_;
    bool open_;
};

} // namespace eggroll
