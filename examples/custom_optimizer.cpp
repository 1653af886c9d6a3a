// SPDX-License-Identifier: Apache-2.0
// An optimizer of one's own: Lion (Chen et al., arXiv 2302.06675), which moves every parameter by the same amount in
// the direction of an interpolated momentum.
// docs/policies.md, "Optimizers", says what the library has.

#include "sine.hpp"

struct Lion {
    eggroll::Schedule learning_rate = 1e-3F;
    float beta1 = 0.9F;  // weight of the momentum in the step
    float beta2 = 0.99F; // decay of the momentum
    float weight_decay = 0.0F;

    template <class Storage, class MemorySpace>
    class state;
};

/// What it keeps from generation to generation. MemorySpace is where the update runs.
template <class Storage, class MemorySpace>
class Lion::state {
public:
    /// Called for every element; `element` counts over all parameters, as the buffers do. Returns what is stored.
    struct Rule {
        float* momentum;
        float gradient_scale;
        float learning_rate;
        float beta1;
        float beta2;
        float weight_decay;

        KOKKOS_FUNCTION Storage operator()(std::int64_t element, Storage current, float sum) const {
            float const gradient = gradient_scale * sum; // of the ascent
            float const m = momentum[element];
            float const blend = beta1 * m + (1.0F - beta1) * gradient;
            momentum[element] = beta2 * m + (1.0F - beta2) * gradient;
            float const direction = blend > 0.0F ? 1.0F : (blend < 0.0F ? -1.0F : 0.0F);
            auto const w = static_cast<float>(current);
            return eggroll::StorageTraits<Storage>::from_real(w + learning_rate * (direction - weight_decay * w));
        }
    };

    state(Lion const& options, std::int64_t extent) : options_(options), momentum_("eggroll::lion", extent) {}

    /// The rule of one parameter in one generation.
    Rule rule(eggroll::UpdateContext const& context) const {
        return {momentum_.data(),
                static_cast<float>(context.gradient_scale),
                eggroll::learning_rate_at(options_.learning_rate, context),
                options_.beta1,
                options_.beta2,
                options_.weight_decay};
    }
    /// What a checkpoint must hold.
    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        visit("momentum", momentum_);
    }

private:
    Lion options_;
    Kokkos::View<float*, MemorySpace> momentum_;
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  eggroll::LowRank<4>{.sigma = 0.05F},
                                  Lion{.learning_rate = eggroll::Schedule::exponential(0.02, 0.98)},
                                  {.population = 512, .seed = 7}};
    return fit_sine(es, 0.02);
}
