// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/storage/half.hpp>

using eggroll::dynamic_rank;
using eggroll::half;
using eggroll::LowRank;
using eggroll::VectorPerturbation;
using eggroll::testing::check_as_rounded_float;

TEST_CASE("half operations of low rank", "[operations]") {
    check_as_rounded_float<half>(LowRank<dynamic_rank>{.sigma = 0.25F});
    check_as_rounded_float<half>(
        LowRank<dynamic_rank>{.sigma = 0.25F, .rank = 3, .antithetic = false, .vectors = VectorPerturbation::product});
}

TEST_CASE("half operations with frozen parameters", "[operations]") {
    check_as_rounded_float<half>(LowRank<dynamic_rank>{
        .sigma = 0.25F, .vectors = VectorPerturbation::none, .overrides = {{.parameter = "weight", .rank = 0}}});
}
