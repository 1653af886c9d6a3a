// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/storage/half.hpp>

using eggroll::FullRank;
using eggroll::half;
using eggroll::testing::check_as_rounded_float;

TEST_CASE("half operations at full rank", "[operations]") {
    check_as_rounded_float<half>(FullRank<>{.sigma = 0.25F});
    check_as_rounded_float<half>(FullRank<>{.sigma = 0.25F, .antithetic = false});
    check_as_rounded_float<half>(FullRank<>{.sigma = 0.25F, .overrides = {{.parameter = "table", .rank = 0}}});
}
