// SPDX-License-Identifier: Apache-2.0
#include "support/instruction_sets.hpp"

#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/reference/fill.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <vector>

namespace {

namespace host = eggroll::kernels::host;
namespace reference = eggroll::kernels::reference;
using namespace eggroll;
using eggroll::testing::each_instruction_set;

/// A user's own distribution: eight bits, float.
struct Triangular {
    using value_type = float;
    static constexpr int field_bits = 8;
    static constexpr double variance = 1;
    static constexpr double kurtosis = 2.4;
    static KOKKOS_FUNCTION float value(std::uint32_t field) {
        return static_cast<float>(static_cast<int>(field & 15) - static_cast<int>(field >> 4)) * 0.15339f;
    }
};

template <class D, class S>
struct Stored {
    using Distribution = D;
    using Storage = S;
};
using AllStored =
    std::tuple<Stored<Gaussian, float>, Stored<Uniform, float>, Stored<Rademacher, float>, Stored<Triangular, float>,
               Stored<FixedPointGaussian, float>, Stored<FixedPointGaussian, std::int8_t>>;

template <class T>
struct Request {
    Factor factor = Factor::a;
    std::int64_t first_direction = 0;
    std::int64_t directions = 1;
    std::int64_t first_column = 0;
    std::int64_t columns = 1;
    std::int64_t length = 1;

