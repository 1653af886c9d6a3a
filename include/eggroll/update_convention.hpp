// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/integer.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/perturbation/generation_noise.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll {

/// How the weighted sum of directions is scaled into a gradient estimate. With the same optimizer,
/// hyperscale = sigma^2 sqrt(N) * textbook.
enum class UpdateConvention {
    textbook,  // 1 / (N sigma) sum_i w_i E_i
    hyperscale // sigma / sqrt(N) sum_i w_i E_i, as published code has it
};

/// The context of one parameter's update. `directions` are N / 2 with antithetic pairs, whose weight is w_+ - w_-.
template <class Storage>
UpdateContext update_context(std::uint64_t generation, UpdateConvention convention, std::int64_t population,
                             std::int64_t directions, BoundNoise<Storage> const& noise, ParameterPlan const& plan) {
    UpdateContext context;
    context.generation = generation;
    context.learning_rate = plan.learning_rate;
    if (noise.kind == NoiseKind::none) {
        return context;
    }
    auto const n = static_cast<double>(population);
    context.gradient_scale =
        convention == UpdateConvention::textbook ? 1.0 / (n * noise.sigma) : noise.sigma / std::sqrt(n);
    // A vote is a sum of independent products: integer noise deviates by 16, a product of two by 256.
    switch (noise.kind) {
    case NoiseKind::low_rank:
        context.gradient_scale /= std::sqrt(static_cast<double>(noise.rank));
        context.vote_deviation = 256 * root(directions * noise.rank);
        break;
    case NoiseKind::product:
        context.vote_deviation = 256 * root(directions);
        break;
    case NoiseKind::full:
        context.vote_deviation = 16 * root(directions);
        break;
    case NoiseKind::none:
        break;
    }
    return context;
}

} // namespace eggroll
