// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/none.hpp>

using eggroll::FixedPointGaussian;
using eggroll::FullRank;
using eggroll::Unperturbed;
using eggroll::testing::check_operations;

TEST_CASE("int8 operations at full rank", "[operations]") {
    check_operations<std::int8_t>(FullRank<FixedPointGaussian>{.sigma = 0x1p-4});
    check_operations<std::int8_t>(FullRank<FixedPointGaussian>{.sigma = 1.0F, .antithetic = false});
}

TEST_CASE("int8 operations without noise", "[operations]") {
    check_operations<std::int8_t>(Unperturbed<FixedPointGaussian>{});
}
