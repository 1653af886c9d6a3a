// SPDX-License-Identifier: Apache-2.0
#include "support/instruction_sets.hpp"
#include "support/test_noise.hpp"

#include <eggroll/kernels/host/update.hpp>
#include <eggroll/kernels/reference/update.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

namespace host = eggroll::kernels::host;
namespace reference = eggroll::kernels::reference;
using namespace eggroll;
using eggroll::testing::each_instruction_set;
using eggroll::testing::HashNoise;

/// Records the sums, and how often each element came.
template <class Sum>
struct Record {
    Sum* sums;
    int* calls;
    void operator()(std::int64_t element, Sum sum) const {
        sums[element] = sum;
        ++calls[element];
    }
};

template <class Update>
using SumOf = UpdateSum<typename Update::weight_type>;

template <class Update>
std::vector<SumOf<Update>> reference_sums(Update const& update) {
    auto const elements = static_cast<std::size_t>(update.rows() * update.columns());
    std::vector<SumOf<Update>> sums(elements);
    std::vector<int> calls(elements);
    reference::update(reference::Place{}, update, Record<SumOf<Update>>{sums.data(), calls.data()});
    return sums;
}

/// The sums in calls of `rows` rows, each with scratch of the size asked for, at an odd address.
template <class Update>
std::vector<SumOf<Update>> host_sums(host::Thread place, Update const& update, std::int64_t rows) {
    auto const elements = static_cast<std::size_t>(update.rows() * update.columns());
    std::vector<SumOf<Update>> sums(elements);
    std::vector<int> calls(elements);
    for (std::int64_t row = 0; row < update.rows(); row += rows) {
        std::int64_t const end = std::min(row + rows, update.rows());
        std::vector<std::byte> scratch(static_cast<std::size_t>(update_scratch_bytes(update, end - row)) + 1);
        update_rows(place, update, row, end, scratch.data() + 1, Record<SumOf<Update>>{sums.data(), calls.data()});
    }
    CHECK(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
    return sums;
}

template <class Weight>
using StreamFor = NoiseStream<std::conditional_t<std::is_same_v<Weight, float>, Gaussian, FixedPointGaussian>>;

/// Noise of a stream of the storage's usual distribution.
template <class Weight>
StreamFor<Weight> stream() {
    return {Seed(31).key(), 2};
}

/// Weights, a third of them zero.
template <class Weight>
std::vector<Weight> weights(std::int64_t directions) {
    std::vector<Weight> w;
    for (std::int64_t d = 0; d < directions; ++d) {
        auto const sign = static_cast<int>(eggroll::testing::hash(static_cast<std::uint64_t>(d)) % 3) - 1;
        w.push_back(static_cast<Weight>(std::is_same_v<Weight, float>
                                            ? static_cast<float>(sign) * (0.1f + 0.3f * static_cast<float>(d % 7))
                                            : static_cast<float>(sign)));
    }
    return w;
}

template <class Update>
void check_against_reference(Update const& update) {
    auto const expected = reference_sums(update);
    for (auto const isa : host::all_isas) {
        if (host::is_available(isa)) {
            INFO(host::name(isa) << ", " << update.rows() << " x " << update.columns() << ", directions "
                                 << update.directions);
            REQUIRE(host_sums(host::Thread{isa}, update, update.rows()) == expected);
        }
    }
}

/// The same value everywhere in a factor.
struct Constant {
    using value_type = std::int8_t;
    std::int8_t a = -127; // and of full rank
    std::int8_t b = -127;
    std::int8_t value(std::uint32_t, Factor factor, std::int64_t, std::int64_t, std::int64_t, std::int64_t) const {
        return factor == Factor::b ? b : a;
    }
};

struct Shape {
    std::int64_t out;
    std::int64_t in;
};
// Smaller than a vector, odd, over several tiles of 256 rows, 512 columns, 2048 elements.
Shape const shapes[] = {{1, 1}, {1, 17}, {9, 64}, {37, 53}, {8, 530}, {260, 5}};

} // namespace

TEMPLATE_TEST_CASE("Low-rank updates are the reference's, bit for bit", "[update]", float, std::int8_t) {
    using Source = StreamFor<TestType>;
    for (auto const [out, in] : shapes) {
        for (std::int64_t const directions : {1, 2, 7}) {
            auto const w = weights<TestType>(directions);
            for (int const rank : {1, 2, 5}) {
                check_against_reference(
                    LowRankUpdate<Source, TestType>{stream<TestType>(), 3, out, in, rank, w.data(), directions});
            }
        }
    }
}

TEMPLATE_TEST_CASE("Full-rank updates are the reference's, bit for bit", "[update]", float, std::int8_t) {
    using Source = StreamFor<TestType>;
    for (auto const [out, in] : shapes) {
        for (std::int64_t const directions : {1, 2, 7, 35}) {
            auto const w = weights<TestType>(directions);
            check_against_reference(
                FullRankUpdate<Source, TestType>{stream<TestType>(), 3, out, in, w.data(), directions});
        }
    }
}

