// SPDX-License-Identifier: Apache-2.0
// expected-error: "never said"

#include <eggroll/config.hpp>
