// SPDX-License-Identifier: Apache-2.0

// Single operations of every route's kernels against the golden vectors.

#include <support/egg_golden.hpp>

#include <eggroll/kernels/rows/add.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <optional>

using namespace eggroll;
using namespace eggroll::testing;

namespace {

template <class T, class Space>
using Values = Kokkos::View<T*, Space>;

/// The file's int8 tensor where the route computes.
template <class Space>
Values<std::int8_t, Space> tensor(io::SafetensorsFile const& file, std::string const& name) {
    return copy_to<std::int8_t, Space>(bytes(file, name));
}

template <class T, class Space>
Values<T, Space> zeros(std::int64_t size) {
    return Values<T, Space>("zeros", static_cast<std::size_t>(size));
}

/// A View as an array (row, column).
template <class View>
auto rows_of(View const& view, std::int64_t columns) {
    auto const rows = static_cast<std::int64_t>(view.extent(0)) / columns;
    return Array2<typename View::value_type>{view.data(), rows, columns, columns};
}

std::vector<std::int8_t> transpose(std::span<std::int8_t const> matrix, std::int64_t out, std::int64_t in) {
    std::vector<std::int8_t> result; // (in, out)
    for (std::int64_t n = 0; n < in * out; ++n) {
        result.push_back(matrix[static_cast<std::size_t>(n % out * in + n / out)]);
    }
    return result;
}

/// The matrix as the route's kernels take it, packed where they want that.
template <class Route>
class RouteWeights {
public:
    RouteWeights(std::span<std::int8_t const> matrix, std::int64_t out, std::int64_t in, bool transposed)
        : values_(copy_to<std::int8_t, typename Route::execution_type::memory_space>(matrix)), weights_{values_.data(),
                                                                                                        out, in,
                                                                                                        nullptr} {
        if constexpr (PlaceTraits<typename Route::place_type>::packs_weights) {
            weights_ = packed_.emplace(weights_, transposed).weights();
        }
    }
    Weights<std::int8_t> const& operator*() const { return weights_; }

private:
    Values<std::int8_t, typename Route::execution_type::memory_space> values_;
    Weights<std::int8_t> weights_;
    std::optional<Packed<std::int8_t>> packed_;
};

/// What stands before `end` in the names that end so: "n16" for "n16/W".
std::vector<std::string> groups_of(io::SafetensorsFile const& file, std::string const& end) {
    std::vector<std::string> groups;
    for (auto const& name : file.names()) {
        if (name.ends_with(end)) {
            groups.push_back(name.substr(0, name.size() - end.size()));
        }
    }
    REQUIRE(!groups.empty());
    return groups;
}

/// The quotients of layer norm by themselves.
struct Quotient {
    std::int32_t const* numerators;
    std::int32_t mean;
    std::int8_t* quotients;
    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t i) const {
        quotients[i] = mean == 0 ? kernels::rows::quotient_by_zero(numerators[i])
                                 : kernels::rows::quotient_by_mean(numerators[i], 1.0f / static_cast<float>(mean));
    }
};

/// E[i], cut to an integer as the log-likelihood does.
struct Power {
    std::int32_t* powers;
    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t i) const {
        powers[i] = static_cast<std::int32_t>(kernels::rows::power_of_two(static_cast<int>(i)));
    }
};

struct Log2 {
    std::int32_t const* totals;
    std::int32_t* logarithms;
    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t i) const {
        logarithms[i] = kernels::rows::sixteenths_of_log2(static_cast<std::uint32_t>(totals[i]));
    }
};

} // namespace

