// SPDX-License-Identifier: Apache-2.0
// expected-error: "A distribution needs `static constexpr double variance` and `kurtosis`"

#include <eggroll/perturbation/low_rank.hpp>

struct Coin {
    using value_type = float;
    static constexpr int field_bits = 8;
    static KOKKOS_FUNCTION value_type value(std::uint32_t field) { return field < 128 ? -1.0F : 1.0F; }
};

eggroll::LowRank<1, Coin> perturbation;
