// SPDX-License-Identifier: Apache-2.0

#include <eggroll/initialize.hpp>
#include <eggroll/parameters.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using eggroll::Initial;
using eggroll::initialize;
using eggroll::ParameterKind;
using eggroll::ParameterLayout;
using eggroll::Parameters;

namespace {

/// A parameter's values, row by row.
template <class Storage>
std::vector<Storage> values(ParameterLayout const& layout, Parameters<Storage> const& parameters,
                            std::string const& name) {
    auto const& info = layout.find(name);
    auto const* const first = parameters.data() + info.offset;
    return {first, first + info.size()};
}

template <class Storage>
Parameters<Storage> initialized(ParameterLayout const& layout, eggroll::Seed seed) {
    Parameters<Storage> const parameters(layout);
    initialize(layout, seed, parameters);
    return parameters;
}

struct Moments {
    double mean;
    double deviation;
};
Moments moments_of(std::vector<float> const& values) {
    double sum = 0;
    double squares = 0;
    for (double const value : values) {
        sum += value;
        squares += value * value;
    }
    auto const n = static_cast<double>(values.size());
    return {sum / n, std::sqrt(squares / n - sum / n * (sum / n))};
}

} // namespace

TEST_CASE("a layout numbers its parameters and places them on cache lines", "[parameters]") {
    ParameterLayout layout;
    auto const table = layout.embedding("table", 5, 13); // 65 elements: two lines of 64
    auto const matrix = layout.matrix("matrix", 4, 16);  // 64: one
    auto const vector = layout.vector("vector", 3);      // one
    auto const last = layout.matrix("last", 1, 1);       // one
    auto const state = layout.state("hidden", 7);
    auto const second_state = layout.state("position", 1);
    CHECK(table.id == 0);
    CHECK(matrix.id == 1);
    CHECK(vector.id == 2);
    CHECK(last.id == 3);
    CHECK(table.offset == 0);
    CHECK(matrix.offset == 128);
    CHECK(vector.offset == 192);
    CHECK(last.offset == 256);
    CHECK(layout.extent() == 320);
    CHECK(layout.count() == 65 + 64 + 3 + 1);
    CHECK(state.id == 0);
    CHECK(second_state.id == 1);
    CHECK(state.length == 7);
    REQUIRE(layout.states().size() == 2);
    CHECK(layout.states()[1].name == "position");

    auto const& info = layout.find("vector");
    CHECK(info.kind == ParameterKind::vector);
    CHECK(info.out == 1);
    CHECK(info.in == 3);
    CHECK(info.offset == 192);
    CHECK(layout.find("table").kind == ParameterKind::embedding);
    CHECK(layout.find("matrix").kind == ParameterKind::matrix);

    INFO("as a tied head the table is a matrix with the same values");
    eggroll::Matrix const head = table;
    CHECK(head.id == 0);
    CHECK(head.out == 5);
    CHECK(head.in == 13);
    CHECK(head.offset == 0);
}

TEST_CASE("parameters are seen through their handles", "[parameters]") {
    ParameterLayout layout;
    layout.vector("first", 3);
    auto const matrix = layout.matrix("matrix", 2, 3);
    auto const vector = layout.vector("vector", 4);
    Parameters<float> const parameters(layout);
    CHECK(parameters.extent() == 192);
    CHECK(parameters[matrix].data == parameters.data() + 64);
    CHECK(parameters[matrix].rows == 2);
    CHECK(parameters[matrix].columns == 3);
    parameters[matrix](1, 2) = 5.0F;
    CHECK(parameters.data()[64 + 5] == 5.0F);
    CHECK(parameters[vector].rows == 1);
    CHECK(parameters[vector].columns == 4);
    CHECK(parameters[layout.find("vector")].data == parameters[vector].data);
}

TEST_CASE("what a layout refuses", "[parameters]") {
    ParameterLayout layout;
    layout.matrix("hidden.weight", 2, 3);
    layout.vector("hidden.bias", 2);
    layout.state("memory", 2);
    CHECK_THROWS_MATCHES(layout.vector("hidden.weight", 2), eggroll::Error,
                         MessageMatches(ContainsSubstring("two parameters are called \"hidden.weight\"")));
    CHECK_THROWS_MATCHES(layout.state("memory", 3), eggroll::Error,
                         MessageMatches(ContainsSubstring("two states are called \"memory\"")));
    CHECK_THROWS_MATCHES(layout.matrix("head", 0, 3), eggroll::Error,
                         MessageMatches(ContainsSubstring("\"head\" has shape (0, 3)")));
    CHECK_THROWS_MATCHES(layout.matrix("head", 2, -1), eggroll::Error,
                         MessageMatches(ContainsSubstring("\"head\" has shape (2, -1)")));
    CHECK_THROWS_AS(layout.matrix("head", 2, 0), eggroll::Error); // whose default deviation would divide by 0
    CHECK_THROWS_AS(layout.vector("bias", 0), eggroll::Error);
    CHECK_THROWS_AS(layout.embedding("table", -5, 3), eggroll::Error);
    CHECK_THROWS_MATCHES(layout.state("other", 0), eggroll::Error,
                         MessageMatches(ContainsSubstring("\"other\" has length 0")));
    CHECK_THROWS_MATCHES(
        layout.find("hidden.wieght"), eggroll::Error,
        MessageMatches(ContainsSubstring("\"hidden.wieght\"") && ContainsSubstring("hidden.weight, hidden.bias")));
    INFO("refusals leave it as it was");
    CHECK(layout.parameters().size() == 2);
    CHECK(layout.states().size() == 1);
    CHECK(layout.extent() == 128);
}

