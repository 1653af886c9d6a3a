// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A perturbation bound to one generation: sigma has its value, every parameter its scale. Read-only to slices.

#include <eggroll/kernels/operands.hpp>
#include <eggroll/perturbation/plan.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace eggroll {

/// One parameter's noise in one generation.
template <class Storage>
struct BoundNoise {
    NoiseKind kind = NoiseKind::none;
    int rank = 1;
    double sigma = 0;
    typename ScaleOf<Storage>::type scale; // of the kernels
};

namespace detail {

/// S of sigma = 2^-S: integer noise is scaled by shifts.
inline int sigma_shift(double sigma, std::string const& parameter) {
    int exponent = 0;
    double const fraction = std::frexp(sigma, &exponent); // sigma = fraction * 2^exponent, a power of two has 1/2
    int const shift = 1 - exponent;
    EGGROLL_EXPECTS(fraction == 0.5 && shift >= 0 && shift <= 24,
                    "parameter \"" + parameter + "\" is int8 and its sigma is " + std::to_string(sigma) +
                        "; integer noise is scaled by shifts: give a power of two from 1 down to 2^-24, for "
                        "instance 0.0625 (sigma shift 4)");
    return shift;
}

inline void bind_scale(NoiseKind kind, int rank, double sigma, std::string const&, FloatScale& scale) {
    scale.factor = static_cast<float>(kind == NoiseKind::low_rank ? sigma / std::sqrt(rank) : sigma);
}

inline void bind_scale(NoiseKind kind, int rank, double sigma, std::string const& parameter, IntegerScale& scale) {
    constexpr int unit_shift = 4; // noise is in sixteenths; a product of two factors has one unit too many
    scale.shift = sigma_shift(sigma, parameter) + (kind == NoiseKind::full ? 0 : unit_shift);
    scale.divisor = kind == NoiseKind::low_rank ? static_cast<int>(std::lround(std::sqrt(rank))) : 1;
}

} // namespace detail

/// The noise of a whole population in one generation.
template <class Storage, class Source>
struct GenerationNoise {
    Source source{};
    std::int64_t members_per_direction = 2;
    std::int64_t baseline_period = 0;            // members of which the first direction is unperturbed; 0: none
    std::vector<BoundNoise<Storage>> parameters; // by parameter id

    /// Of the noise of a member of the population; 0: it is the mean.
    int sign(std::int64_t member) const {
        return MemberRows{1, members_per_direction, 0, baseline_period}.sign(member);
    }

    /// Gives every parameter its scale in `generation`; no allocation after the first call.
    void bind(ParameterLayout const& layout, std::vector<ParameterPlan> const& plans, std::uint64_t generation) {
        parameters.resize(plans.size());
        for (std::size_t id = 0; id < plans.size(); ++id) {
            auto const& plan = plans[id];
            auto& bound = parameters[id];
            bound.kind = plan.kind;
            bound.rank = plan.rank;
            if (plan.kind == NoiseKind::none) {
                continue;
            }
            std::string const& name = layout.parameters()[id].name;
            bound.sigma = plan.sigma.at(generation);
            EGGROLL_EXPECTS(bound.sigma > 0 && std::isfinite(bound.sigma),
                            "parameter \"" + name + "\" has sigma " + std::to_string(bound.sigma) + " in generation " +
                                std::to_string(generation) + "; it must be positive (rank 0 in an override freezes)");
            detail::bind_scale(plan.kind, plan.rank, bound.sigma, name, bound.scale);
        }
    }
};

} // namespace eggroll
