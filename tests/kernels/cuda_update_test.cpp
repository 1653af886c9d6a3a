// SPDX-License-Identifier: Apache-2.0
// The update in thread blocks against sums in long double: integers exactly, floats within the bound that
// kernels/cuda/update/components.hpp derives; the same bits for any scratch.

#include "support/emulated_gpu.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::testing;

/// +-127, the largest noise there is.
struct Extreme {
    using value_type = std::int8_t;
    static constexpr int field_bits = 8;
    static constexpr double variance = 127.0 * 127.0;
    static constexpr double kurtosis = 1;
    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        return static_cast<std::int8_t>((field & 1) != 0 ? 127 : -127);
    }
};

template <class A, class B, class W>
struct Case {
    using DistributionA = A;
    using DistributionB = B;
    using Source = NoiseStream<A, B>;
    using Weight = W;
};

/// Records what it is given, and how often.
template <class Sum>
struct Record {
    Sum* sums;
    int* calls;
    KOKKOS_FUNCTION void operator()(std::int64_t element, Sum sum) const {
        sums[element] = sum;
        ++calls[element];
    }
};

/// The same by the interface of rules that load first; moves elements by their sum's sign.
template <class Sum>
struct RecordLoaded {
    using loaded_type = int;
    Record<Sum> record;
    Tally* tally;
    KOKKOS_FUNCTION int load(std::int64_t element) const { return record.calls[element]; }
    KOKKOS_FUNCTION double apply(std::int64_t element, int calls, Sum sum) const {
        record(element, sum);
        record.calls[element] += 10 * calls;
        return sum > 0 ? 0.5 : 0.0;
    }
    KOKKOS_FUNCTION Tally* total() const { return tally; }
};

/// Multiples of 1/64 times 2^20 with a few tiny ones, some zero; or votes.
template <class Weight>
std::vector<Weight> direction_weights(std::int64_t directions) {
    std::vector<Weight> weights;
    std::uint32_t bits = 12345;
    for (std::int64_t d = 0; d < directions; ++d) {
        bits = bits * 1664525u + 1013904223u;
        if constexpr (std::is_same_v<Weight, float>) {
            weights.push_back(static_cast<float>(static_cast<int>(bits >> 24) - 128) * 0x1p14F);
        } else {
            weights.push_back(static_cast<Weight>((bits >> 16) % 3) - 1);
        }
    }
    return weights;
}

/// Scratch of exactly so many bytes, as aligned as kernels want it.
class Memory {
public:
    explicit Memory(std::size_t bytes) : blocks_((bytes + 63) / 64) {}
    void* data() { return blocks_.data(); }

private:
    struct alignas(64) Block {
        std::byte bytes[64];
    };
    std::vector<Block> blocks_;
};

/// The sums that a rule receives, with a given amount of scratch.
template <class Update>
auto sums_of(Update const& update, std::size_t bytes) {
    using Sum = UpdateSum<typename Update::weight_type>;
    auto const elements = static_cast<std::size_t>(update.rows() * update.columns());
    std::vector<Sum> found(elements);
    std::vector<int> calls(elements, 0);
    Memory memory(bytes);
    update_parameter(EmulatedGpu{}, update, memory.data(), bytes, Record<Sum>{found.data(), calls.data()});
    CHECK(calls == std::vector<int>(elements, 1));
    return found;
}

template <class Weight>
long double noise_value(auto const& source, Factor factor, std::int64_t d, std::int64_t column, std::int64_t length,
                        std::int64_t element) {
    return static_cast<long double>(noise_cast<Weight>(source.value(6, factor, d, column, length, element)));
}

/// first element whose sum isn't within `relative` sum |w e| of sum w e, e(direction, component, row, column), or -1.
template <class Update, class Sum, class Noise>
std::int64_t first_difference(Update const& update, std::vector<Sum> const& found, std::int64_t terms,
                              long double relative, Noise const& noise) {
    for (std::int64_t element = 0; element < update.rows() * update.columns(); ++element) {
        long double sum = 0;
        long double absolute = 0;
        for (std::int64_t d = 0; d < update.directions; ++d) {
            for (std::int64_t k = 0; k < terms; ++k) {
                long double const term = static_cast<long double>(update.weights[d]) *
                                         noise(d, k, element / update.columns(), element % update.columns());
                sum += term;
                absolute += std::abs(term);
            }
        }
        auto const distance = std::abs(static_cast<long double>(found[static_cast<std::size_t>(element)]) - sum);
        if (!(distance <= relative * absolute)) {
            return element;
        }
    }
    return -1;
}

/// Factors rounded to half, unless they are exact in it, and float sums of `count` terms, which tensor cores may cut
/// instead of rounding them: 2^-23 each.
template <class Weight>
long double product_bound(std::int64_t count) {
    return std::is_same_v<Weight, float> ? 0x1p-10L + 0x1p-21L + static_cast<long double>(count) * 0x1p-23L : 0;
}

