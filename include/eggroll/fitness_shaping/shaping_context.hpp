// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace eggroll {

/// What a shaping may know of the population besides the fitness.
struct ShapingContext {
    std::int64_t group_size = 0; // members that share data, contiguous
    bool antithetic = true;      // members 2p and 2p+1 are a pair

    std::int64_t members_per_direction() const { return antithetic ? 2 : 1; }
};

/// Whether a shaping wants the first direction of every group evaluated unperturbed, both members of the pair: it says
/// `static constexpr bool baseline = true`.
template <class Shaping>
inline constexpr bool has_baseline = false;
template <class Shaping>
requires(Shaping::baseline) inline constexpr bool has_baseline<Shaping> = true;

} // namespace eggroll
