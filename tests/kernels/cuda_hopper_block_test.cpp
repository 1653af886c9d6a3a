// SPDX-License-Identifier: Apache-2.0
// That the emulated functions of Hopper are what block_hopper.hpp says, and notice what a GPU would leave to luck.

#include "support/emulated_gpu.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using kernels::cuda::SharedBarrier;
using kernels::cuda::TensorMap;

/// A matrix of small integers with padded rows, aligned to 16 bytes.
template <class Element>
struct Matrix {
    Matrix(std::int64_t rows_of, std::int64_t columns_of, int seed)
        : rows(rows_of), columns(columns_of), stride((columns_of + 15) / 16 * 16 + 16),
          values(static_cast<std::size_t>(rows * stride + 16)) {
        data = values.data();
        while (reinterpret_cast<std::uintptr_t>(data) % 16 != 0) {
            ++data;
        }
        for (std::int64_t i = 0; i < rows * stride; ++i) {
            data[i] = static_cast<Element>(static_cast<float>((i * i * 7 + seed * i + seed) % 11 - 5));
        }
    }
    [[nodiscard]] int operator()(std::int64_t row, std::int64_t column) const {
        return row < rows && column < columns ? static_cast<int>(static_cast<float>(data[row * stride + column])) : 0;
    }
    [[nodiscard]] TensorMap map(int tile_rows) const {
        TensorMap map;
        map.data = data;
        map.rows = rows;
        map.columns = columns;
        map.stride_bytes = stride * static_cast<std::int64_t>(sizeof(Element));
        map.tile_rows = tile_rows;
        map.element = kernels::cuda::tensor_element<Element>;
        return map;
    }

    std::int64_t rows;
    std::int64_t columns;
    std::int64_t stride;
    std::vector<Element> values;
    Element* data;
};

/// What a kernel may do wrong.
enum class Mistake { none, few_bytes, many_bytes, no_wait, early_overwrite, no_begin, early_read, no_swizzle };

/// y (64, 256) = a (64, in) b (256, in)^T, one pair of tiles after another through one stage.
template <class Element, Mistake mistake = Mistake::none>
struct TileProduct {
    static constexpr int threads = 128;
    static constexpr int step = 128 / static_cast<int>(sizeof(Element));
    static constexpr int tile_bytes = (64 + 256) * 128;
    static constexpr int shared_bytes = tile_bytes + 1024;
    using Sum = std::conditional_t<std::is_same_v<Element, std::int8_t>, std::int32_t, float>;

    TensorMap a;
    TensorMap b;
    int steps;
    Sum* y; // (64, 256)

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::byte* const left = block.shared();
        std::byte* const right = left + 64 * 128;
        auto* const full = reinterpret_cast<SharedBarrier*>(left + tile_bytes);
        if (block.thread() == 0) {
            block.initialize(full, 1);
            block.fence_barriers();
        }
        block.synchronize();
        Sum d[4][8][4];
        for (int i = 0; i < steps; ++i) {
            load(block, full, i);
            if constexpr (mistake != Mistake::no_wait) {
                block.wait(full, i % 2);
            }
            if (mistake != Mistake::no_begin || i == 0) {
                block.begin_products();
            }
            for (int k = 0; k < 4; ++k) {
                auto rows = block.operand(left, 32 * k);
                if constexpr (mistake == Mistake::no_swizzle) {
                    rows &= ~(std::uint64_t{3} << 62);
                }
                auto const columns = block.operand(right, 32 * k);
                if constexpr (std::is_same_v<Element, bfloat16>) {
                    block.multiply_tiles_bfloat16(d, rows, columns, i + k > 0);
                } else if constexpr (std::is_same_v<Element, half>) {
                    block.multiply_tiles_half(d, rows, columns, i + k > 0);
                } else {
                    block.multiply_tiles_int8(d, rows, columns, i + k > 0);
                }
            }
            block.commit_products();
            if constexpr (mistake == Mistake::early_read) {
                store(block, d);
            }
            if (mistake == Mistake::early_overwrite) {
                block.template wait_for_products<1>();
            } else if (mistake != Mistake::no_begin) {
                block.template wait_for_products<0>();
            } else {
                block.wait_for_products(d);
            }
            block.synchronize(); // before the stage is filled again
        }
        if constexpr (mistake != Mistake::early_read) {
            block.wait_for_products(d);
            store(block, d);
        }
    }

