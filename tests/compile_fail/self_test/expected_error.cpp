// SPDX-License-Identifier: Apache-2.0
// expected-error: "only this"

#include <eggroll/config.hpp>

static_assert(EGGROLL_VERSION_MAJOR < 0, "only this");
