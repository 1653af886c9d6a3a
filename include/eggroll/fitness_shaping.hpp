// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Fitness shaping: from the fitness of N members to the weights of the update. Every shaping is total: no spread gives
/// zero weights, and a member whose fitness is NaN or infinite has weight zero and no influence on the others' (its
/// sibling's in PairSign excepted: a pair with a failed member has no sign). `Identity` is the one to copy for your
/// own.

#include <eggroll/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace eggroll {

/// What a shaping may know of the population besides the fitness.
struct ShapingContext {
    std::int64_t group_size = 0; // members that share data, contiguous
    bool antithetic = true;      // members 2p and 2p+1 are a pair
};

/// weight = fitness; 0 for what is beyond the range of weights.
struct Identity {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        constexpr double largest = std::numeric_limits<float>::max();
        std::transform(fitness.begin(), fitness.end(), weights.begin(), [](double f) {
            return std::abs(f) <= largest ? static_cast<float>(f) : 0.0F; // false for NaN
        });
    }
};

namespace detail {

struct Moments {
    double mean = 0;
    double deviation = 0; // of the population, not of a sample
};

/// Mean and deviation of the finite values, in their order.
inline Moments finite_moments(std::span<double const> values) {
    double sum = 0;
    double count = 0;
    for (double const value : values) {
        if (std::isfinite(value)) {
            sum += value;
            count += 1;
        }
    }
    if (count == 0) {
        return {};
    }
    double const mean = sum / count;
    double squares = 0;
    for (double const value : values) {
        if (std::isfinite(value)) {
            squares += (value - mean) * (value - mean);
        }
    }
    return {mean, std::sqrt(squares / count)};
}

/// weights = (fitness - mean) / deviation, zero where that is no number. A deviation that is rounding noise of the mean
/// counts as none.
inline void standardize(std::span<double const> fitness, Moments moments, std::span<float> weights) {
    bool const spread = moments.deviation > 1e-14 * std::abs(moments.mean) && moments.deviation > 0;
    for (std::size_t i = 0; i < fitness.size(); ++i) {
        weights[i] = spread && std::isfinite(fitness[i])
                         ? static_cast<float>((fitness[i] - moments.mean) / moments.deviation)
                         : 0.0F;
    }
}

} // namespace detail

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

/// Ranks spread evenly over [-1/2, 1/2], the best at +1/2; equal fitness has equal (mean) rank.
struct CentredRank {
    static constexpr bool ternary = false;
    void operator()(std::span<double const> fitness, ShapingContext const&, std::span<float> weights) const {
        std::fill(weights.begin(), weights.end(), 0.0F);
        order_.clear();
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            if (std::isfinite(fitness[i])) {
                order_.push_back(i);
            }
        }
        if (order_.size() < 2) {
            return;
        }
        std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
            return fitness[a] != fitness[b] ? fitness[a] < fitness[b] : a < b;
        });
        double const last = static_cast<double>(order_.size() - 1);
        for (std::size_t first = 0; first < order_.size();) {
            std::size_t end = first + 1;
            while (end < order_.size() && fitness[order_[end]] == fitness[order_[first]]) {
                ++end;
            }
            double const rank = 0.5 * static_cast<double>(first + end - 1);
            for (std::size_t k = first; k < end; ++k) {
                weights[order_[k]] = static_cast<float>(rank / last - 0.5);
            }
            first = end;
        }
    }

private:
    mutable std::vector<std::size_t> order_; // kept, so that steps after the first do not allocate
};

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
