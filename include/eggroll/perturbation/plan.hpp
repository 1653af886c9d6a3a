// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a perturbation does to each parameter of a layout: the kind of its noise, its rank, its sigma.

#include <eggroll/error.hpp>
#include <eggroll/optimizer/schedule.hpp>
#include <eggroll/parameters.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eggroll {

enum class NoiseKind {
    none,     // frozen
    low_rank, // E = A B^T / sqrt(rank)
    full,     // E of independent entries
    product   // vectors: e = u1 * u2, elementwise, as EGG has it
};

/// How vectors (biases, norm weights) are perturbed.
enum class VectorPerturbation {
    automatic, // product for integer distributions (EGG), full otherwise
    full,
    product,
    none
};

/// An exception for one parameter, by its name; what is not set stays as the perturbation has it.
struct ParameterOverride {
    std::string parameter = {};
    std::optional<int> rank = {};               // 0 freezes it
    std::optional<Schedule> sigma = {};         // instead of the perturbation's
    std::optional<Schedule> learning_rate = {}; // instead of the optimizer's
};

/// What one parameter gets.
struct ParameterPlan {
    NoiseKind kind = NoiseKind::none;
    int rank = 1;
    Schedule sigma = 0.0;
    std::optional<Schedule> learning_rate = {};
};

namespace detail {

/// Plans without overrides: `matrices` for matrices and embeddings, `vectors` for vectors unless the option says which.
inline std::vector<ParameterPlan> default_plans(ParameterLayout const& layout, NoiseKind matrices, int rank,
                                                Schedule const& sigma, NoiseKind vectors, VectorPerturbation option) {
    switch (option) {
    case VectorPerturbation::full:
        vectors = NoiseKind::full;
        break;
    case VectorPerturbation::product:
        vectors = NoiseKind::product;
        break;
    case VectorPerturbation::none:
        vectors = NoiseKind::none;
        break;
    case VectorPerturbation::automatic:
        break;
    }
    std::vector<ParameterPlan> plans;
    for (auto const& parameter : layout.parameters()) {
        bool const is_vector = parameter.kind == ParameterKind::vector;
        plans.push_back({is_vector ? vectors : matrices, is_vector ? 1 : rank, sigma, std::nullopt});
    }
    return plans;
}

/// Applies the overrides to the plans of all parameters. `fixed_rank`: the compile-time rank, or -1 if any is allowed.
inline void apply_overrides(ParameterLayout const& layout, std::vector<ParameterOverride> const& overrides,
                            int fixed_rank, std::vector<ParameterPlan>& plans) {
    for (auto const& change : overrides) {
        auto const& info = layout.find(change.parameter);
        auto& plan = plans[static_cast<std::size_t>(&info - layout.parameters().data())];
        if (change.rank) {
            int const rank = *change.rank;
            EGGROLL_EXPECTS(rank >= 0, "override of \"" + change.parameter + "\": rank " + std::to_string(rank) +
                                           " is negative; 0 freezes, 1 and more perturb");
            EGGROLL_EXPECTS(rank == 0 || fixed_rank < 0 || rank == fixed_rank,
                            "override of \"" + change.parameter + "\": rank " + std::to_string(rank) +
                                " differs from the compile-time rank " + std::to_string(fixed_rank) +
                                "; use LowRank<dynamic_rank, ...> for several ranks (0 alone freezes)");
            plan.rank = rank;
            if (rank == 0) {
                plan.kind = NoiseKind::none;
            }
        }
        if (change.sigma) {
            plan.sigma = *change.sigma;
        }
        if (change.learning_rate) {
            plan.learning_rate = change.learning_rate;
        }
    }
}

} // namespace detail

} // namespace eggroll
