// SPDX-License-Identifier: Apache-2.0
// expected-error: "ClipNorm: the optimizer that it wraps, such as ClipUp, measures the gradient itself"

#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>

eggroll::ClipNorm<eggroll::ClipUp>::state<float, Kokkos::HostSpace> state({}, 1);
