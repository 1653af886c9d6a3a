// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

namespace eggroll::kernels::reference {

/// Naive loops on the calling thread: the oracle of the tests, and the documentation of every operation. Kernels take
/// a place as their first argument and are found by it.
struct Place {};

} // namespace eggroll::kernels::reference
