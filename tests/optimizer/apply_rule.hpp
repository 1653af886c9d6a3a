// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace eggroll::testing {

/// What the update does with a rule: loads the stored element, and stores what the rule makes of it and its sum.
template <class Rule, class Storage, class Sum>
void apply_rule(Rule const& rule, std::vector<Storage>& parameters, std::int64_t element, Sum sum) {
    auto& stored = parameters[static_cast<std::size_t>(element)];
    stored = rule(element, stored, sum);
}

} // namespace eggroll::testing