TEMPLATE_TEST_CASE("Updates of product noise are the reference's, bit for bit", "[update]", float, std::int8_t) {
    using Source = StreamFor<TestType>;
    for (std::int64_t const length : {1, 15, 64, 1030}) {
        for (std::int64_t const directions : {1, 2, 7, 35}) {
            auto const w = weights<TestType>(directions);
            check_against_reference(
                ProductUpdate<Source, TestType>{stream<TestType>(), 3, length, w.data(), directions});
        }
    }
}

TEMPLATE_TEST_CASE("Any noise source will do", "[update]", float, std::int8_t) {
    using Source = HashNoise<TestType>;
    Source const source{.seed = 4, .extreme = true};
    auto const w = weights<TestType>(9);
    check_against_reference(LowRankUpdate<Source, TestType>{source, 3, 13, 21, 3, w.data(), 9});
    check_against_reference(FullRankUpdate<Source, TestType>{source, 3, 13, 21, w.data(), 9});
    check_against_reference(ProductUpdate<Source, TestType>{source, 3, 21, w.data(), 9});
}

TEMPLATE_TEST_CASE("Sums don't depend on the range of rows or the chunk of directions", "[update]", float,
                   std::int8_t) {
    auto const place = each_instruction_set();
    using Source = StreamFor<TestType>;
    std::int64_t const directions = 300; // two chunks of 256 terms at rank 1 or three of 128
    auto const w = weights<TestType>(directions);
    LowRankUpdate<Source, TestType> const low_rank{stream<TestType>(), 3, 70, 33, 1, w.data(), directions};
    FullRankUpdate<Source, TestType> const full_rank{stream<TestType>(), 3, 70, 33, w.data(), directions};
    auto const low_rank_sums = host_sums(place, low_rank, 70);
    auto const full_rank_sums = host_sums(place, full_rank, 70);
    for (std::int64_t const rows : {1, 7, 64}) {
        CHECK(host_sums(place, low_rank, rows) == low_rank_sums);
        CHECK(host_sums(place, full_rank, rows) == full_rank_sums);
    }
    LowRankUpdate<Source, TestType> const corner{stream<TestType>(), 3, 70, 1, 1, w.data(), directions};
    CHECK(host_sums(place, corner, 70) == reference_sums(corner));
}

TEST_CASE("Integer sums are exact at the ends of bytes and of 32 bits", "[update]") {
    auto const place = each_instruction_set();
    struct Extreme {
        std::int8_t weight;
        std::int8_t a;
    };
    auto const extreme = GENERATE(Extreme{1, 127}, Extreme{1, -127}, Extreme{-1, 127}, Extreme{-1, -127});
    auto const weight = extreme.weight;
    std::int64_t const product = extreme.weight * extreme.a * 127;
    Constant const source{.a = extreme.a, .b = 127};
    auto const low_rank = [&](std::int64_t directions, int rank) {
        std::vector<std::int8_t> const w(static_cast<std::size_t>(directions), weight);
        LowRankUpdate<Constant, std::int8_t> const update{source, 0, 3, 2, rank, w.data(), directions};
        CHECK(host_sums(place, update, 3) == std::vector<std::int64_t>(6, directions * rank * product));
    };
    low_rank(3, 1);
    low_rank(18'724, 7); // 131,068 terms, as good as all that 32 bits surely hold
    std::int64_t const directions = 280'001;
    REQUIRE(directions * 127 * 127 > std::int64_t{1} << 32);
    low_rank(directions, 1);
    std::vector<std::int8_t> const w(directions, weight);
    CHECK(host_sums(place, ProductUpdate<Constant, std::int8_t>{source, 0, 3, w.data(), directions}, 1) ==
          std::vector<std::int64_t>(3, directions * product));
    CHECK(host_sums(place, FullRankUpdate<Constant, std::int8_t>{source, 0, 1, 3, w.data(), directions}, 1) ==
          std::vector<std::int64_t>(3, directions * weight * extreme.a));
}

TEST_CASE("The estimate of a linear function's gradient is unbiased", "[update]") {
    // Weights w = f(E) with f(E) = E[1, 2]: the mean of w E is 1 there and 0 elsewhere. With 20,000 directions each
    // mean is normal with deviation below sqrt(8 / 20000) = 0.02 (rank 1: E w^2 E^2 <= 9 - 1); 12 means within 6
    // deviations fail with probability 3e-8.
    auto const place = each_instruction_set();
    std::int64_t const directions = 20'000;
    auto const source = stream<float>();
    std::vector<float> w;
    for (std::int64_t d = 0; d < directions; ++d) {
        w.push_back(source.value(3, Factor::a, d, 0, 3, 1) * source.value(3, Factor::b, d, 0, 4, 2));
    }
    auto const sums =
        host_sums(place, LowRankUpdate<StreamFor<float>, float>{source, 3, 3, 4, 1, w.data(), directions}, 3);
    for (std::size_t element = 0; element < sums.size(); ++element) {
        double const mean = static_cast<double>(sums[element]) / static_cast<double>(directions);
        CHECK(std::abs(mean - (element == 1 * 4 + 2 ? 1.0 : 0.0)) < 0.12);
    }
}
