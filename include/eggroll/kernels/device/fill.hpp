// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// One element of the noise that `fill` writes.
template <class Source, class T>
struct FillElement {
    Source source;
    std::uint32_t parameter;
    Factor factor;
    std::int64_t first_direction;
    std::int64_t first_column;
    std::int64_t columns;
    std::int64_t length;
    T* out; // (direction, column, element)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const column = index / length;
        out[index] = noise_cast<T>(source.value(parameter, factor, first_direction + column / columns,
                                                first_column + column % columns, length, index % length));
    }
};

/// Writes the noise of `columns` columns of `directions` directions: out (direction, column, length), see
/// reference/fill.hpp.
template <class Space, class Source, class T>
void fill(On<Space> const& place, Source const& source, std::uint32_t parameter, Factor factor,
          std::int64_t first_direction, std::int64_t directions, std::int64_t first_column, std::int64_t columns,
          std::int64_t length, T* out) {
    launch(place, "eggroll::fill", directions * columns * length,
           FillElement<Source, T>{source, parameter, factor, first_direction, first_column, columns, length, out});
}

} // namespace eggroll::kernels::device
