// SPDX-License-Identifier: Apache-2.0

#include <eggroll/members/arena.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <vector>

namespace {

/// Memory that knows what is allocated.
struct CountingMemory {
    static inline std::map<void*, std::size_t> blocks;
    static inline int allocations = 0;

    static void* allocate(std::size_t bytes) {
        ++allocations;
        void* const pointer = eggroll::HostSliceMemory::allocate(bytes);
        blocks[pointer] = bytes;
        return pointer;
    }
    static void release(void* pointer) {
        CHECK(blocks.erase(pointer) == 1);
        eggroll::HostSliceMemory::release(pointer);
    }
    static std::size_t bytes() {
        std::size_t total = 0;
        for (auto const& [pointer, size] : blocks) {
            total += size;
        }
        return total;
    }
};

using Arena = eggroll::Arena<CountingMemory>;

bool aligned(void const* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer) % Arena::alignment == 0;
}

} // namespace

TEST_CASE("arrays of an arena are aligned and apart", "[arena]") {
    {
        Arena arena;
        for (int round = 0; round < 2; ++round) { // blocks of their own, then one block
            std::vector<std::int8_t*> arrays;
            for (std::int64_t const count : {1, 63, 64, 65, 1000}) {
                arrays.push_back(arena.allocate<std::int8_t>(count));
                CHECK(aligned(arrays.back()));
                std::fill_n(arrays.back(), count, static_cast<std::int8_t>(arrays.size()));
            }
            int n = 0;
            for (auto const* const array : arrays) {
                CHECK(*array == ++n);
            }
            CHECK(arrays[4][999] == 5);
            arena.settle();
        }
    }
    CHECK(CountingMemory::blocks.empty());
}

TEST_CASE("what a mark is returned to is used again", "[arena]") {
    Arena arena;
    arena.allocate<double>(100);
    arena.allocate<double>(100);
    arena.settle();
    auto* const first = arena.allocate<double>(10);
    auto const mark = arena.mark();
    auto* const second = arena.allocate<double>(10);
    CHECK(second != first);
    arena.return_to(mark);
    CHECK(arena.allocate<float>(5) == static_cast<void*>(second));
    arena.return_to(0);
    CHECK(arena.allocate<double>(1) == first);
}

TEST_CASE("an arena measures first and allocates nothing afterwards", "[arena]") {
    Arena arena;
    auto const generation = [&] {
        arena.allocate<float>(100);
        for (int step = 0; step < 10; ++step) { // a frame each: does not grow
            auto const mark = arena.mark();
            arena.allocate<float>(1000);
            arena.allocate<std::int8_t>(1);
            arena.return_to(mark);
        }
        arena.settle();
    };
    generation();
    CHECK(arena.peak() == 448 + 4032 + 64); // rounded up to 64 bytes
    CHECK(CountingMemory::blocks.size() == 1);
    CHECK(CountingMemory::bytes() == arena.peak());
    int const before = CountingMemory::allocations;
    generation();
    generation();
    CHECK(CountingMemory::allocations == before);

    INFO("it grows when more is needed");
    arena.allocate<float>(10'000);
    arena.settle();
    CHECK(CountingMemory::blocks.size() == 1);
    CHECK(arena.peak() == 40'000);
}

TEST_CASE("blocks beyond the capacity go when their frame ends", "[arena]") {
    Arena arena;
    arena.allocate<float>(16);
    arena.settle();
    auto* const kept = arena.allocate<float>(16);
    auto const mark = arena.mark();
    arena.allocate<float>(16);
    auto const inner = arena.mark();
    arena.allocate<float>(16);
    CHECK(CountingMemory::blocks.size() == 3);
    arena.return_to(inner);
    CHECK(CountingMemory::blocks.size() == 2);
    arena.return_to(mark);
    CHECK(CountingMemory::blocks.size() == 1);
    kept[15] = 1.0F;
}

TEST_CASE("arrays of no elements are allowed", "[arena]") {
    Arena arena;
    CHECK_NOTHROW(arena.allocate<float>(0));
    auto const mark = arena.mark();
    CHECK(mark == 0);
    CHECK_NOTHROW(arena.return_to(mark));
    CHECK_NOTHROW(arena.settle());
    CHECK_NOTHROW(arena.allocate<float>(0));
}

TEST_CASE("chunks take their memory from Kokkos", "[arena]") {
    eggroll::Arena<eggroll::ChunkMemory<Kokkos::HostSpace>> arena;
    auto* const values = arena.allocate<float>(1000);
    std::iota(values, values + 1000, 0.0F);
    CHECK(aligned(values));
    arena.settle();
    CHECK(aligned(arena.allocate<float>(1000)));
}
