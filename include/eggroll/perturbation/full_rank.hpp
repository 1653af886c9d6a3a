// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <vector>

namespace eggroll {

/// OpenES (Salimans et al., arXiv 1703.03864): every entry of E independent with unit variance. The same noise
/// contract, shaping and update as LowRank, so that one type is all that a comparison changes. Noise is regenerated
/// wherever it is used; each row of a matrix (out, in) costs out * in multiply-adds and its share of as many random
/// values.
template <class Distribution = Gaussian>
struct FullRank {
    static_assert(check_distribution<Distribution>());
    using source_type = NoiseStream<Distribution>;
    static constexpr NoiseKind matrix_noise = NoiseKind::full;

    Schedule sigma = 0.05F; // int8: a power of two, 2^-S
    bool antithetic = true;
    std::uint64_t noise_reuse = 1;
    VectorPerturbation vectors = VectorPerturbation::full;
    std::vector<ParameterOverride> overrides = {}; // rank 0 freezes; other ranks are refused

    source_type source(Seed seed, std::uint64_t generation) const {
        return {seed.key(), generation_word(generation, noise_reuse), NoiseDomain::perturbation};
    }

    std::vector<ParameterPlan> plan(ParameterLayout const& layout) const {
        auto plans = detail::default_plans(layout, NoiseKind::full, 1, sigma, NoiseKind::full, vectors);
        for (auto const& change : overrides) {
            EGGROLL_EXPECTS(change.rank.value_or(0) == 0, "override of \"" + change.parameter + "\": rank " +
                                                              std::to_string(change.rank.value_or(0)) +
                                                              " has no meaning for FullRank (0 alone freezes)");
        }
        detail::apply_overrides(layout, overrides, -1, plans);
        return plans;
    }
};

} // namespace eggroll