    /// The noise, then a few elements that must stay as they are.
    template <class Place, class Source>
    std::vector<T> filled(Place place, Source const& source) const {
        std::vector<T> out(static_cast<std::size_t>(directions * columns * length) + 70, T{99});
        fill(place, source, 21, factor, first_direction, directions, first_column, columns, length, out.data());
        return out;
    }
};

template <class T>
bool same_bits(std::vector<T> const& x, std::vector<T> const& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

/// No stream, so element by element: float noise that names its place.
struct Coordinates {
    using value_type = float;
    KOKKOS_FUNCTION float value(std::uint32_t parameter, Factor factor, std::int64_t direction, std::int64_t column,
                                std::int64_t length, std::int64_t element) const {
        return static_cast<float>(parameter + 3 * static_cast<std::uint32_t>(factor)) +
               100.0f * static_cast<float>(direction * 1000 + column * length + element);
    }
};

/// All fields of a distribution through the values of one instruction set.
template <class Distribution>
std::vector<float> all_values(host::Isa isa) {
    using Field = host::field_type<Distribution>;
    constexpr int period = host::period_of<Field>;
    constexpr int fields = 1 << Distribution::field_bits;
    std::vector<float> out(fields);
    host::Periods<float> periods;
    alignas(64) Field chunk[host::Periods<float>::capacity][period];
    for (int first = 0; first < fields;) {
        for (periods.size = 0; periods.size < host::Periods<float>::capacity && first < fields; ++periods.size) {
            periods.out[periods.size] = out.data() + first;
            periods.count[periods.size] = period;
            for (int e = 0; e < period; ++e) {
                chunk[periods.size][e] = static_cast<Field>(first++);
            }
        }
        host::detail::store<Distribution>(host::Thread{isa}, periods, chunk);
    }
    return out;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("Every instruction set writes the reference's bits", "[fill]", AllStored) {
    using T = typename TestType::Storage;
    auto const place = each_instruction_set();
    NoiseStream<typename TestType::Distribution> const stream{Seed(0x123456789AULL).key(), 6};
    for (std::int64_t length = 1; length <= 200; ++length) {
        for (std::int64_t const columns : {1, 2, 5}) {
            Request<T> const request{.factor = columns == 2 ? Factor::b : Factor::a,
                                     .first_direction = 0xFFFFFFF0 + columns,
                                     .directions = 1 + length % 3,
                                     .first_column = length % 2,
                                     .columns = columns,
                                     .length = length};
            INFO("length " << length << ", columns " << columns);
            REQUIRE(same_bits(request.filled(place, stream), request.filled(reference::Place{}, stream)));
        }
    }
}

TEMPLATE_TEST_CASE("Every instruction set has the reference's value for every field", "[fill]", Gaussian, Uniform,
                   Rademacher, FixedPointGaussian) {
    auto const place = each_instruction_set();
    auto const values = all_values<TestType>(place.isa);
    for (std::uint32_t f = 0; f < values.size(); ++f) {
        float const expected = noise_cast<float>(TestType::value(f));
        REQUIRE(std::memcmp(&values[f], &expected, sizeof(float)) == 0);
    }
}

TEST_CASE("Lists longer than the buffer of periods are written whole", "[fill]") {
    auto const place = each_instruction_set();
    NoiseStream<Gaussian> const stream{Seed(5).key(), 1};
    Request<float> const request{.directions = 7, .first_column = 2, .columns = 3, .length = 333};
    CHECK(same_bits(request.filled(place, stream), request.filled(reference::Place{}, stream)));
}

TEST_CASE("Factors may follow different distributions", "[fill]") {
    auto const place = each_instruction_set();
    NoiseStream<Gaussian, Rademacher> const stream{Seed(5).key(), 1};
    for (Factor const factor : {Factor::a, Factor::b, Factor::full}) {
        Request<float> const request{.factor = factor, .directions = 3, .columns = 2, .length = 75};
        CHECK(same_bits(request.filled(place, stream), request.filled(reference::Place{}, stream)));
    }
}

TEST_CASE("Any source can be written", "[fill]") {
    auto const place = each_instruction_set();
    Request<float> const request{
        .factor = Factor::full, .first_direction = 4, .directions = 3, .first_column = 1, .columns = 2, .length = 9};
    auto const out = request.filled(place, Coordinates{});
    CHECK(same_bits(out, request.filled(reference::Place{}, Coordinates{})));
    CHECK(out[(2 * 2 + 1) * 9 + 8] == 27.0f + 100.0f * static_cast<float>(6 * 1000 + 2 * 9 + 8));
}

TEST_CASE("A higher rank begins with the noise of the lower ones", "[fill]") {
    auto const place = each_instruction_set();
    NoiseStream<FixedPointGaussian> const stream{Seed(5).key(), 1};
    auto const five = Request<std::int8_t>{.columns = 5, .length = 97}.filled(place, stream);
    for (std::int64_t const rank : {1, 2}) {
        auto const lower = Request<std::int8_t>{.columns = rank, .length = 97}.filled(place, stream);
        CHECK(std::equal(five.begin(), five.begin() + rank * 97, lower.begin()));
    }
}

TEST_CASE("Noise doesn't depend on the slice of directions or columns, or the part of a column", "[fill]") {
    auto const place = each_instruction_set();
    NoiseStream<Uniform> const stream{Seed(5).key(), 1};
    std::int64_t const length = 201;
    auto const whole = Request<float>{.directions = 6, .columns = 4, .length = length}.filled(place, stream);
    auto const slice =
        Request<float>{.first_direction = 2, .directions = 3, .first_column = 1, .columns = 2, .length = length}.filled(
            place, stream);
    host::ColumnPart const part{.first = 64, .elements = 130, .column_stride = 140, .direction_stride = 300};
    std::vector<float> parts(3 * 300, 0.0f);
    host::fill_part(place, stream, 21, Factor::a, 2, 3, 1, 2, length, part, parts.data());
    for (std::int64_t d = 0; d < 3; ++d) {
        for (std::int64_t c = 0; c < 2; ++c) {
            for (std::int64_t e = 0; e < length; ++e) {
                float const expected = whole[static_cast<std::size_t>(((d + 2) * 4 + c + 1) * length + e)];
                REQUIRE(slice[static_cast<std::size_t>((d * 2 + c) * length + e)] == expected);
                if (e >= part.first && e < part.first + part.elements) {
                    REQUIRE(parts[static_cast<std::size_t>(d * 300 + c * 140 + e - 64)] == expected);
                }
            }
            if (c == 0) {
                REQUIRE(parts[static_cast<std::size_t>(d * 300 + 130)] == 0.0f); // between columns
            }
        }
    }
}

TEST_CASE("Nothing is written for no directions, columns or elements", "[fill]") {
    auto const place = each_instruction_set();
    NoiseStream<Gaussian> const stream{Seed(5).key(), 1};
    for (auto const& request : {Request<float>{.directions = 0, .length = 5}, Request<float>{.columns = 0, .length = 5},
                                Request<float>{.length = 0}}) {
        for (float const element : request.filled(place, stream)) {
            CHECK(element == 99.0f);
        }
    }
}