TEMPLATE_LIST_TEST_CASE("golden: products", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const place = TestType::each_place();
    CAPTURE(TestType::description());
    auto const file = golden("egg-primitives-matmul");
    for (std::string const& n : groups_of(file, "/W")) {
        auto const matrix = bytes(file, n + "/W");
        auto const in = static_cast<std::int64_t>(file.tensor(n + "/W").shape[1]);
        auto const out = static_cast<std::int64_t>(matrix.size()) / in;
        RouteWeights<TestType> const w(matrix, out, in, false);
        RouteWeights<TestType> const transposed(transpose(matrix, out, in), in, out, true); // of the transpose
        auto const x = tensor<Space>(file, n + "/x");
        auto const features = rows_of(x, in);
        std::int64_t const rows = features.rows;

        {
            auto const y = zeros<std::int8_t, Space>(rows * out);
            linear(place, *w, Input<std::int8_t>{features, 1, 1}, MemberRows{1, 2}, NoNoise{},
                   static_cast<std::int32_t*>(nullptr), rows_of(y, out));
            check_equal(n + "/y", values_of(y), bytes(file, n + "/y"));
        }
        for (std::string const& noise : groups_of(file, ".sigma_shift")) {
            if (!noise.starts_with(n + "/")) {
                continue;
            }
            auto const a = tensor<Space>(file, noise + ".A");
            auto const b = tensor<Space>(file, noise + ".B");
            IntegerScale const scale{4 + integers(file, noise + ".sigma_shift")[0], 1};
            LowRankNoise<std::int8_t> const factors{a.data(), b.data(), 1, scale};
            LowRankNoise<std::int8_t> const swapped{b.data(), a.data(), 1, scale};
            std::vector<std::int8_t> expected; // both members of the pair
            for (char const* const end : {".y_even", ".y_odd"}) {
                std::ranges::copy(bytes(file, noise + end), std::back_inserter(expected));
            }
            // The pair shares its rows, or each member has its own (the same ones).
            for (bool const shared : {true, false}) {
                auto own = bytes(file, n + "/x");
                std::vector<std::int8_t> doubled(own.begin(), own.end());
                doubled.insert(doubled.end(), own.begin(), own.end());
                auto const all = copy_to<std::int8_t, Space>(doubled);
                Input<std::int8_t> const input{shared ? features : rows_of(all, in), rows,
                                               shared ? Input<std::int8_t>::whole_slice : 1};
                auto const scratch =
                    zeros<std::int32_t, Space>(linear_scratch(2 * rows, shared ? rows : 2 * rows, out, 1, shared));
                MemberRows const members{rows, 2};
                auto const what = noise + (shared ? ", shared rows" : ", own rows");
                auto const y = zeros<std::int8_t, Space>(2 * rows * out);
                linear(place, *w, input, members, factors, scratch.data(), rows_of(y, out));
                check_equal(what, values_of(y), expected);
                auto const z = zeros<std::int8_t, Space>(2 * rows * out);
                linear_transposed(place, *transposed, input, members, swapped, scratch.data(), rows_of(z, out));
                check_equal(what + ", transposed", values_of(z), expected);
            }
        }
    }
}

TEMPLATE_LIST_TEST_CASE("golden: perturbed vectors", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const place = TestType::each_place();
    CAPTURE(TestType::description());
    auto const file = golden("egg-primitives-vector");
    std::string const stem = "shift";
    for (std::string const& group : groups_of(file, "/value")) {
        auto const value = tensor<Space>(file, group + "/value");
        auto const first = tensor<Space>(file, group + "/u1");
        auto const second = tensor<Space>(file, group + "/u2");
        VectorNoise<std::int8_t> const noise{first.data(), second.data(),
                                             IntegerScale{4 + std::stoi(group.substr(stem.size())), 1}};
        auto const length = static_cast<std::int64_t>(value.extent(0));
        auto const out = zeros<std::int8_t, Space>(2 * length);
        perturb_vector(place, static_cast<std::int8_t const*>(value.data()), MemberRows{1, 2}, noise,
                       rows_of(out, length));
        auto const found = values_of(out);
        std::span const both(found);
        auto const middle = static_cast<std::size_t>(length);
        check_equal(group + " even", both.first(middle), bytes(file, group + "/effective_even"));
        check_equal(group + " odd", both.last(middle), bytes(file, group + "/effective_odd"));
    }
}

TEMPLATE_LIST_TEST_CASE("golden: layer norm", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const place = TestType::each_place();
    CAPTURE(TestType::description());
    auto const file = golden("egg-primitives-layernorm");
    for (std::string const& n : groups_of(file, "/weight")) {
        auto const columns = static_cast<std::int64_t>(file.tensor(n + "/x").shape[1]);
        auto const x = tensor<Space>(file, n + "/x");
        auto const weight = tensor<Space>(file, n + "/weight");
        auto const y = zeros<std::int8_t, Space>(static_cast<std::int64_t>(x.extent(0)));
        auto const rows = rows_of(x, columns);
        for_each_row(place, rows.rows,
                     kernels::rows::IntegerLayerNorm{rows, rows_of(weight, columns), 1, rows_of(y, columns)});
        check_equal(n, values_of(y), bytes(file, n + "/y"));
        // In place, as y may be x.
        for_each_row(place, rows.rows, kernels::rows::IntegerLayerNorm{rows, rows_of(weight, columns), 1, rows});
        check_equal(n + " in place", values_of(x), bytes(file, n + "/y"));
    }

    auto const numerators = copy_to<std::int32_t, Space>(integers(file, "division/numerator"));
    auto const count = static_cast<std::int64_t>(numerators.extent(0));
    std::string const stem = "division/by_";
    int divisors = 0;
    for (std::string const& name : file.names()) {
        if (name.starts_with(stem)) {
            auto const quotients = zeros<std::int8_t, Space>(count);
            for_each_row(place, count,
                         Quotient{numerators.data(), std::stoi(name.substr(stem.size())), quotients.data()});
            check_equal(name, values_of(quotients), bytes(file, name));
            ++divisors;
        }
    }
    CHECK(divisors > 0);
}

