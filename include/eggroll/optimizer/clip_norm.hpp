// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace eggroll {

/// Any optimizer, given a gradient of bounded length: when the Euclidean norm of the gradient estimate, over all
/// parameters that have noise, is beyond max_norm, all of it is scaled down to max_norm (Pascanu, Mikolov, Bengio,
/// arXiv 1211.5063).
///
///     ClipNorm<Adam>{.max_norm = 1.0f, .optimizer = {.learning_rate = 1e-3f}}
///
/// The norm must be known before the first parameter moves, so the update passes over all parameters twice: about twice
/// its time. In a generation whose gradient is not finite nothing moves.
template <class Optimizer>
struct ClipNorm {
    float max_norm = 1.0F;
    Optimizer optimizer{};

    template <class Storage, class MemorySpace>
    class state;
};
template <class Optimizer>
ClipNorm(float, Optimizer) -> ClipNorm<Optimizer>;

template <class Optimizer>
template <class Storage, class MemorySpace>
class ClipNorm<Optimizer>::state {
    using inner_type = typename Optimizer::template state<Storage, MemorySpace>;
    static_assert(!StorageTraits<Storage>::integer,
                  "ClipNorm: int8 parameters move by whole units, whatever the gradient's norm: int8 storage takes "
                  "ThresholdStep");
    static_assert(measurements_of<inner_type> == 0,
                  "ClipNorm: the optimizer that it wraps, such as ClipUp, measures the gradient itself: use it alone");

public:
    static constexpr int measurements = 1;

    /// The square of an element of the gradient estimate.
    struct Measure {
        double gradient_scale;
        KOKKOS_FUNCTION Measurements<1> operator()(std::int64_t, Storage, float sum) const {
            double const gradient = gradient_scale * static_cast<double>(sum);
            return {gradient * gradient};
        }
    };

    struct Rule {
        decltype(std::declval<inner_type const>().rule(UpdateContext{})) inner;
        bool moves;
        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, float sum) const {
            return moves ? inner(element, current, sum) : current;
        }
    };

    state(ClipNorm const& options, std::int64_t extent)
        : max_norm_(options.max_norm), inner_(options.optimizer, extent) {}

    Measure measure(UpdateContext const& context) const { return {context.gradient_scale}; }
    void measured(Measurements<1> const& totals) { norm_ = std::sqrt(totals[0]); }

    Rule rule(UpdateContext const& context) const {
        EGGROLL_EXPECTS(max_norm_ > 0, "ClipNorm's max_norm is " + std::to_string(max_norm_) +
                                           "; it must be positive (without a bound, use the optimizer alone)");
        UpdateContext clipped = context;
        if (norm_ > static_cast<double>(max_norm_)) {
            clipped.gradient_scale *= static_cast<double>(max_norm_) / norm_;
        }
        return {inner_.rule(clipped), std::isfinite(norm_)};
    }

    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        inner_.for_each_array(visit);
    }

private:
    float max_norm_;
    inner_type inner_;
    double norm_ = 0; // of the generation's gradient estimate
};

} // namespace eggroll
