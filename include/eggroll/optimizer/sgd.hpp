// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

namespace eggroll {

/// Stochastic gradient ascent with momentum: m <- momentum m + g; w <- w + learning_rate m (Nesterov: g + momentum m).
/// With momentum 0 it keeps nothing. The optimizer to copy for your own: options here, buffers in state<...>, and a
/// trivially copyable rule that turns every stored element and its sum over directions into the new element.
struct Sgd {
    Schedule learning_rate = 0.01F;
    float momentum = 0.0F;
    bool nesterov = false;

    template <class Storage, class MemorySpace>
    class state;
};

template <class Storage, class MemorySpace>
class Sgd::state {
    static_assert(!StorageTraits<Storage>::integer, "Sgd steps are real numbers: int8 storage takes ThresholdStep");

public:
    struct Rule {
        float* velocity; // null without momentum
        float gradient_scale;
        float learning_rate;
        float momentum;
        bool nesterov;

        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, float sum) const {
            float const gradient = gradient_scale * sum;
            float step = gradient;
            if (velocity != nullptr) {
                float const next = momentum * velocity[element] + gradient;
                velocity[element] = next;
                step = nesterov ? gradient + momentum * next : next;
            }
            return StorageTraits<Storage>::from_real(static_cast<float>(current) + learning_rate * step);
        }
    };

    /// Buffers for `extent` elements, zero.
    state(Sgd const& options, std::int64_t extent)
        : options_(options), velocity_("eggroll::sgd::velocity", options.momentum != 0.0F ? extent : 0) {}

    Rule rule(UpdateContext const& context) const {
        return {options_.momentum != 0.0F ? velocity_.data() : nullptr, static_cast<float>(context.gradient_scale),
                learning_rate_at(options_.learning_rate, context), options_.momentum, options_.nesterov};
    }

    /// visit(name, View) for every buffer that a checkpoint must hold.
    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        visit("velocity", velocity_);
    }

private:
    Sgd options_;
    Kokkos::View<float*, MemorySpace> velocity_;
};

} // namespace eggroll
