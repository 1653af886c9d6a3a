// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/hopper/low_rank_output.hpp>
#include <eggroll/kernels/cuda/hopper/product.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/operands.hpp>

#include <algorithm>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// Whether HopperProduct multiplies by `w`: 16-bit weights in whole tiles of 16 bytes, and enough of them that its
/// large tiles have work. It doesn't depend on how many rows there are, so that results don't depend on chunks.
template <class Launcher, class Stored>
bool uses_hopper(On<Launcher> const& place, Weights<Stored> const& w, TileRows const& rows) {
    bool const suits = sizeof(Stored) == 2 && w.in % 8 == 0 && w.in >= 256 && w.out >= 256 &&
                       reinterpret_cast<std::uintptr_t>(w.data) % 16 == 0;
    // Half pairs of many rows leave more gaps; slices have whole pairs.
    return suits && rows.slots() <= rows.rows + TileRows::most_gaps && place.launcher.runs_hopper_code(place.space);
}

/// y = x W^T and what the epilogue adds; x (slot, stride) 16-bit, aligned to 16 bytes as are its rows.
template <class Launcher, class Stored, class FactorA>
void multiply_hopper(On<Launcher> const& place, Stored const* x, std::int64_t stride, Weights<Stored> const& w,
                     LinearEpilogue<FactorA> const& epilogue) {
    using Kernel = HopperProduct<Stored, LowRankOutput<FactorA>>;
    auto const map_of = [&](Stored const* data, std::int64_t rows, std::int64_t stride_of_rows, int tile_rows) {
        TensorMap map;
        map.data = data;
        map.rows = rows;
        map.columns = w.in;
        map.stride_bytes = stride_of_rows * 2;
        map.tile_rows = tile_rows;
        map.element = tensor_element<Stored>;
        place.launcher.encode(map);
        return map;
    };
    std::int64_t const slots = epilogue.terms.rows.slots();
    Kernel const kernel{map_of(x, slots, stride, Kernel::tile_rows),
                        map_of(w.data, w.out, w.in, Kernel::tile_columns),
                        (w.in + Kernel::step - 1) / Kernel::step,
                        (slots + Kernel::tile_rows - 1) / Kernel::tile_rows,
                        (w.out + Kernel::tile_columns - 1) / Kernel::tile_columns,
                        {epilogue}};
    std::int64_t const multiprocessors = place.launcher.multiprocessors(place.space);
    launch(place, "eggroll::linear_hopper", std::min(kernel.tiles(), multiprocessors), Kernel::shared_bytes, kernel);
}

} // namespace eggroll::kernels::cuda
