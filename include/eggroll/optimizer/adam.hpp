// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll {

namespace detail {

/// Moments of Adam and AdamW, which differ in the decay alone.
template <class Options, class Storage, class MemorySpace>
class AdamState {
    static_assert(!StorageTraits<Storage>::integer, "Adam steps are real numbers: int8 storage takes ThresholdStep");

public:
    struct Rule {
        float* first;  // moment
        float* second; // moment
        float gradient_scale;
        float beta1;
        float beta2;
        float epsilon;
        float step;              // learning rate / (1 - beta1^t)
        float second_correction; // 1 / (1 - beta2^t)
        float kept;              // 1 - learning rate * decay

        struct Moments {
            float first;
            float second;
        };
        KOKKOS_FUNCTION Moments load(std::int64_t element) const { return {first[element], second[element]}; }

        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, float sum) const {
            return (*this)(element, current, load(element), sum);
        }
        /// With the element's moments loaded beforehand.
        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, Moments moments, float sum) const {
            float const gradient = gradient_scale * sum;
            float const m = beta1 * moments.first + (1.0F - beta1) * gradient;
            float const v = beta2 * moments.second + (1.0F - beta2) * gradient * gradient;
            first[element] = m;
            second[element] = v;
            return StorageTraits<Storage>::from_real(kept * static_cast<float>(current) +
                                                     step * m / (Kokkos::sqrt(v * second_correction) + epsilon));
        }
    };

    AdamState(Options const& options, float decay, std::int64_t extent)
        : options_(options), decay_(decay), first_("eggroll::adam::first", extent),
          second_("eggroll::adam::second", extent) {}

    Rule rule(UpdateContext const& context) const {
        auto const t = static_cast<double>(context.generation + 1);
        float const rate = learning_rate_at(options_.learning_rate, context);
        return {first_.data(),
                second_.data(),
                static_cast<float>(context.gradient_scale),
                options_.beta1,
                options_.beta2,
                options_.epsilon,
                static_cast<float>(rate / (1.0 - std::pow(static_cast<double>(options_.beta1), t))),
                static_cast<float>(1.0 / (1.0 - std::pow(static_cast<double>(options_.beta2), t))),
                1.0F - rate * decay_};
    }

    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        visit("first_moment", first_);
        visit("second_moment", second_);
    }

private:
    Options options_;
    float decay_;
    Kokkos::View<float*, MemorySpace> first_;
    Kokkos::View<float*, MemorySpace> second_;
};

} // namespace detail

/// Adam (Kingma and Ba, arXiv 1412.6980), ascending.
struct Adam {
    Schedule learning_rate = 1e-3F;
    float beta1 = 0.9F;
    float beta2 = 0.999F;
    float epsilon = 1e-8F;

    template <class Storage, class MemorySpace>
    struct state : detail::AdamState<Adam, Storage, MemorySpace> {
        state(Adam const& options, std::int64_t extent)
            : detail::AdamState<Adam, Storage, MemorySpace>(options, 0.0F, extent) {}
    };
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101): w also shrinks by learning_rate *
/// weight_decay * w.
struct AdamW {
    Schedule learning_rate = 1e-3F;
    float beta1 = 0.9F;
    float beta2 = 0.999F;
    float epsilon = 1e-8F;
    float weight_decay = 0.01F;

    template <class Storage, class MemorySpace>
    struct state : detail::AdamState<AdamW, Storage, MemorySpace> {
        state(AdamW const& options, std::int64_t extent)
            : detail::AdamState<AdamW, Storage, MemorySpace>(options, options.weight_decay, extent) {}
    };
};

} // namespace eggroll
