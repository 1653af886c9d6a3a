// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the library needs of its surroundings. Every header includes this one, so a wrong compiler or Kokkos is
/// named in the first line of the first error.

#include <eggroll/version.hpp>

#include <Kokkos_Macros.hpp>

#if __cplusplus < 202002L
#error "eggroll needs C++20: compile with -std=c++20, or in CMake link the target eggroll::eggroll, which asks for it."
#endif

#if KOKKOS_VERSION < 50002
#error "eggroll needs Kokkos 5.0.2 or newer: point CMAKE_PREFIX_PATH at one, or let eggroll's CMake fetch it."
#endif

/// Kernels of the x86-64 instruction sets are compiled with `target` attributes and chosen at run time.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(__CUDA_ARCH__)
#define EGGROLL_HAS_X86_TARGETS 1
#endif

/// The target of this compilation pass has a fused multiply-add instruction.
#if defined(__FP_FAST_FMAF) || defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__) ||                            \
    defined(__SYCL_DEVICE_ONLY__)
#define EGGROLL_HAS_FMA 1
#endif
