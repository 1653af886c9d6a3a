// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// From golden files to an EvolutionStrategy of an Egg and back: parameters, states, text, and comparisons that say
/// where the first difference is.

#include "golden.hpp"
#include "recorded_noise.hpp"
#include "routes.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/egg.hpp>
#include <eggroll/optimizer/threshold_step.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eggroll::testing {

/// The names of all golden files that begin with `prefix`, sorted.
inline std::vector<std::string> golden_names(std::string_view prefix) {
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::directory_iterator(golden_directory())) {
        if (entry.path().extension() == ".safetensors" && entry.path().stem().string().starts_with(prefix)) {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Each of these files in turn; there must be one.
inline io::SafetensorsFile each_golden(std::string_view prefix) {
    return golden(GENERATE_COPY(from_range(golden_names(prefix))));
}

/// Tensors of the two types that the files have.
inline std::span<std::int8_t const> bytes(io::SafetensorsFile const& file, std::string const& name) {
    return file.values<std::int8_t>(name);
}
inline std::span<std::int32_t const> integers(io::SafetensorsFile const& file, std::string const& name) {
    return file.values<std::int32_t>(name);
}

/// A number of the metadata.
inline std::int64_t number(io::SafetensorsFile const& file, std::string const& key) {
    return std::stoll(file.metadata(key));
}

/// A copy in another memory space, converted to T.
template <class T, class MemorySpace, class Values>
Kokkos::View<T*, MemorySpace> copy_to(Values const& values) {
    Kokkos::View<T*, MemorySpace> const view("eggroll::testing", values.size());
    auto const host = Kokkos::create_mirror_view(view);
    std::transform(values.begin(), values.end(), host.data(), [](auto value) { return static_cast<T>(value); });
    Kokkos::deep_copy(view, host);
    return view;
}

/// The contents of a View in any space; waits for the kernels that write them.
template <class View>
std::vector<typename View::non_const_value_type> values_of(View const& view) {
    auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
    return {host.data(), host.data() + host.size()};
}

/// Requires equal numbers; otherwise names the first index where they differ.
template <class Found, class Expected>
void check_equal(std::string const& what, Found const& found, Expected const& expected) {
    CAPTURE(what);
    REQUIRE(found.size() == expected.size());
    auto const same = [](auto a, auto b) { return static_cast<double>(a) == static_cast<double>(b); };
    auto const [at, instead] = std::mismatch(found.begin(), found.end(), expected.begin(), same);
    if (at != found.end()) {
        FAIL_CHECK("element " << at - found.begin() << " is " << static_cast<double>(*at) << " instead of "
                              << static_cast<double>(*instead));
    } else {
        SUCCEED();
    }
}

/// Leaves the parameters alone and keeps the votes: Z of the update, one for each parameter element. For tests that
/// only evaluate, without a place for votes.
struct KeepVotes {
    std::int64_t* votes = nullptr; // (element of the parameters)

    template <class Storage, class MemorySpace>
    class state {
    public:
        struct Rule {
            std::int64_t* votes;
            KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, std::int64_t vote) const {
                if (votes != nullptr) {
                    votes[element] = vote;
                }
                return current;
            }
        };
        state(KeepVotes const& options, std::int64_t) : votes_(options.votes) {}
        Rule rule(UpdateContext const&) const { return {votes_}; }
        template <class Visitor>
        void for_each_array(Visitor&&) const {}

    private:
        std::int64_t* votes_;
    };
};

/// The model that a golden file is about.
inline Egg egg_of(io::SafetensorsFile const& file) {
    return Egg({.layers = number(file, "layers"), .width = number(file, "hidden_dim")});
}

template <class Route, class Optimizer>
using GoldenStrategy = EvolutionStrategy<Egg, RecordedNoise<typename Route::execution_type::memory_space>, Optimizer,
                                         PairSign, typename Route::execution_type>;

/// Copies `prefix`<parameter> of the file into the strategy.
template <class Strategy>
void load_parameters(Strategy& es, io::SafetensorsFile const& file, std::string const& prefix) {
    auto const host = Kokkos::create_mirror_view(es.parameters().values());
    for (auto const& info : es.layout().parameters()) {
        auto const values = bytes(file, prefix + info.name);
        REQUIRE(static_cast<std::int64_t>(values.size()) == info.size());
        std::copy(values.begin(), values.end(), host.data() + info.offset);
    }
    Kokkos::deep_copy(es.parameters().values(), host);
    es.resume_at(es.generation());
}

/// All parameters are `prefix`<parameter> of the file.
template <class Strategy>
void check_parameters(Strategy const& es, io::SafetensorsFile const& file, std::string const& prefix) {
    auto const host = es.host_parameters();
    for (auto const& info : es.layout().parameters()) {
        check_equal(prefix + info.name, std::span(host.data() + info.offset, static_cast<std::size_t>(info.size())),
                    bytes(file, prefix + info.name));
    }
}

/// visit(host, layer): the states of all members in one layer, (member, width), on the host; written back after.
template <class Strategy, class Visitor>
void for_each_state(Strategy const& es, Visitor&& visit) {
    std::int64_t layer = 0;
    es.for_each_array([&](std::string const& name, auto const&, auto const& view) {
        if (name.starts_with("state/")) {
            auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
            visit(host.data(), layer++);
            Kokkos::deep_copy(view, host);
        }
    });
    REQUIRE(layer == es.model().options().layers);
}

/// states (member, layer, width)
template <class Strategy>
void load_states(Strategy const& es, std::span<std::int8_t const> states) {
    auto const [layers, width] = es.model().options();
    REQUIRE(static_cast<std::int64_t>(states.size()) == es.options().population * layers * width);
    for_each_state(es, [&, layers = layers, width = width](std::int8_t* state, std::int64_t layer) {
        for (std::int64_t member = 0; member < es.options().population; ++member) {
            std::copy_n(states.data() + (member * layers + layer) * width, width, state + member * width);
        }
    });
}

/// (member, layer, width)
template <class Strategy>
std::vector<std::int8_t> states_of(Strategy const& es) {
    auto const [layers, width] = es.model().options();
    std::vector<std::int8_t> states(static_cast<std::size_t>(es.options().population * layers * width));
    for_each_state(es, [&, layers = layers, width = width](std::int8_t const* state, std::int64_t layer) {
        for (std::int64_t member = 0; member < es.options().population; ++member) {
            std::copy_n(state + member * width, width, states.data() + (member * layers + layer) * width);
        }
    });
    return states;
}

/// Streams of bytes (stream, length + 1) from inputs and targets (row, length); of `rows_per_stream` rows with the
/// same bytes the first is taken.
inline std::vector<std::uint8_t> text_of(std::span<std::int32_t const> inputs, std::span<std::int32_t const> targets,
                                         std::int64_t length, std::int64_t rows_per_stream = 1) {
    std::vector<std::uint8_t> text;
    std::int64_t const rows = static_cast<std::int64_t>(inputs.size()) / length;
    for (std::int64_t row = 0; row < rows; ++row) {
        auto const at = [&](std::int64_t of_row) { return static_cast<std::size_t>(of_row * length); };
        auto const now = inputs.subspan(at(row), at(1));
        auto const next = targets.subspan(at(row), at(1));
        REQUIRE(std::equal(now.begin() + 1, now.end(), next.begin()));
        std::int64_t const first = row / rows_per_stream * rows_per_stream;
        REQUIRE(std::ranges::equal(now, inputs.subspan(at(first), at(1))));
        if (row == first) {
            std::transform(now.begin(), now.end(), std::back_inserter(text),
                           [](std::int32_t byte) { return static_cast<std::uint8_t>(byte); });
            text.push_back(static_cast<std::uint8_t>(next.back()));
        }
    }
    return text;
}

/// F of each pair, as PairSign shapes raw fitness.
inline std::vector<std::int8_t> pair_signs(std::span<double const> raw) {
    std::vector<float> weights(raw.size());
    PairSign{}(raw, {static_cast<std::int64_t>(raw.size()), true}, weights);
    std::vector<std::int8_t> signs;
    for (std::size_t member = 0; member < raw.size(); member += 2) {
        CHECK(weights[member + 1] == -weights[member]);
        signs.push_back(static_cast<std::int8_t>(weights[member]));
    }
    return signs;
}

/// Copies a row: what an objective does to keep an array of its slice, perhaps for each step.
template <class T>
struct CopyRow {
    Array2<T const> from; // (row, column)
    Array2<T> to;         // (row, column), of step 0
    Step step = {};
    std::int64_t step_stride = 0;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        for (std::int64_t column = 0; column < from.columns; ++column) {
            to(row, step * step_stride + column) = from(row, column);
        }
    }
};

/// The fitness that an objective gives to every member.
template <class MemorySpace>
class FitnessRecord {
public:
    explicit FitnessRecord(std::int64_t members) : values_("fitness record", static_cast<std::size_t>(members)) {}

    template <class Members>
    void keep(Members const& members, typename Members::fitness_type fitness) const {
        Array2<double const> const from{fitness.data, members.size(), 1, 1};
        members.for_each(members.size(),
                         CopyRow<double>{from, {values_.data() + members.begin(), members.size(), 1, 1}});
    }
    /// (member)
    std::vector<double> values() const { return values_of(values_); }

private:
    Kokkos::View<double*, MemorySpace> values_;
};

} // namespace eggroll::testing
