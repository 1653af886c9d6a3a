// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __has_include(<sys/mman.h>)

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace eggroll::testing {

/// Owns copies of arrays that end where a page without access begins.
class GuardedPages {
public:
    GuardedPages() = default;
    ~GuardedPages() {
        for (auto const& [memory, bytes] : mapped_) {
            munmap(memory, bytes);
        }
    }
    GuardedPages(GuardedPages const&) = delete;
    GuardedPages& operator=(GuardedPages const&) = delete;

    template <class T>
    T* copy(T const* values, std::int64_t count) {
        auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        std::size_t const bytes = (static_cast<std::size_t>(count) * sizeof(T) + page - 1) / page * page;
        void* const memory = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        mapped_.emplace_back(memory, bytes + page);
        std::byte* const end = static_cast<std::byte*>(memory) + bytes;
        REQUIRE(mprotect(end, page, PROT_NONE) == 0);
        T* const copied = reinterpret_cast<T*>(end) - count;
        std::copy_n(values, count, copied);
        return copied;
    }

private:
    std::vector<std::pair<void*, std::size_t>> mapped_;
};

} // namespace eggroll::testing

#endif
