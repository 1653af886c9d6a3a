// SPDX-License-Identifier: Apache-2.0
// A distribution of one's own: noise with a triangular density, from two nibbles of an 8-bit field, without tables.
// docs/policies.md, "Distributions", says what the library has.

#include "sine.hpp"

/// -15 to 15. Complementing the field negates it, so that the mean is zero.
KOKKOS_FUNCTION constexpr int step(std::uint32_t field) {
    return static_cast<int>((field & 15u) + (field >> 4 & 15u)) - 15;
}

/// The mean of step^power over all fields: exact, because there are only 256.
constexpr double moment(int power) {
    double sum = 0;
    for (std::uint32_t field = 0; field < 256; ++field) {
        double term = 1;
        for (int i = 0; i < power; ++i) {
            term *= step(field);
        }
        sum += term;
    }
    return sum / 256;
}

struct Triangular {
    using value_type = float;
    static constexpr int field_bits = 8; // 8 or 16; a value may use no other randomness
    static constexpr double variance = 1.0;
    static constexpr double kurtosis = moment(4) / (moment(2) * moment(2));

    static KOKKOS_FUNCTION value_type value(std::uint32_t field) {
        return static_cast<float>(step(field)) * 0.153392998F; // 1 / sqrt(42.5)
    }
};
static_assert(moment(1) == 0 && moment(2) == 42.5 && moment(3) == 0);

int main(int argc, char** argv) {
    Kokkos::ScopeGuard kokkos(argc, argv);
    std::printf("triangular noise, kurtosis %.4f\n", Triangular::kurtosis);
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({1, 32, 32, 1}),
                                  eggroll::LowRank<4, Triangular>{.sigma = 0.05F},
                                  eggroll::Adam{.learning_rate = eggroll::Schedule::exponential(0.03, 0.99)},
                                  {.population = 512, .seed = 7}};
    return fit_sine(es, 0.02);
}
