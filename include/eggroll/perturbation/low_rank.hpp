// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <concepts>
#include <cstdint>
#include <vector>

namespace eggroll {

/// The rank is an option, not part of the type.
inline constexpr int dynamic_rank = -1;

/// EGGROLL: matrices get E = A B^T / sqrt(rank), the entries of A (out, rank) and B (in, rank) independent with unit
/// variance (paper, section 4.1); vectors get full noise, or EGG's product noise. For int8 parameters: rank 1 is the
/// published arithmetic; at rank r each component's inner product is divided by round(sqrt(r)), rounding down.
///
/// Cost per row of a matrix (out, in): rank (out + in) multiply-adds beyond the shared product.
template <int Rank = 1, class DistributionA = Gaussian, class DistributionB = DistributionA>
struct LowRank {
    static_assert(check_distribution<DistributionA>() && check_distribution<DistributionB>());
    static_assert(Rank >= 1 || Rank == dynamic_rank, "LowRank<Rank>: Rank is 1 or more, or eggroll::dynamic_rank");
    using source_type = NoiseStream<DistributionA, DistributionB>;
    static constexpr NoiseKind matrix_noise = NoiseKind::low_rank;
    static constexpr bool fixed_rank = Rank != dynamic_rank;

    Schedule sigma = 0.05F;           // int8: a power of two, 2^-S
    int rank = fixed_rank ? Rank : 1; // settable with dynamic_rank only
    bool antithetic = true;           // members 2p and 2p+1 have noise +E and -E
    std::uint64_t noise_reuse = 1;    // generations that share their noise
    VectorPerturbation vectors = VectorPerturbation::automatic;
    std::vector<ParameterOverride> overrides = {}; // by parameter name

    source_type source(Seed seed, std::uint64_t generation) const {
        return {seed.key(), generation_word(generation, noise_reuse), NoiseDomain::perturbation};
    }

    /// What each parameter of the layout gets; throws Error for an option or an override that can't be.
    std::vector<ParameterPlan> plan(ParameterLayout const& layout) const {
        EGGROLL_EXPECTS(rank >= 1 && (!fixed_rank || rank == Rank),
                        "LowRank's rank is " + std::to_string(rank) +
                            (fixed_rank ? ", its type says " + std::to_string(Rank) +
                                              ": use LowRank<dynamic_rank, ...> to choose it at run time"
                                        : "; it must be 1 or more"));
        auto plans = detail::default_plans(
            layout, NoiseKind::low_rank, rank, sigma,
            std::integral<typename source_type::value_type> ? NoiseKind::product : NoiseKind::full, vectors);
        detail::apply_overrides(layout, overrides, fixed_rank ? Rank : -1, plans);
        return plans;
    }
};

} // namespace eggroll
