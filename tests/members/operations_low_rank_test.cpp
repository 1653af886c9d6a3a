// SPDX-License-Identifier: Apache-2.0

#include "probe.hpp"

#include <eggroll/perturbation/low_rank.hpp>

using eggroll::dynamic_rank;
using eggroll::LowRank;
using eggroll::VectorPerturbation;
using eggroll::testing::check_operations;

TEST_CASE("float operations at rank 1", "[operations]") {
    check_operations<float>(LowRank<1>{.sigma = 0.25F});
    check_operations<float>(LowRank<1>{.sigma = 0.25F, .antithetic = false});
    check_operations<float>(LowRank<1>{.sigma = 0.25F, .vectors = VectorPerturbation::product});
    check_operations<float>(LowRank<1>{.sigma = 0.25F, .vectors = VectorPerturbation::none});
}

TEST_CASE("float operations at rank 3", "[operations]") {
    check_operations<float>(LowRank<3>{.sigma = 0.25F});
}

TEST_CASE("float operations at ranks chosen at run time", "[operations]") {
    check_operations<float>(
        LowRank<dynamic_rank>{.sigma = 0.25F, .rank = 2, .overrides = {{.parameter = "table", .rank = 5}}});
    check_operations<float>(LowRank<dynamic_rank>{.sigma = 0.25F, .overrides = {{.parameter = "weight", .rank = 0}}});
}
