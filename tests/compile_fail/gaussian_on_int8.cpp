// SPDX-License-Identifier: Apache-2.0
// expected-error: "Integer storage needs an integer distribution such as eggroll::FixedPointGaussian"

#include <eggroll/eggroll.hpp>

struct IntegerModel {
    using storage_type = std::int8_t;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

void train() {
    eggroll::EvolutionStrategy es{IntegerModel{}, eggroll::LowRank<1, eggroll::Gaussian>{.sigma = 0.0625F},
                                  eggroll::ThresholdStep{}};
    using Members = decltype(es)::members_type;
    es.evaluate_mean([&](Members const& members, Members::fitness_type) {
        members.linear(es.model().weight, members.array<std::int8_t>(members.size(), 3));
    });
}
