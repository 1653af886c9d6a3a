// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/pair_of_floats.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Rows as 16-bit floats, the form in which tensor cores multiply them; zeros to the end of each row's stride.
template <class Stored>
struct RoundRows {
    static constexpr int threads = 256;

    Array2<float const> x;
    Stored* copy;             // (row, copy_stride)
    std::int64_t copy_stride; // elements; even

    std::int64_t blocks() const { return (x.rows * (copy_stride / 2) + threads - 1) / threads; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const index = block.index() * threads + block.thread();
        std::int64_t const row = index / (copy_stride / 2);
        std::int64_t const at = index % (copy_stride / 2) * 2;
        if (row < x.rows) {
            store_rounded(copy + row * copy_stride, at, copy_stride, load_pair(x.row(row), at, x.columns));
        }
    }
};

} // namespace eggroll::kernels::cuda