private:
    template <class Block>
    KOKKOS_FUNCTION void load(Block& block, SharedBarrier* full, int i) const {
        if (block.thread() == 0) {
            constexpr int wrong = mistake == Mistake::few_bytes ? -128 : mistake == Mistake::many_bytes ? 128 : 0;
            block.arrive_expecting(full, tile_bytes + wrong);
            block.copy_tile(block.shared(), a, 0, i * step, full);
            block.copy_tile(block.shared() + 64 * 128, b, 0, i * step, full);
        }
        if constexpr (mistake == Mistake::no_wait) {
            block.synchronize();
        }
    }
    template <class Block>
    KOKKOS_FUNCTION void store(Block& block, Sum const (&d)[4][8][4]) const {
        for (int i = 0; i < 128; ++i) {
            int const row = block.warp() * 16 + block.lane() / 4 + i / 2 % 2 * 8;
            int const column = i / 4 * 8 + block.lane() % 4 * 2 + i % 2;
            y[row * 256 + column] = d[i / 32][i / 4 % 8][i % 4];
        }
    }
};

/// How many of the 64 x 256 results differ from plain loops. 50 rows, 250 columns: the rest must come out as 0.
template <class Element, Mistake mistake = Mistake::none>
int wrong_results(std::int64_t in) {
    using Kernel = TileProduct<Element, mistake>;
    Matrix<Element> const a(50, in, 3);
    Matrix<Element> const b(250, in, 5);
    std::vector<typename Kernel::Sum> y(64 * 256, typename Kernel::Sum(77));
    auto const steps = static_cast<int>((in + Kernel::step - 1) / Kernel::step);
    launch(EmulatedGpu{}, "eggroll::test", 1, Kernel::shared_bytes, Kernel{a.map(64), b.map(256), steps, y.data()});
    int wrong = 0;
    for (std::int64_t row = 0; row < 64; ++row) {
        for (std::int64_t column = 0; column < 256; ++column) {
            int sum = 0;
            for (std::int64_t k = 0; k < in; ++k) {
                sum += a(row, k) * b(column, k);
            }
            bool const equal =
                y[static_cast<std::size_t>(row * 256 + column)] == static_cast<typename Kernel::Sum>(sum);
            wrong += equal ? 0 : 1;
        }
    }
    return wrong;
}

TEMPLATE_TEST_CASE("a product of tiles is the product, zero beyond the matrices", "", bfloat16, half, std::int8_t) {
    CHECK(wrong_results<TestType>(64) == 0);
    CHECK(wrong_results<TestType>(200) == 0);
}

TEST_CASE("what a kernel does wrong with tiles shows") {
    auto const waits_for_ever = MessageMatches(ContainsSubstring("wait for ever"));
    CHECK_THROWS_MATCHES((wrong_results<half, Mistake::few_bytes>(64)), std::runtime_error, waits_for_ever);
    CHECK_THROWS_MATCHES((wrong_results<half, Mistake::many_bytes>(64)), std::runtime_error, waits_for_ever);
    CHECK(wrong_results<half, Mistake::no_wait>(64) > 10000);
    CHECK(wrong_results<half, Mistake::early_overwrite>(128) > 10000);
    CHECK(wrong_results<half, Mistake::early_read>(64) > 10000);
    CHECK_THROWS_MATCHES((wrong_results<half, Mistake::no_begin>(128)), std::runtime_error,
                         MessageMatches(ContainsSubstring("without begin_products")));
    CHECK_THROWS_MATCHES((wrong_results<half, Mistake::no_swizzle>(64)), std::runtime_error,
                         MessageMatches(ContainsSubstring("no swizzle")));
}

