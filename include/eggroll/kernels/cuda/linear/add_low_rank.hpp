// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/epilogue.hpp>
#include <eggroll/kernels/cuda/linear/pair_of_floats.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// y (row, out) = base (data row, out) and each member's noise, for members that share their input: the product was
/// computed once. A warp has 16 slots by 64 columns, in the order of a tensor core's fragments.
template <class FactorA>
struct AddLowRank {
    static constexpr int threads = 128;

    LinearEpilogue<FactorA> epilogue;
    Input<float> x; // for its row map
    float const* base;

    KOKKOS_FUNCTION std::int64_t tiles_across() const { return (epilogue.y.columns + 63) / 64; }
    KOKKOS_FUNCTION std::int64_t tiles() const { return (epilogue.terms.rows.slots() + 15) / 16 * tiles_across(); }
    std::int64_t blocks() const { return (tiles() + threads / 32 - 1) / (threads / 32); }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const tile = block.index() * (threads / 32) + block.warp();
        if (tile >= tiles()) {
            return;
        }
        int const q = block.lane() % 4;
        std::int64_t const slot = tile / tiles_across() * 16 + block.lane() / 4;
        std::int64_t const column = tile % tiles_across() * 64;
        std::int64_t const out = epilogue.y.columns;
        float sums[8][4];
        for (int h = 0; h < 2; ++h) {
            std::int64_t const row = epilogue.terms.rows.row(slot + 8 * h);
            for (int j = 0; j < 8; ++j) {
                PairOfFloats const pair = row < epilogue.y.rows
                                              ? load_pair(base + x.data_row(row) * out, column + 8 * j + 2 * q, out)
                                              : PairOfFloats{};
                sums[j][2 * h] = pair.first;
                sums[j][2 * h + 1] = pair.second;
            }
        }
        epilogue.terms.add(sums, epilogue.a, slot, column, q, 0, epilogue.terms.rank);
        epilogue.store(sums, slot, column, q);
    }
};

} // namespace eggroll::kernels::cuda
