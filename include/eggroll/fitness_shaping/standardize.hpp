// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/fitness_shaping/moments.hpp>
#include <eggroll/fitness_shaping/shaping_context.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace eggroll {

/// z-scores over the whole population.
struct Standardize {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        detail::standardize(fitness, detail::finite_moments(fitness), weights);
    }
};

/// Every group's own mean is subtracted; divided by the deviation of the group, or of the whole population (paper,
/// section 6.3: the global one).
struct GroupStandardize {
    enum class Deviation { own, global };
    Deviation deviation = Deviation::global;

    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const& context, std::span<float> weights) const {
        auto const group = static_cast<std::size_t>(context.group_size);
        double const global = detail::finite_moments(fitness).deviation;
        for (std::size_t begin = 0; begin < fitness.size(); begin += group) {
            auto const members = fitness.subspan(begin, std::min(group, fitness.size() - begin));
            auto moments = detail::finite_moments(members);
            if (deviation == Deviation::global && moments.deviation > 0) {
                moments.deviation = global;
            }
            detail::standardize(members, moments, weights.subspan(begin, members.size()));
        }
    }
};

} // namespace eggroll
