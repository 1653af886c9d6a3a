// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <vector>

namespace eggroll {

/// Every member is the mean: inference through the same model code, the floor that perturbed evaluation is measured
/// against. The perturbation to copy for your own: a noise source for a generation, and a plan for a layout.
template <class Distribution = Gaussian>
struct Unperturbed {
    static_assert(check_distribution<Distribution>());
    using source_type = NoiseStream<Distribution>;
    static constexpr NoiseKind matrix_noise = NoiseKind::none;

    bool antithetic = false;

    source_type source(Seed seed, std::uint64_t generation) const {
        return {seed.key(), generation_word(generation), NoiseDomain::perturbation};
    }
    std::vector<ParameterPlan> plan(ParameterLayout const& layout) const {
        return std::vector<ParameterPlan>(layout.parameters().size());
    }
};

} // namespace eggroll
