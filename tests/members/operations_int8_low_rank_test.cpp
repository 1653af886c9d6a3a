// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/low_rank.hpp>

using eggroll::dynamic_rank;
using eggroll::FixedPointGaussian;
using eggroll::LowRank;
using eggroll::VectorPerturbation;
using eggroll::testing::check_operations;

TEST_CASE("int8 operations at rank 1", "[operations]") {
    check_operations<std::int8_t>(LowRank<1, FixedPointGaussian>{.sigma = 0x1p-4});
    check_operations<std::int8_t>(LowRank<1, FixedPointGaussian>{.sigma = 1.0F, .antithetic = false});
    check_operations<std::int8_t>(LowRank<1, FixedPointGaussian>{.sigma = 0x1p-1, .vectors = VectorPerturbation::full});
}

TEST_CASE("int8 operations at rank 3", "[operations]") {
    check_operations<std::int8_t>(LowRank<3, FixedPointGaussian>{.sigma = 0x1p-2});
}

TEST_CASE("int8 operations at ranks chosen at run time", "[operations]") {
    check_operations<std::int8_t>(LowRank<dynamic_rank, FixedPointGaussian>{
        .sigma = 0x1p-2,
        .rank = 2,
        .overrides = {{.parameter = "table", .rank = 7}, {.parameter = "bias", .rank = 0}}});
}
