// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A float model with a parameter of each kind and a state, strategies of it, and objectives for them.

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace eggroll::testing {

struct Toy {
    using storage_type = float;
    static constexpr std::int64_t out = 3;
    static constexpr std::int64_t in = 4;
    static constexpr std::int64_t tokens = 5;

    ParameterLayout layout;
    Matrix weight;
    Vector bias;
    Embedding table;
    State memory;

    explicit Toy(Initial begin = Initial::normal(0.5F))
        : weight(layout.matrix("weight", out, in, begin)), bias(layout.vector("bias", out, begin)),
          table(layout.embedding("table", tokens, in, begin)), memory(layout.state("memory", 2)) {}
};

/// One type for all objectives, so that a strategy's step is compiled once.
template <class Strategy>
using ObjectiveOf = std::function<void(typename Strategy::members_type const&, Fitness)>;

/// All parameters' stored elements in the layout's order.
template <class Strategy>
std::vector<typename Strategy::storage_type> stored(Strategy const& es) {
    std::vector<typename Strategy::storage_type> all;
    auto const host = es.host_parameters();
    for (auto const& info : es.layout().parameters()) {
        all.insert(all.end(), host.data() + info.offset, host.data() + info.offset + info.size());
    }
    return all;
}

/// One parameter's stored elements.
template <class Strategy>
std::vector<typename Strategy::storage_type> stored(Strategy const& es, std::string const& name) {
    auto const& info = es.layout().find(name);
    auto const host = es.host_parameters();
    return {host.data() + info.offset, host.data() + info.offset + info.size()};
}

/// Any fitness, a multiple of 1/64 within [-2, 2), so that differences are exact.
inline std::vector<double> some_fitness(std::int64_t population, std::uint32_t seed = 1) {
    std::vector<double> fitness;
    for (std::int64_t member = 0; member < population; ++member) {
        seed = seed * 1664525u + 1013904223u;
        fitness.push_back(static_cast<double>(seed >> 24) / 64 - 2);
    }
    return fitness;
}

/// fitness = a table's entry of the member.
struct SetFitness {
    double const* table; // (member of the population)
    std::int64_t first;
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { fitness(i) = table[first + i]; }
};

/// fitness = the sum over all rows and columns of coefficient * y; what the model computes matters.
struct WeightedSum {
    Array2<float const> y;            // (member x row, column)
    Array2<float const> coefficients; // (row, column)
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        double sum = 0;
        for (std::int64_t row = 0; row < coefficients.rows; ++row) {
            for (std::int64_t column = 0; column < coefficients.columns; ++column) {
                sum += static_cast<double>(coefficients(row, column)) *
                       static_cast<double>(y(i * coefficients.rows + row, column));
            }
        }
        fitness(i) = sum;
    }
};

} // namespace eggroll::testing
