// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the programs that train for a while share.

#include <csignal>
#include <cstdio>
#include <string>

namespace program {

/// Not 0 once somebody wants an end: what there is gets written first.
inline volatile std::sig_atomic_t interrupted = 0;

/// From now on Ctrl-C and SIGTERM set `interrupted`.
inline void listen_for_interrupts() {
    std::signal(SIGINT, [](int) { interrupted = 1; });
    std::signal(SIGTERM, [](int) { interrupted = 1; });
}

/// A line of at most 255 characters, by std::printf's rules.
std::string format(char const* pattern, auto... values) {
    char buffer[256];
    std::snprintf(buffer, sizeof buffer, pattern, values...);
    return buffer;
}

} // namespace program
