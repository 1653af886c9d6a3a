// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/storage/bfloat16.hpp>

using eggroll::bfloat16;
using eggroll::FullRank;
using eggroll::testing::check_as_rounded_float;

TEST_CASE("bfloat16 operations at full rank", "[operations]") {
    check_as_rounded_float<bfloat16>(FullRank<>{.sigma = 0.25F});
    check_as_rounded_float<bfloat16>(FullRank<>{.sigma = 0.25F, .antithetic = false});
    check_as_rounded_float<bfloat16>(FullRank<>{.sigma = 0.25F, .overrides = {{.parameter = "table", .rank = 0}}});
}
