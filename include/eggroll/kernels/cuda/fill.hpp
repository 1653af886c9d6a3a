// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/fill_columns.hpp>
#include <eggroll/kernels/cuda/on.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Writes the noise of `columns` columns of `directions` directions: out (direction, column, length), see
/// reference/fill.hpp. Every random block is generated once.
template <class Launcher, class Distribution, class T>
void fill(On<Launcher> const& place, NoiseStream<Distribution> const& source, std::uint32_t parameter, Factor factor,
          std::int64_t first_direction, std::int64_t directions, std::int64_t first_column, std::int64_t columns,
          std::int64_t length, T* out) {
    using Kernel = FillColumns<Distribution, T>;
    Kernel const kernel{source,  parameter, factor, first_direction, directions * columns, first_column,
                        columns, length,    out};
    launch(place, "eggroll::fill", kernel.blocks(), 0, kernel);
}

} // namespace eggroll::kernels::cuda
