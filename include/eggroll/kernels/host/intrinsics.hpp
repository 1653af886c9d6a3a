// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// <immintrin.h>, without GCC's false alarm about the deliberately undefined operands of its own AVX-512 intrinsics.

#include <eggroll/config.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif
