// SPDX-License-Identifier: Apache-2.0
// expected-error: "int8 storage votes with -1, 0 or +1 per pair: shape with PairSign"

#include <eggroll/concepts.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/perturbation/low_rank.hpp>

struct IntegerModel {
    using storage_type = std::int8_t;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

static_assert(eggroll::check_policies<IntegerModel, eggroll::LowRank<1, eggroll::FixedPointGaussian>,
                                      eggroll::ThresholdStep, eggroll::CentredRank>());
