// SPDX-License-Identifier: Apache-2.0
// expected-error: "A distribution needs `value_type` and `static KOKKOS_FUNCTION value_type"

#include <eggroll/perturbation/full_rank.hpp>

struct Silent {
    static constexpr int field_bits = 8;
    static constexpr double variance = 1.0;
    static constexpr double kurtosis = 1.0;
};

eggroll::FullRank<Silent> perturbation;
