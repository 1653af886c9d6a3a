// SPDX-License-Identifier: Apache-2.0
// That the emulated block is what block.hpp says, and notices what a GPU would leave to luck.

#include "support/emulated_gpu.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

/// y (16, 8) = a (16, k) b (8, k)^T by one int8 multiplication, operands loaded as fragments from shared memory.
struct MultiplyInt8 {
    static constexpr int threads = 32;
    std::int8_t const* a; // (16, 32)
    std::int8_t const* b; // (8, 32)
    std::int32_t* y;      // (16, 8)

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const rows = reinterpret_cast<std::int8_t*>(block.shared()); // (24, 32)
        for (int chunk = block.lane(); chunk < 48; chunk += 32) {
            block.copy_async(rows + 16 * chunk, chunk < 32 ? a + 16 * chunk : b + 16 * (chunk - 32));
        }
        block.commit_copies();
        block.template wait_for_copies<0>();
        block.synchronize();
        int const lane = block.lane();
        std::uint32_t fragment[4];
        block.load_matrices(fragment, rows + (lane % 16) * 32 + lane / 16 * 16);
        std::uint32_t other[4];
        block.load_matrices(other, rows + (16 + lane % 8) * 32 + lane / 8 % 2 * 16);
        std::int32_t sums[4] = {};
        std::uint32_t const columns[2] = {other[0], other[1]};
        block.multiply_int8(sums, fragment, columns);
        for (int i = 0; i < 4; ++i) {
            y[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[i];
        }
    }
};

/// Each lane packs two floats.
struct PackHalf {
    static constexpr int threads = 32;
    std::uint32_t* words;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        float const value = 1.0f + 0x1p-11f * static_cast<float>(block.lane());
        words[block.lane()] = block.pack_half(value, -2.0f * value);
    }
};

TEST_CASE("two floats are packed as half, to nearest even, the first below") {
    std::vector<std::uint32_t> words(32);
    launch(EmulatedGpu{}, "eggroll::test", 1, 0, PackHalf{words.data()});
    CHECK(words[0] == 0xc0003c00);
    CHECK(words[1] == 0xc0003c00); // half a unit: to even
    CHECK(words[2] == 0xc0013c01);
    CHECK(words[3] == 0xc0023c02);
}

TEST_CASE("an int8 fragment product is the product") {
    alignas(16) std::int8_t a[16 * 32];
    alignas(16) std::int8_t b[8 * 32];
    for (int i = 0; i < 16 * 32; ++i) {
        a[i] = static_cast<std::int8_t>(i * 37 % 255 - 127);
        b[i % (8 * 32)] = static_cast<std::int8_t>(i * 91 % 255 - 127);
    }
    std::vector<std::int32_t> y(16 * 8);
    launch(EmulatedGpu{}, "eggroll::test", 1, 24 * 32, MultiplyInt8{a, b, y.data()});
    for (int row = 0; row < 16; ++row) {
        for (int column = 0; column < 8; ++column) {
            std::int32_t sum = 0;
            for (int k = 0; k < 32; ++k) {
                sum += a[row * 32 + k] * b[column * 32 + k];
            }
            CHECK(y[static_cast<std::size_t>(row * 8 + column)] == sum);
        }
    }
}

/// sums[i] += a[i] . b[i], four int8 values each.
struct Dot4 {
    static constexpr int threads = 32;
    std::uint32_t const* a;
    std::uint32_t const* b;
    std::int32_t* sums;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        int const i = block.thread();
        sums[i] = block.dot4(a[i], b[i], sums[i]);
    }
};

TEST_CASE("four int8 values are multiplied and added with their signs") {
    std::uint32_t a[32] = {0x807f01ffu, 0x80808080u};
    std::uint32_t b[32] = {0x027f03ffu, 0x80808080u};
    std::int32_t sums[32] = {5, -1};
    launch(EmulatedGpu{}, "eggroll::test", 1, 0, Dot4{a, b, sums});
    CHECK(sums[0] == 5 + 1 + 3 + 127 * 127 - 256);
    CHECK(sums[1] == -1 + 4 * 128 * 128);
    CHECK(sums[2] == 0);
}

/// y (16, 8) = a (16, 16) b (16, 8) of bfloat16: a by rows, b transposed while it is loaded.
struct MultiplyBfloat16 {
    static constexpr int threads = 32;
    bfloat16 const* a; // (16, 16)
    bfloat16 const* b; // (16, 8)
    float* y;          // (16, 8)

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const left = reinterpret_cast<bfloat16*>(block.shared());
        auto* const right = left + 256;
        for (int i = block.lane(); i < 256; i += 32) {
            left[i] = a[i];
        }
        for (int i = block.lane(); i < 128; i += 32) {
            right[i] = b[i];
        }
        block.synchronize_warp();
        int const lane = block.lane();
        std::uint32_t fragment[4];
        block.load_matrices(fragment, left + lane % 16 * 16 + lane / 16 * 8);
        std::uint32_t other[4];
        block.load_matrices_transposed(other, right + lane % 16 * 8);
        std::uint32_t const columns[2] = {other[0], other[1]};
        float sums[4] = {};
        block.multiply_bfloat16(sums, fragment, columns);
        for (int i = 0; i < 4; ++i) {
            y[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[i];
        }
    }
};