/// An element's sum, its square, and how often it was asked for.
struct Measure {
    template <class Sum>
    KOKKOS_FUNCTION Kokkos::Array<double, 3> operator()(std::int64_t, Sum sum) const {
        return {static_cast<double>(sum), static_cast<double>(sum) * static_cast<double>(sum), 1.0};
    }
};

/// Measurements are the sums of what rules receive, in the columns' order.
template <class Update, class Sum>
void check_measurements(Update const& update, std::vector<Sum> const& found, std::size_t bytes) {
    std::vector<double> expected;
    auto const columns = static_cast<std::size_t>(update.columns());
    for (std::size_t row = 0; row < static_cast<std::size_t>(update.rows()); ++row) {
        double total = 0;
        double squares = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            auto const sum = static_cast<double>(found[row * columns + column]);
            total += sum;
            squares += sum * sum;
        }
        expected.insert(expected.end(), {total, squares, static_cast<double>(columns)});
    }
    std::vector<double> totals(expected.size(), -1.0); // (row, measurement)
    Memory memory(bytes);
    measure_parameter(EmulatedGpu{}, update, memory.data(), bytes, Measure{}, totals.data());
    CHECK(totals == expected);
}

/// The other interface of rules: the same sums, and a tally of all elements that is added to what was there.
template <class Update, class Sum>
void check_loading_rule(Update const& update, std::vector<Sum> const& found, std::size_t bytes) {
    std::vector<Sum> sums(found.size());
    std::vector<int> calls(found.size(), 3);
    Memory memory(bytes);
    Tally tally{100, 1.0};
    update_parameter(EmulatedGpu{}, update, memory.data(), bytes,
                     RecordLoaded<Sum>{{sums.data(), calls.data()}, &tally});
    CHECK(sums == found);
    CHECK(calls == std::vector<int>(found.size(), 34)); // loaded before it was called once
    auto const moved = std::count_if(found.begin(), found.end(), [](Sum sum) { return sum > 0; });
    CHECK(tally.moved == 100 + moved);
    CHECK(tally.squares == 1.0 + 0.25 * static_cast<double>(moved));
}

/// Everything about one update: `terms`, `relative` and `noise` as for first_difference.
template <class Update, class Noise>
void check(Update const& update, std::int64_t terms, long double relative, Noise const& noise) {
    CAPTURE(update.rows(), update.columns(), terms, update.directions);
    std::size_t const least = kernels::cuda::update_minimum_bytes(update);
    std::size_t const plenty = update_bytes(EmulatedGpu{}, update);
    auto const found = sums_of(update, plenty);
    CHECK(first_difference(update, found, terms, relative, noise) == -1);
    CHECK(sums_of(update, least) == found);
    CHECK(sums_of(update, 2 * least) == found);
    CHECK_THROWS_AS(sums_of(update, least - 1), Error);
    check_loading_rule(update, found, plenty);
    check_measurements(update, found, least + static_cast<std::size_t>(kernels::cuda::slab_bytes(update)));
}

template <class TestType>
void check_low_rank(std::int64_t out, std::int64_t in, int rank, std::int64_t directions) {
    using Weight = typename TestType::Weight;
    using Source = typename TestType::Source;
    Source const source{Seed(11).key(), 3, NoiseDomain::perturbation};
    auto const weights = direction_weights<Weight>(directions);
    check(LowRankUpdate<Source, Weight>{source, 6, out, in, rank, weights.data(), directions}, rank,
          product_bound<Weight>(directions * rank),
          [&](std::int64_t d, std::int64_t k, std::int64_t i, std::int64_t j) {
              return noise_value<Weight>(source, Factor::a, d, k, out, i) *
                     noise_value<Weight>(source, Factor::b, d, k, in, j);
          });
}

/// A term is rounded when it is weighted and with every sum that it is in.
template <class Weight>
long double chain_bound(std::int64_t directions) {
    return std::is_same_v<Weight, float> ? static_cast<long double>(directions + 4) * 0x1p-23L : 0;
}

using Cases = std::tuple<Case<Gaussian, Gaussian, float>, Case<Uniform, Rademacher, float>,
                         Case<FixedPointGaussian, FixedPointGaussian, std::int8_t>>;

} // namespace

TEMPLATE_LIST_TEST_CASE("the emulated GPU sums low-rank noise", "[cuda][update]", Cases) {
    check_low_rank<TestType>(5, 3, 1, 0);
    check_low_rank<TestType>(1, 130, 2, 1);
    check_low_rank<TestType>(150, 40, 3, 25);
}

