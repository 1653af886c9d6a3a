// SPDX-License-Identifier: Apache-2.0

#include "support/spaces.hpp"
#include "support/test_noise.hpp"

#include <eggroll/kernels/device/update.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

namespace device = eggroll::kernels::device;
using namespace eggroll;
using namespace eggroll::testing;

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

/// An element's sum, its square, and how often it was asked for.
struct Measure {
    template <class Sum>
    KOKKOS_FUNCTION Kokkos::Array<double, 3> operator()(std::int64_t, Sum sum) const {
        return {static_cast<double>(sum), static_cast<double>(sum) * static_cast<double>(sum), 1.0};
    }
};

template <class T>
std::vector<T> direction_weights(std::int64_t directions) {
    std::vector<T> weights;
    for (std::int64_t d = 0; d < directions; ++d) {
        std::uint64_t const bits = hash(static_cast<std::uint64_t>(d));
        if constexpr (std::is_same_v<T, float>) {
            weights.push_back(static_cast<float>(bits >> 40) * 0x1p-23f - 1.0f);
        } else {
            weights.push_back(static_cast<T>(bits % 3) - 1);
        }
    }
    return weights;
}

/// The sums that a rule receives, with a given amount of scratch.
template <class Space, class Sum, class Update>
std::vector<Sum> sums(Update const& update, std::int64_t elements, std::size_t bytes) {
    device::On<Space> const place{Space()};
    std::vector<Sum> found(static_cast<std::size_t>(elements));
    std::vector<int> calls(found.size(), 0);
    std::vector<std::max_align_t> memory(bytes / sizeof(std::max_align_t) + 1); // no more than was asked for
    update_parameter(place, update, memory.data(), bytes, Record<Sum>{found.data(), calls.data()});
    place.space.fence("eggroll::test");
    CHECK(calls == std::vector<int>(found.size(), 1));
    return found;
}

/// What `Measure` sums over each row, with a given amount of scratch.
template <class Space, class Update>
std::vector<double> measurements(Update const& update, std::size_t bytes) {
    device::On<Space> const place{Space()};
    std::vector<double> totals(static_cast<std::size_t>(3 * update.rows()), -1.0); // (row, measurement)
    std::vector<std::max_align_t> memory(bytes / sizeof(std::max_align_t) + 1);
    measure_parameter(place, update, memory.data(), bytes, Measure{}, totals.data());
    place.space.fence("eggroll::test");
    return totals;
}

/// Compares with the sums that a rule receives, in order; the same for any scratch.
template <class Space, class Update, class Sum>
void check_measurements(Update const& update, std::vector<Sum> const& sums) {
    std::vector<double> expected;
    for (std::size_t row = 0; row < static_cast<std::size_t>(update.rows()); ++row) {
        auto const columns = static_cast<std::size_t>(update.columns());
        double total = 0;
        double squares = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            auto const sum = static_cast<double>(sums[row * columns + column]);
            total += sum;
            squares += sum * sum;
        }
        expected.insert(expected.end(), {total, squares, static_cast<double>(columns)});
    }
    std::size_t const least = device_update_minimum_bytes(update);
    for (std::size_t const bytes : {device_update_bytes(update), least, 3 * least}) {
        CHECK(measurements<Space>(update, bytes) == expected);
    }
}