TEST_CASE("parameters begin as their layout says", "[initialize]") {
    ParameterLayout layout;
    layout.matrix("normal", 64, 64, Initial::normal(0.5F));
    layout.matrix("shifted", 64, 64, Initial{3.0F, 0.5F});
    layout.matrix("fan-in", 64, 256);
    layout.embedding("table", 64, 64);
    layout.vector("bias", 5);
    layout.vector("ones", 5, Initial::value(1.0F));
    auto const parameters = initialized<float>(layout, 1);
    auto const of = [&](char const* name) { return values(layout, parameters, name); };
    CHECK(of("bias") == std::vector<float>(5, 0.0F));
    CHECK(of("ones") == std::vector<float>(5, 1.0F));

    // Of n draws the mean deviates by deviation / sqrt(n), the deviation by deviation / sqrt(2 n): five times that.
    struct Expectation {
        char const* name;
        double mean;
        double deviation;
    };
    for (auto const& [name, mean, deviation] :
         {Expectation{"normal", 0, 0.5}, {"shifted", 3, 0.5}, {"fan-in", 0, 1 / 16.0}, {"table", 0, 1}}) {
        CAPTURE(name);
        auto const found = moments_of(of(name));
        double const root = std::sqrt(static_cast<double>(of(name).size()));
        CHECK(std::abs(found.mean - mean) < 5 * deviation / root);
        CHECK(std::abs(found.deviation - deviation) < 5 * deviation / root / std::sqrt(2.0));
    }
    INFO("rows differ");
    auto const normal = of("normal");
    CHECK_FALSE(std::equal(normal.begin(), normal.begin() + 64, normal.begin() + 64));
}

TEST_CASE("initial values follow the seed and the parameter alone", "[initialize]") {
    ParameterLayout layout;
    layout.matrix("one", 16, 16);
    layout.matrix("two", 16, 16);
    auto const first = initialized<float>(layout, 7);
    auto const again = initialized<float>(layout, 7);
    auto const other = initialized<float>(layout, 8);
    CHECK(values(layout, first, "one") == values(layout, again, "one"));
    CHECK(values(layout, first, "two") == values(layout, again, "two"));
    CHECK(values(layout, first, "one") != values(layout, first, "two"));
    CHECK(values(layout, first, "one") != values(layout, other, "one"));

    INFO("parameters that follow change nothing");
    ParameterLayout longer;
    longer.matrix("one", 16, 16);
    longer.vector("two", 3);
    CHECK(values(longer, initialized<float>(longer, 7), "one") == values(layout, first, "one"));
}

TEST_CASE("int8 parameters are the real ones in sixteenths, to nearest", "[initialize]") {
    ParameterLayout layout;
    layout.matrix("normal", 64, 64, Initial::normal(1.0F));
    layout.matrix("wide", 64, 64, Initial::normal(6.0F)); // beyond 127 / 16 for one in five
    layout.vector("ones", 4, Initial::value(1.0F));
    layout.vector("negative", 2, Initial::value(-100.0F));
    auto const stored = initialized<std::int8_t>(layout, 3);
    auto const real = initialized<float>(layout, 3);
    for (char const* const name : {"normal", "wide"}) {
        CAPTURE(name);
        auto const found = values(layout, stored, name);
        auto const wanted = values(layout, real, name);
        for (std::size_t i = 0; i < found.size(); ++i) {
            double const sixteenths = std::clamp(16.0 * static_cast<double>(wanted[i]), -127.0, 127.0);
            REQUIRE(std::abs(static_cast<double>(found[i]) - sixteenths) <= 0.5);
        }
    }
    auto const wide = values(layout, stored, "wide");
    CHECK(*std::min_element(wide.begin(), wide.end()) == -127);
    CHECK(*std::max_element(wide.begin(), wide.end()) == 127);
    CHECK(values(layout, stored, "ones") == std::vector<std::int8_t>(4, 16));
    CHECK(values(layout, stored, "negative") == std::vector<std::int8_t>(2, -127));
}
