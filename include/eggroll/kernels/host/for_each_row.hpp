// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/isa.hpp>

#include <cstdint>

namespace eggroll::kernels::host {

namespace detail {

// A functor's a * b + c would become one rounding with AVX2 and two without: floats would depend on the instruction
// set. GCC can be told so for a function; Clang only where the expression stands. GCC vectorises these loops at -O3
// only, whatever the user's flags are.
#if defined(__GNUC__) && !defined(__clang__)
#define EGGROLL_NO_CONTRACTION __attribute__((optimize("O3", "fp-contract=off")))
#else
#define EGGROLL_NO_CONTRACTION
#endif

template <class RowFunctor>
EGGROLL_NO_CONTRACTION void for_each_row_scalar(std::int64_t rows, RowFunctor const& functor) {
    for (std::int64_t row = 0; row < rows; ++row) {
        functor(row);
    }
}

#if defined(EGGROLL_HAS_X86_TARGETS)
template <class RowFunctor>
EGGROLL_TARGET_AVX2 EGGROLL_NO_CONTRACTION void for_each_row_avx2(std::int64_t rows, RowFunctor const& functor) {
    for (std::int64_t row = 0; row < rows; ++row) {
        functor(row);
    }
}

template <class RowFunctor>
EGGROLL_TARGET_AVX512 EGGROLL_NO_CONTRACTION void for_each_row_avx512(std::int64_t rows, RowFunctor const& functor) {
    for (std::int64_t row = 0; row < rows; ++row) {
        functor(row);
    }
}
#endif

} // namespace detail

/// functor(row) for all rows in order. The functor is inlined into a loop compiled for the instruction set, where its
/// loops over columns are vectorised; it must be KOKKOS_FORCEINLINE_FUNCTION, else it runs as it was compiled.
template <class RowFunctor>
void for_each_row(Thread thread, std::int64_t rows, RowFunctor const& functor) {
#if defined(EGGROLL_HAS_X86_TARGETS)
    if (thread.isa >= Isa::avx512) {
        return detail::for_each_row_avx512(rows, functor);
    }
    if (thread.isa == Isa::avx2) {
        return detail::for_each_row_avx2(rows, functor);
    }
#endif
    static_cast<void>(thread);
    detail::for_each_row_scalar(rows, functor);
}

} // namespace eggroll::kernels::host
