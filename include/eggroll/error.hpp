// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <stdexcept>
#include <string>

namespace eggroll {

/// The one exception type of the library: what() names the value, the parameter and the remedy.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace eggroll

/// Throws eggroll::Error with `message` (any expression convertible to std::string, evaluated only on failure) unless
/// `condition` holds. Host code only.
#define EGGROLL_EXPECTS(condition, message)                                                                            \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            throw ::eggroll::Error(message);                                                                           \
        }                                                                                                              \
    } while (false)
