// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The elementwise parts of EGG's recurrent cell, all int8. For normalised input x and state s:
///     f  = sat(Wf.x + Uf.s + bf)               SumOfThree
///     q  = ((f + 127) s) >> 8                  GatedState
///     h  = sat(Wh.x + Uh.q + bh)               SumOfThree
///     s' = s + (((f + 127) (h - s)) >> 8)      BlendState
/// (f + 127) / 256 is a gate between 0 and 254/256: there is no other activation function.

#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// y = sat(a + b + vector of the row's member), saturated once. y may be a or b.
struct SumOfThree {
    Array2<std::int8_t const> a;      // (row, column)
    Array2<std::int8_t const> b;      // (row, column)
    Array2<std::int8_t const> vector; // (member, column); one row with stride 0 serves all members
    std::int64_t rows_per_member = 1;
    Array2<std::int8_t> y; // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int8_t const* const first = a.row(row);
        std::int8_t const* const second = b.row(row);
        std::int8_t const* const third = vector.row(row / rows_per_member);
        std::int8_t* const sum = y.row(row);
        std::int64_t const columns = y.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            sum[j] = saturate(first[j] + second[j] + third[j]);
        }
    }
};

/// q = ((f + 127) s) >> 8, within [-126, 126].
struct GatedState {
    Array2<std::int8_t const> f; // (row, column)
    Array2<std::int8_t const> s; // (row, column)
    Array2<std::int8_t> q;       // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int8_t const* const gate = f.row(row);
        std::int8_t const* const state = s.row(row);
        std::int8_t* const gated = q.row(row);
        std::int64_t const columns = q.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            gated[j] = static_cast<std::int8_t>(((gate[j] + 127) * state[j]) >> 8);
        }
    }
};

/// s += ((f + 127) (h - s)) >> 8: the new state lies between s and h, so nothing saturates; the correction alone
/// would not fit in 8 bits, nor the product in 16.
struct BlendState {
    Array2<std::int8_t const> f; // (row, column)
    Array2<std::int8_t const> h; // (row, column)
    Array2<std::int8_t> s;       // (row, column)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t row) const {
        std::int8_t const* const gate = f.row(row);
        std::int8_t const* const candidate = h.row(row);
        std::int8_t* const state = s.row(row);
        std::int64_t const columns = s.columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            int const correction = ((gate[j] + 127) * (candidate[j] - state[j])) >> 8;
            state[j] = static_cast<std::int8_t>(state[j] + correction);
        }
    }
};

} // namespace eggroll::kernels::rows
