// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/random/noise.hpp>

namespace eggroll::kernels::reference {

/// Writes noise: out (direction, column, length), dense, for the global directions from `first_direction` and the
/// columns from `first_column`.
template <noise_source Source, class T>
void fill(Place, Source const& source, std::uint32_t parameter, Factor factor, std::int64_t first_direction,
          std::int64_t directions, std::int64_t first_column, std::int64_t columns, std::int64_t length, T* out) {
    for (std::int64_t d = 0; d < directions; ++d) {
        for (std::int64_t c = 0; c < columns; ++c) {
            for (std::int64_t e = 0; e < length; ++e) {
                *out++ =
                    noise_cast<T>(source.value(parameter, factor, first_direction + d, first_column + c, length, e));
            }
        }
    }
}

} // namespace eggroll::kernels::reference
