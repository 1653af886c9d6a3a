// SPDX-License-Identifier: Apache-2.0

#include "theory/estimate.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace eggroll::testing {

namespace {

struct OneMatrix {
    using storage_type = float;
    ParameterLayout layout;
    Matrix weight;
    OneMatrix(std::int64_t rows, std::int64_t columns)
        : weight(layout.matrix("weight", rows, columns, Initial::zero())) {}
};

constexpr std::size_t largest_size = 64;

/// fitness = the objective of a member's parameters, which the model makes visible as their product with the identity.
struct EvaluateDense {
    Array2<float const> transposed; // (member x column, row)
    std::int64_t columns;
    DenseObjective const* objective;
    Fitness fitness;

    void operator()(std::int64_t member) const {
        std::array<double, largest_size> dense{}; // (row, column)
        std::int64_t const rows = transposed.columns;
        for (std::int64_t i = 0; i < rows; ++i) {
            for (std::int64_t j = 0; j < columns; ++j) {
                dense[static_cast<std::size_t>(i * columns + j)] =
                    static_cast<double>(transposed(member * columns + j, i));
            }
        }
        fitness(member) = (*objective)(std::span(dense).first(static_cast<std::size_t>(rows * columns)));
    }
};

template <class Perturbation>
std::vector<std::vector<double>> run(Perturbation const& perturbation, EstimateOptions const& options,
                                     DenseObjective const& objective) {
    using Strategy = EvolutionStrategy<OneMatrix, Perturbation, Sgd, Identity, HostSlices<>>;
    using Members = typename Strategy::members_type;
    auto const size = static_cast<std::size_t>(options.rows * options.columns);
    EGGROLL_EXPECTS(size <= largest_size, "the matrix is larger than the buffer that its objective reads");
    Strategy es(OneMatrix(options.rows, options.columns), perturbation, {.learning_rate = 1.0F},
                {.population = options.population, .seed = 41});
    std::vector<float> mean(options.mean.begin(), options.mean.end());
    mean.resize(size);
    std::vector<float> identity(static_cast<std::size_t>(options.columns * options.columns));
    for (std::int64_t j = 0; j < options.columns; ++j) {
        identity[static_cast<std::size_t>(j * options.columns + j)] = 1;
    }
    Array2<float const> const rows{identity.data(), options.columns, options.columns, options.columns};
    float* const weight = es.parameters().data();
    std::vector<std::vector<double>> found;
    for (int generation = 0; generation < options.generations; ++generation) {
        std::copy(mean.begin(), mean.end(), weight);
        es.resume_at(es.generation());
        es.step([&](Members const& slice, Fitness fitness) {
            auto const y = slice.linear(es.model().weight, slice.shared(rows));
            slice.for_each(slice.size(), EvaluateDense{y, options.columns, &objective, fitness});
        });
        auto& estimate = found.emplace_back(size);
        for (std::size_t i = 0; i < size; ++i) {
            estimate[i] = static_cast<double>(weight[i]) - static_cast<double>(mean[i]);
        }
    }
    return found;
}

} // namespace

std::vector<std::vector<double>> estimates(EstimateOptions const& options, DenseObjective const& objective) {
    if (options.rank == 0) {
        return run(FullRank<>{.sigma = options.sigma, .antithetic = options.antithetic}, options, objective);
    }
    return run(LowRank<dynamic_rank>{.sigma = options.sigma, .rank = options.rank, .antithetic = options.antithetic},
               options, objective);
}

} // namespace eggroll::testing
