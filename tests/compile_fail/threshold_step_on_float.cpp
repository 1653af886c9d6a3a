// SPDX-License-Identifier: Apache-2.0
// expected-error: "float storage takes Sgd or Adam"

#include <eggroll/optimizer/threshold_step.hpp>

eggroll::ThresholdStep::state<float, Kokkos::HostSpace> state(eggroll::ThresholdStep{}, 1);
