// SPDX-License-Identifier: Apache-2.0
// expected-error: "FloatMasters: float parameters are their own masters"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/float_masters.hpp>

eggroll::FloatMasters<eggroll::Adam>::state<float, Kokkos::HostSpace> state({}, 1);
