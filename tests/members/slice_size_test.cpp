// SPDX-License-Identifier: Apache-2.0

#include <eggroll/members/slice_size.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

using eggroll::SliceSize;

namespace {

constexpr std::int64_t cache = 1 << 20;

std::int64_t chosen(std::int64_t bytes, std::int64_t members) {
    SliceSize size(0);
    size.choose(bytes, members, cache);
    CHECK_FALSE(size.open());
    return size.members();
}

} // namespace

TEST_CASE("a requested slice size stays", "[slice_size]") {
    SliceSize const size(5);
    CHECK(size.members() == 5);
    CHECK_FALSE(size.open());
}

TEST_CASE("without a request a small generation is measured", "[slice_size]") {
    SliceSize const size(0);
    CHECK(size.members() == SliceSize::smallest);
    CHECK(size.open());
}

TEST_CASE("a slice's working set is kept within the caches", "[slice_size]") {
    constexpr std::int64_t budget = SliceSize::caches * cache;
    CHECK(chosen(16 * (budget / 40), 16) == 32); // whole tiles of 16 rows
    CHECK(chosen(16 * (budget / 48), 16) == 48);
    CHECK(chosen(16 * (budget / 64), 16) == 64);
    CHECK(chosen(budget, 4) == SliceSize::smallest); // 4 would fit, but kernels need rows
    CHECK(chosen(1000, 16) == SliceSize::largest);
    CHECK(chosen(0, 16) == SliceSize::largest);
}

TEST_CASE("the system's cache is of a plausible size", "[slice_size]") {
    CHECK(eggroll::second_level_cache_bytes() >= (1 << 16));
    CHECK(eggroll::second_level_cache_bytes() <= (1 << 28));
}
