// SPDX-License-Identifier: Apache-2.0
// expected-error: "Sgd steps are real numbers: int8 storage takes ThresholdStep"

#include <eggroll/optimizer/sgd.hpp>

eggroll::Sgd::state<std::int8_t, Kokkos::HostSpace> state(eggroll::Sgd{}, 1);
