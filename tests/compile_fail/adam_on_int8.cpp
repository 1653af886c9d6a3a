// SPDX-License-Identifier: Apache-2.0
// expected-error: "int8 storage takes ThresholdStep"

#include <eggroll/eggroll.hpp>

struct IntegerModel {
    using storage_type = std::int8_t;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

void train() {
    eggroll::EvolutionStrategy es{IntegerModel{}, eggroll::LowRank<1, eggroll::FixedPointGaussian>{.sigma = 0.0625F},
                                  eggroll::Adam{}};
}
