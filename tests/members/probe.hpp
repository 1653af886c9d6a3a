// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Every operation of Members on every route, against the oracle.

#include "probe_oracle.hpp"

#include <eggroll/members/host_slices.hpp>
#include <eggroll/members/whole_population.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace eggroll::testing {

/// Which rows of the data the members read.
enum class RowMap { per_member, per_group, shared };

/// A population and the rows of its data.
struct ProbeCase {
    RowMap map = RowMap::per_member;
    std::int64_t rows_per_member = 1;

    static constexpr std::int64_t population = 24;
    static constexpr std::int64_t group_size = 8;

    KOKKOS_FUNCTION std::int64_t data_row(std::int64_t member, std::int64_t row) const {
        std::int64_t const block =
            map == RowMap::shared ? 0 : (map == RowMap::per_group ? member / group_size : member);
        return block * rows_per_member + row;
    }
    std::int64_t data_rows() const { return data_row(population - 1, rows_per_member - 1) + 1; }
};

/// What the operations gave, (member x row, column) each.
template <class Value>
struct Recorded {
    std::vector<Value> linear;            // out
    std::vector<Value> linear_bias;       // out
    std::vector<Value> linear_transposed; // in
    std::vector<Value> embedding;         // in
    std::vector<Value> vector;            // (member, in)
    std::vector<Value> add;               // in
    friend bool operator==(Recorded const&, Recorded const&) = default;
};

/// Copies rows.
template <class Value>
struct CopyRow {
    Array2<Value const> from;
    Value* to;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        for (std::int64_t column = 0; column < from.columns; ++column) {
            to[row * from.columns + column] = from(row, column);
        }
    }
};

/// The oracle's parameters and noise, and data.
template <class Storage, class Perturbation>
class Probe {
public:
    using Value = ValueOf<Storage>;

    /// Rows of the data, in the members' order. (Public because nvcc wants a kernel's functor so.)
    struct Gather {
        Value const* data;
        ProbeCase map;
        std::int64_t first;
        Array2<Value> y;
        KOKKOS_FUNCTION void operator()(std::int64_t row) const {
            std::int64_t const from = map.data_row(first + row / map.rows_per_member, row % map.rows_per_member);
            for (std::int64_t column = 0; column < y.columns; ++column) {
                y(row, column) = data[from * y.columns + column];
            }
        }
    };

    Probe(Perturbation const& perturbation, ProbeCase const& probe_case, bool mean)
        : oracle_(perturbation, mean), case_(probe_case), wide_(numbers<Value>(model_.in, 90)),
          narrow_(numbers<Value>(model_.out, 90)), tokens_(numbers<std::uint8_t>(1, model_.tokens)) {}

    /// Every parameter becomes what `Other` storage would keep of it.
    template <class Other>
    void round_parameters_to() {
        oracle_.template round_parameters_to<Other>();
    }

    /// All operations by the runner of an execution policy; the first direction of every `baseline_period` members
    /// unperturbed, unless that is 0.
    template <class Execution>
    Recorded<Value> run(Execution const& execution, std::int64_t baseline_period = 0) const {
        auto noise = oracle_.noise();
        noise.baseline_period = baseline_period;
        typename Execution::template runner_type<Storage, Perturbation> runner(execution, model_.layout,
                                                                               oracle_.parameters().data());
        using Members = typename Execution::template members_type<Storage, Perturbation>;
        std::int64_t const rows = case_.population * case_.rows_per_member;
        Recorded<Value> result{values(rows * model_.out),
                               values(rows * model_.out),
                               values(rows * model_.in),
                               values(rows * model_.in),
                               values(case_.population * model_.in),
                               values(rows * model_.in)};
        auto objective = [&](Members const& members, Fitness) {
            auto const record = [&](Array2<Value const> y, std::vector<Value>& into) {
                std::int64_t const first = members.begin() * (y.rows / members.size());
                members.for_each(y.rows, CopyRow<Value>{y, into.data() + first * y.columns});
            };
            auto const compute = [&](auto const& wide, auto const& narrow, auto const& tokens) {
                record(members.linear(model_.weight, wide), result.linear);
                record(members.linear(model_.weight, model_.bias, wide), result.linear_bias);
                record(members.linear_transposed(model_.weight, narrow), result.linear_transposed);
                record(members.embedding(model_.table, tokens), result.embedding);
                record(members.vector(model_.gain), result.vector);
                auto const y = members.template array<Value>(members.size() * case_.rows_per_member, model_.in);
                members.for_each(y.rows, Gather{wide_.data(), case_, members.begin(), y});
                members.add(model_.gain, y);
                record(y, result.add);
            };
            auto const x = rows_of(wide_, model_.in);
            auto const z = rows_of(narrow_, model_.out);
            auto const t = rows_of(tokens_, 1);
            if (case_.map == RowMap::shared) {
                compute(members.shared(x), members.shared(z), members.shared(t));
            } else if (case_.map == RowMap::per_group) {
                compute(members.per_group(x), members.per_group(z), members.per_group(t));
            } else {
                auto const own = [&](auto data) {
                    return decltype(data){data.row(members.begin() * case_.rows_per_member),
                                          members.size() * case_.rows_per_member, data.columns, data.stride};
                };
                compute(own(x), own(z), own(t));
            }
        };
        std::vector<Value*> const no_states;
        std::vector<double> fitness(case_.population);
        runner.evaluate(objective,
                        {&noise, case_.population, case_.group_size, oracle_.mean(), &no_states, fitness.data()});
        return result;
    }

