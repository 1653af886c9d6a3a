// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/fitness_shaping/shaping_context.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace eggroll {

/// The better of a pair has +1, the other -1; a tie, or a failed member, gives both 0 (EGG; the paper's H.2).
struct PairSign {
    static constexpr bool ternary = true;
    void operator()(std::span<double const> fitness, ShapingContext const& context, std::span<float> weights) const {
        EGGROLL_EXPECTS(context.antithetic,
                        "PairSign needs antithetic pairs: set .antithetic = true in the perturbation, or shape "
                        "with CentredRank");
        for (std::size_t i = 0; i + 1 < fitness.size(); i += 2) {
            double const difference = fitness[i] - fitness[i + 1];
            bool const valid = std::isfinite(fitness[i]) && std::isfinite(fitness[i + 1]);
            float const sign = !valid || difference == 0 ? 0.0F : (difference > 0 ? 1.0F : -1.0F);
            weights[i] = sign;
            weights[i + 1] = -sign;
        }
    }
};

} // namespace eggroll
