// SPDX-License-Identifier: Apache-2.0
// expected-error: "A model needs a public member `eggroll::ParameterLayout layout`"

#include <eggroll/eggroll.hpp>

struct Nameless {
    using storage_type = float;
};

void train() {
    eggroll::EvolutionStrategy es{Nameless{}, eggroll::LowRank<1>{}, eggroll::Sgd{}};
}