TEST_CASE("a bfloat16 fragment product is the product") {
    alignas(16) bfloat16 a[256];
    alignas(16) bfloat16 b[128];
    for (int i = 0; i < 256; ++i) {
        a[i] = bfloat16(static_cast<float>(i % 13 - 6));
        b[i % 128] = bfloat16(static_cast<float>(i % 7 - 3));
    }
    std::vector<float> y(16 * 8);
    launch(EmulatedGpu{}, "eggroll::test", 1, 768, MultiplyBfloat16{a, b, y.data()});
    for (int row = 0; row < 16; ++row) {
        for (int column = 0; column < 8; ++column) {
            float sum = 0;
            for (int k = 0; k < 16; ++k) {
                sum += static_cast<float>(a[row * 16 + k]) * static_cast<float>(b[k * 8 + column]);
            }
            CHECK(y[static_cast<std::size_t>(row * 8 + column)] == sum);
        }
    }
}

/// Thread t writes what thread threads - 1 - t reads.
template <bool waits>
struct Exchange {
    static constexpr int threads = 64;
    int* y; // (block, thread)

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const values = reinterpret_cast<int*>(block.shared());
        values[block.thread()] = block.thread();
        if constexpr (waits) {
            block.synchronize();
        }
        y[block.index() * threads + block.thread()] = values[threads - 1 - block.thread()];
    }
};

template <bool waits>
int wrong_values() {
    std::vector<int> y(2 * 64);
    launch(EmulatedGpu{}, "eggroll::test", 2, 64 * sizeof(int), Exchange<waits>{y.data()});
    int wrong = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        wrong += y[i] != 63 - static_cast<int>(i % 64) ? 1 : 0;
    }
    return wrong;
}

TEST_CASE("a missing barrier shows as a wrong result") {
    CHECK(wrong_values<true>() == 0);
    CHECK(wrong_values<false>() == 64); // in each block, those whose partner comes later
}

/// Reads a copy without waiting for it.
struct ImpatientCopy {
    static constexpr int threads = 32;
    int const* x;
    int* y;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const values = reinterpret_cast<int*>(block.shared());
        block.copy_async(values + 4 * block.lane(), x + 4 * block.lane(), 8);
        block.commit_copies();
        y[block.lane()] = values[4 * block.lane()];
        block.template wait_for_copies<0>();
        y[32 + block.lane()] = values[4 * block.lane() + 1] + values[4 * block.lane() + 2];
    }
};

TEST_CASE("a copy lands when it is waited for, and zero beyond its valid bytes") {
    alignas(16) int x[128];
    for (int i = 0; i < 128; ++i) {
        x[i] = i;
    }
    int y[64];
    launch(EmulatedGpu{}, "eggroll::test", 1, 512, ImpatientCopy{x, y});
    for (int lane = 0; lane < 32; ++lane) {
        CHECK(y[lane] == -1);
        CHECK(y[32 + lane] == 4 * lane + 1);
    }
}

/// One thread doesn't come to the barrier.
struct MissingThread {
    static constexpr int threads = 64;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        if (block.thread() != 40) {
            block.synchronize();
        }
    }
};

/// Half a warp shuffles while the other half waits.
struct PartedWarp {
    static constexpr int threads = 32;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        if (block.lane() < 16) {
            block.shuffle(1, 0);
        } else {
            block.synchronize_warp();
        }
    }
};

struct OutsideShared {
    static constexpr int threads = 32;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::uint32_t words[4];
        block.load_matrices(words, block.shared() + 16 * block.lane());
    }
};

TEST_CASE("what can't be on a GPU is an error") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    CHECK_THROWS_MATCHES(launch(EmulatedGpu{}, "eggroll::test", 1, 0, MissingThread{}), std::runtime_error,
                         MessageMatches(ContainsSubstring("63 threads of a block wait for ever")));
    CHECK_THROWS_MATCHES(launch(EmulatedGpu{}, "eggroll::test", 1, 0, PartedWarp{}), std::runtime_error,
                         MessageMatches(ContainsSubstring("have parted")));
    CHECK_THROWS_MATCHES(launch(EmulatedGpu{}, "eggroll::test", 1, 256, OutsideShared{}), std::runtime_error,
                         MessageMatches(ContainsSubstring("outside shared memory")));
}

struct Shuffle {
    static constexpr int threads = 64;
    double* y;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        y[block.thread()] = block.shuffle_xor(block.thread() + 0.5, 5) + block.shuffle(block.thread(), 3);
    }
};

TEST_CASE("shuffles read other lanes of the warp") {
    double y[64];
    launch(EmulatedGpu{}, "eggroll::test", 1, 0, Shuffle{y});
    for (int thread = 0; thread < 64; ++thread) {
        CHECK(y[thread] == (thread ^ 5) + 0.5 + thread / 32 * 32 + 3);
    }
}

} // namespace