TEMPLATE_TEST_CASE("the emulated GPU sums segments of directions in order", "[cuda][update]",
                   (Case<Gaussian, Gaussian, float>), (Case<FixedPointGaussian, FixedPointGaussian, std::int8_t>)) {
    using Weight = typename TestType::Weight;
    using Source = typename TestType::Source;
    Source const source{Seed(12).key(), 3, NoiseDomain::perturbation};
    std::int64_t const directions = 2100;
    auto const weights = direction_weights<Weight>(directions);
    LowRankUpdate<Source, Weight> const update{source, 6, 3, 5, 1, weights.data(), directions};
    std::size_t const least = kernels::cuda::update_minimum_bytes(update);
    auto const found = sums_of(update, update_bytes(EmulatedGpu{}, update));
    CHECK(first_difference(update, found, 1, product_bound<Weight>(directions),
                           [&](std::int64_t d, std::int64_t, std::int64_t i, std::int64_t j) {
                               return noise_value<Weight>(source, Factor::a, d, 0, 3, i) *
                                      noise_value<Weight>(source, Factor::b, d, 0, 5, j);
                           }) == -1);
    CHECK(sums_of(update, least) == found);
}

TEMPLATE_LIST_TEST_CASE("the emulated GPU sums noise of full rank", "[cuda][update]", Cases) {
    using Weight = typename TestType::Weight;
    using Source = typename TestType::Source;
    Source const source{Seed(13).key(), 3, NoiseDomain::perturbation};
    std::int64_t const directions = GENERATE(0, 1, 2500);
    auto const weights = direction_weights<Weight>(directions);
    std::int64_t const in = directions > 1 ? 7 : 131;
    check(FullRankUpdate<Source, Weight>{source, 6, 3, in, weights.data(), directions}, 1,
          chain_bound<Weight>(directions), [&](std::int64_t d, std::int64_t, std::int64_t i, std::int64_t j) {
              return noise_value<Weight>(source, Factor::full, d, i, in, j);
          });
}

TEMPLATE_TEST_CASE("the emulated GPU sums products of vectors", "[cuda][update]", (Case<Gaussian, Gaussian, float>),
                   (Case<Gaussian, Uniform, float>), (Case<FixedPointGaussian, FixedPointGaussian, std::int8_t>)) {
    using Weight = typename TestType::Weight;
    using Source = typename TestType::Source;
    Source const source{Seed(14).key(), 3, NoiseDomain::perturbation};
    std::int64_t const directions = GENERATE(1, 2500);
    auto const weights = direction_weights<Weight>(directions);
    std::int64_t const length = directions > 1 ? 5 : 131;
    check(ProductUpdate<Source, Weight>{source, 6, length, weights.data(), directions}, 1,
          chain_bound<Weight>(directions), [&](std::int64_t d, std::int64_t, std::int64_t, std::int64_t j) {
              return noise_value<Weight>(source, Factor::a, d, 0, length, j) *
                     noise_value<Weight>(source, Factor::b, d, 0, length, j);
          });
}

TEST_CASE("the emulated GPU passes 2^31 without wrapping", "[cuda][update]") {
    // All values +-127 with weights that undo the signs: |Z| = 127^2 directions > 2^31.
    using Source = NoiseStream<Extreme>;
    using Update = ProductUpdate<Source, std::int8_t>;
    Source const source{Seed(16).key(), 3, NoiseDomain::perturbation};
    std::int64_t const directions = 140000;
    std::vector<std::int8_t> weights;
    for (std::int64_t d = 0; d < directions; ++d) {
        bool const positive = source.value(6, Factor::a, d, 0, 1, 0) == source.value(6, Factor::b, d, 0, 1, 0);
        weights.push_back(positive ? 1 : -1);
    }
    Update const update{source, 6, 1, weights.data(), directions};
    for (std::size_t const bytes : {kernels::cuda::update_minimum_bytes(update), update_bytes(EmulatedGpu{}, update)}) {
        CHECK(sums_of(update, bytes)[0] == 127 * 127 * directions);
    }
}

TEST_CASE("products of vectors with fields of two widths run as the generic kernel", "[cuda][update]") {
    using Source = NoiseStream<Uniform, Rademacher>;
    using Update = ProductUpdate<Source, float>;
    static_assert(!kernels::cuda::block_update<Update>);
    Source const source{Seed(15).key(), 3, NoiseDomain::perturbation};
    auto const weights = direction_weights<float>(9);
    Update const update{source, 6, 70, weights.data(), 9};
    auto const found = sums_of(update, update_bytes(EmulatedGpu{}, update));
    CHECK(first_difference(update, found, 1, chain_bound<float>(9),
                           [&](std::int64_t d, std::int64_t, std::int64_t, std::int64_t j) {
                               return noise_value<float>(source, Factor::a, d, 0, 70, j) *
                                      noise_value<float>(source, Factor::b, d, 0, 70, j);
                           }) == -1);
}
