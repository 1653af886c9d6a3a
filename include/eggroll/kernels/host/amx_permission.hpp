// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Whether this process may use AMX. The tile registers are 8 KiB, so an operating system that saves them says so, and
/// Linux grants them to a process on request only.

#include <eggroll/config.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace eggroll::kernels::host::detail {

/// Whether the CPU has the tiles and their products of bytes, and Linux permits them, to all threads from now on.
inline bool request_amx() {
#if defined(EGGROLL_HAS_X86_TARGETS) && defined(__linux__)
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    constexpr unsigned int xgetbv_works = 1U << 27;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & xgetbv_works) == 0) {
        return false;
    }
    constexpr unsigned int tile_and_int8 = 3U << 24;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tile_and_int8) != tile_and_int8) {
        return false;
    }
    asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    constexpr unsigned int tile_state = 3U << 17; // configuration and data, state components 17 and 18
    constexpr long request_permission = 0x1023;   // ARCH_REQ_XCOMP_PERM
    constexpr long tile_data = 18;
    return (a & tile_state) == tile_state && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

} // namespace eggroll::kernels::host::detail
