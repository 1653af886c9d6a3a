// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/fitness_shaping/moments.hpp>
#include <eggroll/fitness_shaping/shaping_context.hpp>
#include <eggroll/fitness_shaping/standardize.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace eggroll {

/// What a perturbation gains over the unperturbed parameters on the same data. The first direction of every group (both
/// members of the pair) is evaluated unperturbed; with b the mean fitness of its members that did not fail,
///   weight = (fitness - b) / deviation,
/// the deviation being that of the whole group, baseline included, or of the whole population. The baseline's own
/// members have weight exactly 0. A group whose baseline failed falls back to the group's mean, as GroupStandardize.
///
/// It is for perturbations without antithetic pairs, whose estimate it rids of the group's common fitness: between the
/// two of a pair b cancels, and matters only where one of them failed. The update still divides by the whole
/// population.
struct Baseline {
    using Deviation = GroupStandardize::Deviation;
    Deviation deviation = Deviation::global;

    static constexpr bool ternary = false;
    static constexpr bool baseline = true;
    /// Throws Error for groups of one direction.
    void operator()(std::span<double const> fitness, ShapingContext const& context, std::span<float> weights) const {
        EGGROLL_EXPECTS(context.group_size > context.members_per_direction(),
                        "Baseline in groups of " + std::to_string(context.group_size) +
                            ": their first direction is unperturbed, so nobody would be perturbed; set .group_size = " +
                            std::to_string(2 * context.members_per_direction()) + " or more, or 0 for one group");
        auto const group = static_cast<std::size_t>(context.group_size);
        double const global = detail::finite_moments(fitness).deviation;
        for (std::size_t begin = 0; begin < fitness.size(); begin += group) {
            auto const members = fitness.subspan(begin, std::min(group, fitness.size() - begin));
            auto const unperturbed =
                std::min(static_cast<std::size_t>(context.members_per_direction()), members.size());
            auto moments = detail::finite_moments(members);
            if (deviation == Deviation::global && moments.spread()) {
                moments.deviation = global;
            }
            auto const baseline_members = members.first(unperturbed);
            if (std::any_of(baseline_members.begin(), baseline_members.end(),
                            [](double f) { return std::isfinite(f); })) {
                moments.mean = detail::finite_moments(baseline_members).mean;
            }
            auto const into = weights.subspan(begin, members.size());
            detail::standardize(members, moments, into);
            std::fill_n(into.begin(), unperturbed, 0.0F);
        }
    }
};

} // namespace eggroll
