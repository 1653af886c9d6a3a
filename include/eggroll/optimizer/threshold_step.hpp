// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/normal_quantile.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <string>

namespace eggroll {

/// EGG's integer step (paper, appendix H): a weight moves by one unit, 1/16, in the direction of its vote Z when
/// 16 |Z| >= tau * deviation(Z), with tau = trunc(16 Q(1 - alpha/2)) and Q the standard normal quantile: about the
/// fraction alpha of the weights moves where votes are noise. It keeps no state. At tau = 0 everything moves, and Z = 0
/// moves by -1, as in the published arithmetic.
struct ThresholdStep {
    Schedule alpha = Schedule::inverse_time(1.0, 0.015);

    /// The published parametrisation: constant for alpha <= 1, else 1 / ((2^alpha - 1) t / decay + 1).
    static Schedule published_alpha(double alpha, double decay) {
        return alpha > 1 ? Schedule::inverse_time(1.0, (std::exp2(alpha) - 1.0) / decay) : Schedule(alpha);
    }

    /// tau in generation t, in sixteenths of a deviation.
    std::int64_t threshold(std::uint64_t t) const {
        double const fraction = alpha.at(t);
        EGGROLL_EXPECTS(fraction > 0 && fraction <= 1, "ThresholdStep's alpha is " + std::to_string(fraction) +
                                                           " in generation " + std::to_string(t) +
                                                           "; it is a fraction of the weights, in (0, 1]");
        return static_cast<std::int64_t>(16.0 * normal_quantile(1.0 - fraction / 2.0));
    }

    template <class Storage, class MemorySpace>
    class state;
};

template <class Storage, class MemorySpace>
class ThresholdStep::state {
    static_assert(StorageTraits<Storage>::integer,
                  "ThresholdStep moves integer weights by one unit: float storage takes Sgd or Adam");

public:
    struct Rule {
        std::int64_t limit; // of 16 |Z|

        KOKKOS_FUNCTION Storage operator()(std::int64_t, Storage current, std::int64_t vote) const {
            // Signs instead of branches: a vote is noise, which no predictor guesses.
            std::int64_t const up = ((limit > 0 ? limit : 1) - 1 - vote * 16) >> 63; // -1: the vote passes the limit
            std::int64_t const down = (limit - 1 + vote * 16) >> 63;
            std::int64_t const moved = current - up + down;
            return static_cast<Storage>(moved > 127 ? 127 : (moved < -127 ? -127 : moved));
        }
    };

    state(ThresholdStep const& options, std::int64_t /*extent*/) : options_(options) {}

    Rule rule(UpdateContext const& context) const {
        return {options_.threshold(context.generation) * context.vote_deviation};
    }

    template <class Visitor>
    void for_each_array(Visitor&&) const {}

private:
    ThresholdStep options_;
};

} // namespace eggroll
