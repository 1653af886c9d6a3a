// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Chance in environments, from the noise contract: a number is a function of seed, generation, episode, step and how
/// many were drawn in that step before it. Whoever is given the same episode number meets the same start and the same
/// chance; whichever thread or device runs the episode, the numbers are the same.

#include <eggroll/random/noise.hpp>

#include <concepts>
#include <cstdint>

namespace eggroll::environments {

/// The random numbers of one step of one episode; a value, made anew for each step.
///
/// Philox' counter words are: step, episode, parameter word, generation. The parameter word has the domain
/// `environment`, and as id the block within the step.
class EpisodeRandom {
public:
    /// \param key Seed::key()
    /// \param generation generation_word()
    /// \param step 0 for the start of the episode, k for its k-th step
    KOKKOS_FUNCTION constexpr EpisodeRandom(PhiloxKey key, std::uint32_t generation, std::uint32_t episode,
                                            std::uint32_t step)
        : key_(key), generation_(generation), episode_(episode), step_(step) {}

    /// The next 32 bits. At most 2^24 times in a step; then they would repeat.
    KOKKOS_FUNCTION constexpr std::uint32_t bits() {
        std::uint32_t const within = drawn_ % 4;
        if (within == 0) {
            block_ = philox4x32_10(
                {{step_, episode_, parameter_word(NoiseDomain::environment, drawn_ / 4, Factor::a), generation_}},
                key_);
        }
        ++drawn_;
        return block_.word[within];
    }

    /// Uniform on [low, high), in 2^24 steps, the same for float and double but for rounding.
    template <std::floating_point Real>
    KOKKOS_FUNCTION constexpr Real uniform(Real low, Real high) {
        // The conversion from signed integers is the one that every instruction set has.
        auto const strata = static_cast<std::int32_t>(bits() >> 8);
        return low + (high - low) * (static_cast<Real>(strata) * Real(0x1p-24));
    }

    /// One of 0 .. count - 1. The probabilities differ from 1 / count by less than 2^-32.
    KOKKOS_FUNCTION constexpr int index(int count) {
        return static_cast<int>(std::uint64_t{bits()} * static_cast<std::uint64_t>(count) >> 32);
    }

private:
    PhiloxKey key_;
    std::uint32_t generation_;
    std::uint32_t episode_;
    std::uint32_t step_;
    std::uint32_t drawn_ = 0; // words, in this step
    PhiloxBlock block_{};     // of the last word
};

} // namespace eggroll::environments
