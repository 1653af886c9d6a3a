// SPDX-License-Identifier: Apache-2.0
// expected-error: "the text of an assertion that stands after another mistake"

#include <eggroll/config.hpp>

undeclared_type value;

static_assert(false, "the text of an assertion that stands after another mistake");
