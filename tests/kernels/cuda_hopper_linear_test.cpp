// SPDX-License-Identifier: Apache-2.0
// `linear` on a GPU that runs Hopper's kernels. Emulated products add up in the order of k whatever multiplies, so the
// results are those of the other kernels, which cuda_linear_test compares with double arithmetic, to the bit.

#include "support/emulated_gpu.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/random/distributions.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

constexpr std::int64_t out = 260;
constexpr std::int64_t in = 264;

struct Rows {
    std::int64_t members;
    MemberRows rows;
    std::int64_t members_per_block = 1;

    [[nodiscard]] std::int64_t count() const { return members * rows.rows_per_member; }
};

EmulatedGpu gpu(bool hopper) {
    EmulatedGpu place;
    place.launcher.hopper = hopper;
    return place;
}

/// Numbers with all 24 bits, the same on each call, aligned to 16 bytes as vectors of this size are.
template <class T>
std::vector<T> numbers(std::int64_t count, float step) {
    std::vector<T> values;
    for (std::int64_t n = 0; n < count; ++n) {
        values.push_back(static_cast<T>(std::sin(step * static_cast<float>(n))));
    }
    return values;
}

template <class Stored, class Noise>
std::vector<float> linear_on(EmulatedGpu const& place, Rows const& r, Noise const& noise, int rank) {
    auto const w = numbers<Stored>(out * in, 0.37f);
    auto const x = numbers<float>(r.count() * in, 0.11f);
    Input<float> const input{{x.data(), r.count(), in, in}, r.rows.rows_per_member, r.members_per_block};
    std::int64_t const data_rows = used_data_rows(input, r.count());
    LinearShape const shape{r.count(), data_rows, in, out, rank, r.members_per_block > 1, sizeof(Stored)};
    std::vector<float> scratch(static_cast<std::size_t>(linear_scratch(place, shape)), NAN);
    std::vector<float> y(static_cast<std::size_t>(r.count() * out), NAN);
    linear(place, Weights<Stored>{w.data(), out, in}, input, r.rows, noise, scratch.data(),
           Array2<float>{y.data(), r.count(), out, out});
    return y;
}

template <class Stored, class Noise>
bool agrees(Rows const& r, Noise const& noise, int rank) {
    auto const expected = linear_on<Stored>(gpu(false), r, noise, rank);
    return linear_on<Stored>(gpu(true), r, noise, rank) == expected; // NaN is a difference
}

GeneratedLowRank<NoiseStream<Gaussian>, float> generated(int rank) {
    GeneratedLowRank<NoiseStream<Gaussian>, float> noise{};
    noise.source = {Seed{5}.key(), 2};
    noise.parameter = 3;
    noise.rank = rank;
    noise.scale = {0.01f};
    return noise;
}

TEMPLATE_TEST_CASE("linear on Hopper is linear", "", bfloat16, half) {
    CHECK(agrees<TestType>({22, {1, 2}}, generated(1), 1));
    CHECK(agrees<TestType>({10, {13, 2, 4, 4}}, generated(4), 4)); // a pair of baseline members, several row tiles
    CHECK(agrees<TestType>({7, {3, 1}}, generated(2), 2));
    CHECK(agrees<TestType>({6, {3, 2}, 4}, generated(1), 1)); // shared rows
    CHECK(agrees<TestType>({6, {3, 2}}, NoNoise{}, 0));
    auto const factors = numbers<float>(11 * 2 * in, 0.21f);
    CHECK(agrees<TestType>({22, {1, 2}}, LowRankNoise<float>{factors.data(), factors.data() + 5, 2, {0.01f}}, 2));
}

TEST_CASE("a slice of members on Hopper gives the rows of the whole") {
    auto const whole = linear_on<bfloat16>(gpu(true), {140, {1, 2}}, generated(1), 1);
    auto const some = linear_on<bfloat16>(gpu(true), {6, {1, 2}}, generated(1), 1);
    CHECK(std::equal(some.begin(), some.end(), whole.begin()));
}

TEST_CASE("the kernel for Hopper is chosen by the weights and the device, not by the rows") {
    using kernels::cuda::TileRows;
    alignas(16) bfloat16 data[16];
    Weights<bfloat16> const suitable{data, 256, 256};
    TileRows const rows{{1, 2}, 6};
    CHECK(uses_hopper(gpu(true), suitable, rows));
    CHECK(uses_hopper(gpu(true), suitable, {{1, 2}, 6000}));
    CHECK_FALSE(uses_hopper(gpu(false), suitable, rows));
    CHECK_FALSE(uses_hopper(gpu(true), Weights<bfloat16>{data + 1, 256, 256}, rows));
    CHECK_FALSE(uses_hopper(gpu(true), Weights<bfloat16>{data, 256, 260}, rows));
    CHECK_FALSE(uses_hopper(gpu(true), Weights<bfloat16>{data, 128, 256}, rows));
    CHECK_FALSE(uses_hopper(gpu(true), Weights<float>{nullptr, 256, 256}, rows));
}

TEST_CASE("a row is found where it stands") {
    for (std::int64_t const per_member : {1, 3, 21}) {
        for (std::int64_t const per_direction : {1, 2}) {
            kernels::cuda::TileRows const rows{{per_member, per_direction}, 8 * per_member};
            CHECK(rows.slots() <= rows.rows + rows.most_gaps);
            for (std::int64_t row = 0; row < rows.rows; ++row) {
                CHECK(rows.slot(row) < rows.slots());
                CHECK(rows.row(rows.slot(row)) == row);
            }
        }
    }
}

} // namespace