TEMPLATE_LIST_TEST_CASE("golden: recurrent cell", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const place = TestType::each_place();
    CAPTURE(TestType::description());
    auto const file = golden("egg-primitives-gru");
    auto const f = tensor<Space>(file, "f");
    auto const h = tensor<Space>(file, "h");
    // The same values as long rows and as short ones, which end within a register.
    std::int64_t const width = GENERATE(4096, 20);
    REQUIRE(f.extent(0) % static_cast<std::size_t>(width) == 0);
    auto const gate = rows_of(f, width);
    auto const candidate = rows_of(h, width);

    auto const s = tensor<Space>(file, "s");
    for_each_row(place, gate.rows, kernels::rows::BlendState{gate, candidate, rows_of(s, width)});
    check_equal("out", values_of(s), bytes(file, "out"));

    auto const gated_s = tensor<Space>(file, "s");
    auto const state = rows_of(gated_s, width);
    auto const q = zeros<std::int8_t, Space>(static_cast<std::int64_t>(f.extent(0)));
    auto const sum = rows_of(q, width);
    for_each_row(place, gate.rows, kernels::rows::GatedState{gate, state, sum});
    for_each_row(place, gate.rows, kernels::rows::Add<std::int8_t>{sum, candidate, sum});
    for_each_row(place, gate.rows, kernels::rows::BlendState{gate, sum, state});
    check_equal("out_gated", values_of(gated_s), bytes(file, "out_gated"));
}

TEMPLATE_LIST_TEST_CASE("golden: log-likelihood", "[golden]", Routes) {
    using Space = typename TestType::execution_type::memory_space;
    auto const place = TestType::each_place();
    CAPTURE(TestType::description());
    auto const file = golden("egg-primitives-loss");

    auto const powers = zeros<std::int32_t, Space>(256);
    for_each_row(place, 256, Power{powers.data()});
    check_equal("exp2", values_of(powers), integers(file, "exp2/value"));

    // Entry k of the table belongs to the total k + 1. Totals are sums of 256 powers, each at least 16, so the first 15
    // entries, which are negative, are never read.
    std::vector<std::int32_t> totals;
    std::vector<std::int32_t> expected;
    auto const expect = [&](std::int32_t index, std::int32_t value) {
        if (index >= 15) {
            totals.push_back(index + 1);
            expected.push_back(value);
        }
    };
    auto const indices = integers(file, "log2/index");
    auto const values = integers(file, "log2/value");
    for (std::size_t i = 0; i < indices.size(); ++i) {
        expect(indices[i], values[i]);
    }
    auto const first_indices = integers(file, "log2/first_index");
    auto const first_values = integers(file, "log2/first_value");
    for (std::size_t i = 1; i < first_indices.size(); ++i) {
        expect(first_indices[i], first_values[i]);
        expect(first_indices[i] - 1, first_values[i - 1]);
    }
    CHECK(totals.size() > indices.size());
    auto const device_totals = copy_to<std::int32_t, Space>(totals);
    auto const logarithms = zeros<std::int32_t, Space>(static_cast<std::int64_t>(totals.size()));
    for_each_row(place, static_cast<std::int64_t>(totals.size()), Log2{device_totals.data(), logarithms.data()});
    check_equal("log2", values_of(logarithms), expected);

    auto const logits = tensor<Space>(file, "logits");
    auto const targets = copy_to<std::uint8_t, Space>(integers(file, "targets"));
    auto const rows = rows_of(logits, Egg::alphabet);
    auto const sums = zeros<std::int64_t, Space>(rows.rows);
    kernels::rows::LogLikelihood const likelihood{rows, Input<std::uint8_t>{rows_of(targets, 1), 1, 1}, sums.data(),
                                                  nullptr};
    for_each_row(place, rows.rows, likelihood);
    check_equal("ll", values_of(sums), integers(file, "ll"));
}