    /// Compares with the oracle, element by element.
    void check(Recorded<Value> const& found) const {
        std::int64_t const last = case_.rows_per_member;
        for (std::int64_t member = 0; member < case_.population; ++member) {
            for (std::int64_t column = 0; column < model_.in; ++column) {
                compare("vector", found.vector, member, model_.in, column, oracle_.vector(model_.gain, member, column));
            }
            for (std::int64_t row = 0; row < last; ++row) {
                std::int64_t const at = member * last + row;
                std::int64_t const data_row = case_.data_row(member, row);
                auto const* const x = wide_.data() + data_row * model_.in;
                auto const* const z = narrow_.data() + data_row * model_.out;
                std::int64_t const token = tokens_[static_cast<std::size_t>(data_row)];
                for (std::int64_t i = 0; i < model_.out; ++i) {
                    auto const y = oracle_.template product<false>(member, x, i);
                    compare("linear", found.linear, at, model_.out, i, y);
                    compare("linear with bias", found.linear_bias, at, model_.out, i,
                            oracle_.sum(y, oracle_.vector(model_.bias, member, i)));
                }
                for (std::int64_t j = 0; j < model_.in; ++j) {
                    compare("linear_transposed", found.linear_transposed, at, model_.in, j,
                            oracle_.template product<true>(member, z, j));
                    compare("embedding", found.embedding, at, model_.in, j, oracle_.embedded(member, token, j));
                    compare("add", found.add, at, model_.in, j,
                            oracle_.sum({static_cast<double>(x[j]), 0}, oracle_.vector(model_.gain, member, j)));
                }
            }
        }
    }

private:
    static std::vector<Value> values(std::int64_t count) {
        return std::vector<Value>(static_cast<std::size_t>(count), Value{99});
    }
    /// Any numbers: int8 within [-limit, limit], bytes below it, floats within [-1, 1].
    template <class T>
    std::vector<T> numbers(std::int64_t columns, std::int64_t limit) const {
        std::vector<T> result(static_cast<std::size_t>(case_.data_rows() * columns));
        std::uint32_t state = 12345;
        for (auto& value : result) {
            state = state * 1664525u + 1013904223u;
            auto const drawn = static_cast<std::int64_t>(state >> 8);
            if constexpr (std::is_same_v<T, float>) {
                value = static_cast<float>(drawn) * 0x1p-23F - 1.0F;
            } else if constexpr (std::is_same_v<T, std::int8_t>) {
                value = static_cast<T>(drawn % (2 * limit + 1) - limit);
            } else {
                value = static_cast<T>(drawn % limit);
            }
        }
        return result;
    }
    template <class T>
    Array2<T const> rows_of(std::vector<T> const& data, std::int64_t columns) const {
        return {data.data(), case_.data_rows(), columns, columns};
    }

