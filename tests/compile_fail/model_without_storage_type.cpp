// SPDX-License-Identifier: Apache-2.0
// expected-error: "A model needs `using storage_type = float"

#include <eggroll/eggroll.hpp>

struct Untyped {
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

void train() {
    eggroll::EvolutionStrategy es{Untyped{}, eggroll::LowRank<1>{}, eggroll::Sgd{}};
}
