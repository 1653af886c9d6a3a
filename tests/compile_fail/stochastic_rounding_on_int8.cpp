// SPDX-License-Identifier: Apache-2.0
// expected-error: "StochasticRounding: int8 parameters move by whole units"

#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/optimizer/stochastic_rounding.hpp>

#include <cstdint>

eggroll::StochasticRounding<eggroll::Sgd>::state<std::int8_t, Kokkos::HostSpace> state({}, 1);
