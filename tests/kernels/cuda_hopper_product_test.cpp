// SPDX-License-Identifier: Apache-2.0
// The product kernel for Hopper, emulated: exact where all numbers are small integers.

#include "support/emulated_gpu.hpp"

#include <eggroll/kernels/cuda/hopper/low_rank_output.hpp>
#include <eggroll/kernels/cuda/hopper/product.hpp>
#include <eggroll/random/distributions.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;
using kernels::cuda::GeneratedA;
using kernels::cuda::HopperProduct;
using kernels::cuda::LowRankOutput;
using kernels::cuda::LowRankTerms;
using kernels::cuda::TensorMap;
using kernels::cuda::TileRows;

struct Shape {
    std::int64_t rows;
    std::int64_t out;
    std::int64_t in; // a multiple of 8
    MemberRows members;
    int rank;
};

/// Elements (row, column) of a matrix, in memory aligned to 16 bytes.
template <class Stored>
class Tiles {
public:
    Tiles(std::int64_t rows, std::int64_t columns, int tile_rows)
        : values_(static_cast<std::size_t>(rows * columns + 8)), columns_(columns) {
        data_ = values_.data();
        while (reinterpret_cast<std::uintptr_t>(data_) % 16 != 0) {
            ++data_;
        }
        map.data = data_;
        map.rows = rows;
        map.columns = columns;
        map.stride_bytes = 2 * columns;
        map.tile_rows = tile_rows;
        map.element = kernels::cuda::tensor_element<Stored>;
    }
    Stored& operator()(std::int64_t row, std::int64_t column) { return data_[row * columns_ + column]; }
    TensorMap map;

private:
    std::vector<Stored> values_;
    std::int64_t columns_;
    Stored* data_;
};

float small_integer(std::int64_t row, std::int64_t column, int seed) {
    return static_cast<float>((row * row * 5 + column * 3 + row * column + seed) % 9 - 4);
}

/// y (row, out) by a grid of `blocks` blocks.
template <class Stored, class Distribution>
std::vector<float> product(Shape const& s, std::int64_t blocks) {
    using FactorA = GeneratedA<NoiseStream<Distribution>>;
    using Kernel = HopperProduct<Stored, LowRankOutput<FactorA>>;
    TileRows const slots{s.members, s.rows};
    Tiles<Stored> x(slots.slots(), s.in, Kernel::tile_rows);
    for (std::int64_t slot = 0; slot < slots.slots(); ++slot) {
        for (std::int64_t k = 0; k < s.in; ++k) {
            std::int64_t const row = slots.row(slot);
            x(slot, k) = Stored(row < s.rows ? small_integer(row, k, 3) : 99.0f);
        }
    }
    Tiles<Stored> w(s.out, s.in, Kernel::tile_columns);
    for (std::int64_t i = 0; i < s.out; ++i) {
        for (std::int64_t k = 0; k < s.in; ++k) {
            w(i, k) = Stored(small_integer(i, k, 7));
        }
    }
    std::vector<float> t(static_cast<std::size_t>(s.rows * s.rank));
    for (std::size_t n = 0; n < t.size(); ++n) {
        t[n] = static_cast<float>(n % 13) - 6.0f;
    }
    std::vector<float> y(static_cast<std::size_t>(s.rows * s.out), -1e30f);
    FactorA const a{{Seed{5}.key(), 2}, 9, 100, s.out};
    LowRankTerms const terms{slots, t.data(), s.rank, 0.5f};
    Kernel const kernel{x.map,
                        w.map,
                        (s.in + 63) / 64,
                        (slots.slots() + Kernel::tile_rows - 1) / Kernel::tile_rows,
                        (s.out + Kernel::tile_columns - 1) / Kernel::tile_columns,
                        {{terms, a, {y.data(), s.rows, s.out, s.out}}}};
    launch(EmulatedGpu{}, "eggroll::test", blocks, Kernel::shared_bytes, kernel);
    return y;
}

/// How many elements differ from plain loops.
template <class Stored>
int wrong_elements(Shape const& s) {
    auto const y = product<Stored, Rademacher>(s, 3);
    NoiseStream<Rademacher> const source{Seed{5}.key(), 2};
    int wrong = 0;
    for (std::int64_t row = 0; row < s.rows; ++row) {
        for (std::int64_t i = 0; i < s.out; ++i) {
            float sum = 0;
            for (std::int64_t k = 0; k < s.in; ++k) {
                sum += small_integer(row, k, 3) * small_integer(i, k, 7);
            }
            for (int c = 0; c < s.rank; ++c) {
                float const t = static_cast<float>((row * s.rank + c) % 13) - 6.0f;
                float const a = source.value(9, Factor::a, 100 + s.members.direction(row), c, s.out, i);
                sum += 0.5f * static_cast<float>(s.members.sign(row)) * t * a;
            }
            wrong += y[static_cast<std::size_t>(row * s.out + i)] == sum ? 0 : 1;
        }
    }
    return wrong;
}

TEMPLATE_TEST_CASE("the product for Hopper is the product, noise added", "", bfloat16, half) {
    CHECK(wrong_elements<TestType>({256, 512, 256, {1, 2}, 1}) == 0);
    CHECK(wrong_elements<TestType>({150, 300, 136, {1, 2}, 4}) == 0);
    CHECK(wrong_elements<TestType>({133, 65, 320, {1, 1}, 1}) == 0);
    CHECK(wrong_elements<TestType>({144, 260, 8, {12, 2, 4, 8}, 2}) == 0); // baseline members among them
    CHECK(wrong_elements<TestType>({3, 7, 72, {3, 2}, 0}) == 0);
}

TEST_CASE("the product for Hopper doesn't depend on the grid") {
    Shape const s{300, 600, 200, {1, 2}, 1};
    auto const y = product<bfloat16, Gaussian>(s, 1);
    CHECK(product<bfloat16, Gaussian>(s, 2) == y);
    CHECK(product<bfloat16, Gaussian>(s, 9) == y); // a tile each
}

} // namespace
