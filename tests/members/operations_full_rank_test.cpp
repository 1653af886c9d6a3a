// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/none.hpp>

using eggroll::FullRank;
using eggroll::Unperturbed;
using eggroll::VectorPerturbation;
using eggroll::testing::check_operations;

TEST_CASE("float operations at full rank", "[operations]") {
    check_operations<float>(FullRank<>{.sigma = 0.25F});
    check_operations<float>(FullRank<>{.sigma = 0.25F, .antithetic = false});
    check_operations<float>(FullRank<>{.sigma = 0.25F, .overrides = {{.parameter = "table", .rank = 0}}});
}

TEST_CASE("float operations without noise", "[operations]") {
    check_operations<float>(Unperturbed<>{});
}
