// SPDX-License-Identifier: Apache-2.0
// A storage type of one's own: parameters in 16-bit fixed point, within [-8, 8) in steps of 2^-12. What is computed
// from them is float, as for half and bfloat16.
// docs/policies.md, "Storage", says what the library has.

#include "sine.hpp"

/// Trivially copyable. Explicit from a float, so that nothing is rounded unnoticed; a float wherever one is needed.
struct Fixed16 {
    std::int16_t steps;
    KOKKOS_FUNCTION constexpr operator float() const { return static_cast<float>(steps) * 0x1p-12F; }
};

template <>
struct eggroll::StorageTraits<Fixed16> {
    using value_type = float;            // activations, inputs, noise
    using accumulator_type = float;      // of products
    using gradient_type = float;         // what an optimizer's rule receives
    using direction_weight_type = float; // of a pair's shaped fitness
    static constexpr bool integer = false;
    static constexpr char const* name = "fixed16";

    /// To nearest, within range.
    KOKKOS_FUNCTION static Fixed16 from_real(float value) {
        float const steps = Kokkos::round(value * 0x1p12F);
        return {static_cast<std::int16_t>(steps < -32768.0F ? -32768.0F : (steps > 32767.0F ? 32767.0F : steps))};
    }
    KOKKOS_FUNCTION static float to_real(Fixed16 value) { return value; }
};

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    eggroll::EvolutionStrategy es{eggroll::Mlp<Fixed16>({1, 32, 32, 1}),
                                  eggroll::LowRank<4>{.sigma = 0.05F},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7}};
    int const exit_code = fit_sine(es, 0.02);
    std::printf("%d parameters of %d bytes\n", static_cast<int>(es.layout().count()),
                static_cast<int>(sizeof(Fixed16)));
    return exit_code;
}
