// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace eggroll {

/// ClipUp (Toklu, Liskowski, Srivastava, arXiv 2008.02387): steps of a length that is chosen, whatever the fitness'
/// scale. The gradient g over all parameters that have noise is brought to length learning_rate and added to a velocity
/// that is kept below max_speed:
///   v <- momentum v + learning_rate g / |g|;   v <- v min(1, max_speed / |v|);   w <- w + v
/// Lengths are Euclidean, so they grow with the square root of the number of parameters. The authors advise to choose
/// max_speed and to set learning_rate to half of it. A parameter with a learning rate of its own has its part of g /
/// |g| scaled by that.
///
/// |g| and |v| must be known before the first parameter moves, so the update passes over all parameters twice: about
/// twice its time. A gradient of zero adds nothing to the velocity; in a generation whose gradient is not finite
/// nothing moves.
struct ClipUp {
    Schedule learning_rate = 0.15F;
    Schedule max_speed = 0.3F;
    float momentum = 0.9F;

    template <class Storage, class MemorySpace>
    class state;
};

template <class Storage, class MemorySpace>
class ClipUp::state {
    static_assert(!StorageTraits<Storage>::integer, "ClipUp steps are real numbers: int8 storage takes ThresholdStep");

public:
    static constexpr int measurements = 4;

    /// With s = learning_rate g: |g|^2, |s|^2, <s, v> and |v|^2, from which the norm of the next velocity follows
    /// before it is known.
    struct Measure {
        float const* velocity;
        double gradient_scale;
        double learning_rate;

        KOKKOS_FUNCTION Measurements<4> operator()(std::int64_t element, Storage, float sum) const {
            double const gradient = gradient_scale * static_cast<double>(sum);
            double const step = learning_rate * gradient;
            auto const v = static_cast<double>(velocity[element]);
            return {gradient * gradient, step * step, step * v, v * v};
        }
    };

    struct Rule {
        float* velocity;
        double kept;   // of the velocity
        double pushed; // of the sum
        bool moves;

        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, float sum) const {
            if (!moves) {
                return current;
            }
            // In double: `pushed` is beyond float when a gradient is tiny.
            auto const next =
                static_cast<float>(kept * static_cast<double>(velocity[element]) + pushed * static_cast<double>(sum));
            velocity[element] = next;
            return StorageTraits<Storage>::from_real(static_cast<float>(current) + next);
        }
    };

    state(ClipUp const& options, std::int64_t extent)
        : options_(options), velocity_("eggroll::clip_up::velocity", extent) {}

    Measure measure(UpdateContext const& context) const {
        return {velocity_.data(), context.gradient_scale,
                static_cast<double>(learning_rate_at(options_.learning_rate, context))};
    }
    void measured(Measurements<4> const& totals) { totals_ = totals; }

    Rule rule(UpdateContext const& context) const {
        double const rate = learning_rate_at(options_.learning_rate, context);
        double const limit = options_.max_speed.at(context.generation);
        EGGROLL_EXPECTS(limit > 0, "ClipUp's max_speed is " + std::to_string(limit) + " in generation " +
                                       std::to_string(context.generation) + "; it must be positive");
        auto const& [gradient_squared, step_squared, step_velocity, velocity_squared] = totals_;
        double const inertia = options_.momentum;
        double const inverse = gradient_squared > 0 ? 1.0 / std::sqrt(gradient_squared) : 0.0;
        double const speed_squared =
            inertia * inertia * velocity_squared + inverse * (2.0 * inertia * step_velocity + inverse * step_squared);
        double const speed = std::sqrt(std::max(0.0, speed_squared)); // rounding may leave a little below 0
        double const shrink = speed > limit ? limit / speed : 1.0;
        return {velocity_.data(), shrink * inertia, shrink * rate * context.gradient_scale * inverse,
                std::isfinite(gradient_squared) && std::isfinite(speed_squared)};
    }

    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        visit("velocity", velocity_);
    }

private:
    ClipUp options_;
    Kokkos::View<float*, MemorySpace> velocity_;
    Measurements<4> totals_{};
};

} // namespace eggroll