    static void compare(char const* operation, std::vector<Value> const& found, std::int64_t row, std::int64_t columns,
                        std::int64_t column, ExpectedValue const& expected) {
        auto const value = static_cast<double>(found[static_cast<std::size_t>(row * columns + column)]);
        if (!(std::abs(value - expected.value) <= expected.tolerance)) { // so that NaN differs
            CAPTURE(operation, row, column, value, expected.value, expected.tolerance);
            FAIL_CHECK("differs from the oracle");
        }
    }

    Oracle<Storage, Perturbation> oracle_;
    ProbeModel<Storage> const& model_ = oracle_.model();
    ProbeCase case_;
    std::vector<Value> wide_;          // (data row, in)
    std::vector<Value> narrow_;        // (data row, out)
    std::vector<std::uint8_t> tokens_; // (data row)
};

/// All routes, maps and cuts for one perturbation. int8: all routes give the same; float: all agree with the oracle,
/// and a route with itself however the population is cut.
template <class Storage, class Perturbation>
void check_operations(Perturbation const& perturbation) {
    using Serial = Kokkos::Serial;
    using Threads = Kokkos::DefaultHostExecutionSpace;
    using Device = Kokkos::DefaultExecutionSpace;
    for (auto const map : {RowMap::per_member, RowMap::per_group, RowMap::shared}) {
        for (std::int64_t const rows_per_member : {1, 3}) {
            for (bool const mean : {false, true}) {
                CAPTURE(static_cast<int>(map), rows_per_member, mean);
                Probe<Storage, Perturbation> const probe(perturbation, {map, rows_per_member}, mean);
                auto const all = probe.run(HostSlices<Serial>{.workers = 1, .slice_members = 0});
                probe.check(all);
                auto const reference = probe.run(HostSlices<Serial, kernels::reference::Place>{});
                probe.check(reference);
                auto const serial = probe.run(WholePopulation<Serial>{});
                probe.check(serial);
                auto const chunks = probe.run(WholePopulation<Device>{});
                probe.check(chunks);
                if constexpr (std::is_same_v<Storage, std::int8_t>) {
                    CHECK(all == reference);
                    CHECK(all == serial);
                }
                if (std::is_same_v<Device, Threads> || std::is_same_v<Storage, std::int8_t>) {
                    CHECK(chunks == serial); // a GPU contracts floats differently
                }
                // Slices of a pair, of a part of a group that doesn't divide it, of a group, of several.
                for (std::int64_t const members : {2, 6, 8, 16}) {
                    CAPTURE(members);
                    CHECK(probe.run(HostSlices<Threads>{.workers = 2, .slice_members = members}) == all);
                    CHECK(probe.run(WholePopulation<Device>{.chunk_members = members}) == chunks);
                }
            }
        }
    }
}

/// All routes and maps for parameters in a 16-bit storage: bit for bit what float storage gives whose parameters were
/// rounded to 16 bits beforehand, because nothing but the parameters has 16 bits.
template <class Storage, class Perturbation>
void check_as_rounded_float(Perturbation const& perturbation) {
    using Threads = Kokkos::DefaultHostExecutionSpace;
    for (auto const map : {RowMap::per_member, RowMap::per_group, RowMap::shared}) {
        for (bool const mean : {false, true}) {
            CAPTURE(static_cast<int>(map), mean);
            Probe<Storage, Perturbation> const stored(perturbation, {map, 3}, mean);
            Probe<float, Perturbation> rounded(perturbation, {map, 3}, mean);
            HostSlices<Threads> const slices{.workers = 2, .slice_members = 6};
            HostSlices<Threads, kernels::reference::Place> const reference{.workers = 2, .slice_members = 6};
            WholePopulation<Kokkos::DefaultExecutionSpace> const chunks{.chunk_members = 16};
            auto const found = stored.run(slices);
            stored.check(found);
            auto const unrounded = rounded.run(slices);
            CHECK(found.linear != unrounded.linear);
            CHECK(found.embedding != unrounded.embedding);
            rounded.template round_parameters_to<Storage>();
            CHECK(found == rounded.run(slices));
            CHECK(stored.run(reference) == rounded.run(reference));
            CHECK(stored.run(chunks) == rounded.run(chunks));
        }
    }
}

} // namespace eggroll::testing