/// Compares with sum_d w[d] sum_k e_k(d, element) in long double, for scratch from the minimum to plenty; all equal.
template <class Space, class T, class Update, class Noise>
void check(Update const& update, std::int64_t elements, std::int64_t terms, Noise const& noise) {
    using Sum = typename StorageTraits<T>::gradient_type;
    std::size_t const least = device_update_minimum_bytes(update);
    std::vector<Sum> const found = sums<Space, Sum>(update, elements, device_update_bytes(update));
    for (std::size_t const bytes : {least, least + 1000, 2 * least, 7 * least}) {
        CHECK(sums<Space, Sum>(update, elements, bytes) == found);
    }
    check_measurements<Space>(update, found);
    bool close = true;
    for (std::int64_t element = 0; element < elements; ++element) {
        long double sum = 0;
        long double absolute = 0;
        for (std::int64_t d = 0; d < update.directions; ++d) {
            for (std::int64_t k = 0; k < terms; ++k) {
                long double const term = static_cast<long double>(update.weights[d]) * noise(d, k, element);
                sum += term;
                absolute += std::abs(term);
            }
        }
        // A term is rounded when it is weighted and with every sum that it is in.
        long double const roundings = static_cast<long double>(update.directions * terms + 2);
        long double const tolerance = std::is_same_v<T, float> ? 2 * roundings * 0x1p-24L * absolute : 0;
        long double const distance = std::abs(static_cast<long double>(found[static_cast<std::size_t>(element)]) - sum);
        close = close && distance <= tolerance;
    }
    CHECK(close);
    CHECK_THROWS_AS((sums<Space, Sum>(update, 0, least - 1)), Error);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("device update sums low-rank noise", "[device][update]", Spaces) {
    using T = typename TestType::Storage;
    HashNoise<T> const source{21, false};
    for (auto const& [out, in] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {17, 33}, {5, 64}}) {
        for (int const rank : {1, 3}) {
            for (std::int64_t const directions : {0, 1, 37}) {
                auto const weights = direction_weights<T>(directions);
                LowRankUpdate<HashNoise<T>, T> const update{source, 6, out, in, rank, weights.data(), directions};
                check<typename TestType::Space, T>(
                    update, out * in, rank,
                    [&, in = in, out = out](std::int64_t d, std::int64_t k, std::int64_t element) {
                        return static_cast<long double>(source.value(6, Factor::a, d, k, out, element / in)) *
                               static_cast<long double>(source.value(6, Factor::b, d, k, in, element % in));
                    });
            }
        }
    }
}

TEMPLATE_LIST_TEST_CASE("device update sums noise of full rank", "[device][update]", Spaces) {
    using T = typename TestType::Storage;
    HashNoise<T> const source{22, false};
    std::int64_t const directions = 29;
    auto const weights = direction_weights<T>(directions);
    for (auto const& [out, in] : {std::pair<std::int64_t, std::int64_t>{1, 40}, {17, 33}}) {
        FullRankUpdate<HashNoise<T>, T> const update{source, 6, out, in, weights.data(), directions};
        check<typename TestType::Space, T>(
            update, out * in, 1, [&, in = in](std::int64_t d, std::int64_t, std::int64_t element) {
                return static_cast<long double>(source.value(6, Factor::full, d, element / in, in, element % in));
            });
    }
}

TEMPLATE_LIST_TEST_CASE("device update sums products of vectors", "[device][update]", Spaces) {
    using T = typename TestType::Storage;
    HashNoise<T> const source{23, false};
    std::int64_t const directions = 29;
    auto const weights = direction_weights<T>(directions);
    for (std::int64_t const length : {1, 16, 65}) {
        ProductUpdate<HashNoise<T>, T> const update{source, 6, length, weights.data(), directions};
        check<typename TestType::Space, T>(update, length, 1, [&](std::int64_t d, std::int64_t, std::int64_t element) {
            return static_cast<long double>(source.value(6, Factor::a, d, 0, length, element)) *
                   static_cast<long double>(source.value(6, Factor::b, d, 0, length, element));
        });
    }
}

TEST_CASE("device update passes 2^31 without wrapping", "[device][update]") {
    // All values +-127 with weights that undo the signs: |Z| = 127^2 directions > 2^31.
    std::int64_t const directions = 140000;
    HashNoise<std::int8_t> const source{24, true};
    std::vector<std::int8_t> weights;
    for (std::int64_t d = 0; d < directions; ++d) {
        bool const positive = source.value(6, Factor::a, d, 0, 1, 0) == source.value(6, Factor::b, d, 0, 1, 0);
        weights.push_back(positive ? 1 : -1);
    }
    LowRankUpdate<HashNoise<std::int8_t>, std::int8_t> const low{source, 6, 1, 1, 1, weights.data(), directions};
    auto const found = sums<Kokkos::Serial, std::int64_t>(low, 1, device_update_bytes(low));
    CHECK(found[0] == 127 * 127 * directions);
    ProductUpdate<HashNoise<std::int8_t>, std::int8_t> const product{source, 6, 1, weights.data(), directions};
    CHECK(sums<Kokkos::Serial, std::int64_t>(product, 1, device_update_bytes(product)) == found);
}
