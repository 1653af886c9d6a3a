// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3" (SC 2011): a keyed bijection of 128-bit counters. It has no state, so any thread, device or rank computes
/// any word of any stream.

#include <eggroll/config.hpp>

#include <cstdint>

namespace eggroll {

struct PhiloxKey {
    std::uint32_t word[2] = {}; // (low, high)

    friend constexpr bool operator==(PhiloxKey const&, PhiloxKey const&) = default;
};

/// A counter, or the four random words that belong to it.
struct PhiloxBlock {
    std::uint32_t word[4] = {};

    friend constexpr bool operator==(PhiloxBlock const&, PhiloxBlock const&) = default;
};

/// The constants, for implementations that compute several counters at once.
struct PhiloxConstants {
    static constexpr int rounds = 10;
    static constexpr std::uint32_t multiplier_0 = 0xD2511F53u; // of counter word 0
    static constexpr std::uint32_t multiplier_2 = 0xCD9E8D57u; // of counter word 2
    static constexpr std::uint32_t weyl_low = 0x9E3779B9u;     // added to the key from one round to the next
    static constexpr std::uint32_t weyl_high = 0xBB67AE85u;
};

/// The key of the round after one that used `key`.
KOKKOS_FUNCTION constexpr PhiloxKey next_round_key(PhiloxKey key) {
    return {{key.word[0] + PhiloxConstants::weyl_low, key.word[1] + PhiloxConstants::weyl_high}};
}

KOKKOS_FUNCTION constexpr PhiloxBlock philox_round(PhiloxBlock c, PhiloxKey key) {
    auto const product_0 = std::uint64_t{PhiloxConstants::multiplier_0} * c.word[0];
    auto const product_2 = std::uint64_t{PhiloxConstants::multiplier_2} * c.word[2];
    return {
        {static_cast<std::uint32_t>(product_2 >> 32) ^ c.word[1] ^ key.word[0], static_cast<std::uint32_t>(product_2),
         static_cast<std::uint32_t>(product_0 >> 32) ^ c.word[3] ^ key.word[1], static_cast<std::uint32_t>(product_0)}};
}

/// The random words of `counter` under `key`.
KOKKOS_FUNCTION constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, PhiloxKey key) {
    for (int round = 0; round < PhiloxConstants::rounds; ++round) {
        counter = philox_round(counter, key);
        key = next_round_key(key);
    }
    return counter;
}

} // namespace eggroll