/// Where copy_tile puts the elements of a tile, read by plain loads.
struct Swizzled {
    static constexpr int threads = 32;
    TensorMap map; // int8, 16 rows a tile
    std::int8_t* tile;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const full = reinterpret_cast<SharedBarrier*>(block.shared() + 2048);
        if (block.thread() == 0) {
            block.initialize(full, 1);
            block.fence_barriers();
            block.arrive_expecting(full, 2048);
            block.copy_tile(block.shared(), map, 2, 16, full);
        }
        block.synchronize();
        block.wait(full, 0);
        for (int i = block.thread(); i < 2048; i += threads) {
            tile[i] = reinterpret_cast<std::int8_t const*>(block.shared())[i];
        }
    }
};

TEST_CASE("a tile's chunks are swizzled") {
    Matrix<std::int8_t> const m(30, 300, 9);
    std::vector<std::int8_t> tile(2048);
    launch(EmulatedGpu{}, "eggroll::test", 1, 3072, Swizzled{m.map(16), tile.data()});
    for (int row = 0; row < 16; ++row) {
        for (int column = 0; column < 128; ++column) {
            auto const at = static_cast<std::size_t>(128 * row + (column / 16 ^ row % 8) * 16 + column % 16);
            REQUIRE(tile[at] == m(2 + row, 16 + column));
        }
    }
}

/// Warps 0 and 1 hand a value back and forth through two barriers, `rounds` times.
struct PingPong {
    static constexpr int threads = 64;
    int rounds;
    int* y;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const barriers = reinterpret_cast<SharedBarrier*>(block.shared()); // filled, emptied
        auto* const value = reinterpret_cast<int*>(barriers + 2);
        if (block.thread() == 0) {
            block.initialize(barriers, 32);
            block.initialize(barriers + 1, 32);
            block.fence_barriers();
        }
        block.synchronize();
        for (int i = 0; i < rounds; ++i) {
            if (block.warp() == 0) {
                block.wait(barriers + 1, (i + 1) % 2); // the first time at once: the phase before has ended
                if (block.lane() == 0) {
                    *value = i * i;
                }
                block.arrive(barriers);
            } else {
                block.wait(barriers, i % 2);
                y[i * 32 + block.lane()] = *value;
                block.arrive(barriers + 1);
            }
        }
    }
};

TEST_CASE("barriers in shared memory hand over phase after phase") {
    std::vector<int> y(5 * 32);
    launch(EmulatedGpu{}, "eggroll::test", 1, 64, PingPong{5, y.data()});
    for (std::size_t i = 0; i < y.size(); ++i) {
        CHECK(y[i] == static_cast<int>(i / 32 * (i / 32)));
    }
}

/// Two threads arrive where one was announced, or one where none was.
struct Arrivals {
    static constexpr int threads = 32;
    bool initialised;
    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const barrier = reinterpret_cast<SharedBarrier*>(block.shared());
        if (block.thread() == 0 && initialised) {
            block.initialize(barrier, 2);
        }
        block.synchronize();
        if (block.thread() < 3) {
            block.arrive_expecting(barrier, 16);
        }
    }
};

TEST_CASE("wrong arrivals at barriers in shared memory are errors") {
    CHECK_THROWS_MATCHES(launch(EmulatedGpu{}, "eggroll::test", 1, 64, Arrivals{true}), std::runtime_error,
                         MessageMatches(ContainsSubstring("more arrive")));
    CHECK_THROWS_MATCHES(launch(EmulatedGpu{}, "eggroll::test", 1, 64, Arrivals{false}), std::runtime_error,
                         MessageMatches(ContainsSubstring("before it was initialised")));
}

} // namespace
