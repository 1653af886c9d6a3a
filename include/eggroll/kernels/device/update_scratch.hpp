// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How the device update spends its scratch: on the sums of a slab of the parameter's rows, and on the noise of a chunk
/// of directions. Every slab generates the noise anew, every chunk reads and writes the sums once more; the results
/// depend on neither.

#include <eggroll/error.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace eggroll {

namespace kernels::device {

/// What the scratch of one update is made of.
struct UpdateShape {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t directions = 1;
    std::int64_t most_directions = 1; // in a chunk: more might wrap its int32 sums
    std::int64_t sum_bytes = 0;       // of a row of the slab
    std::int64_t fixed_bytes = 0;     // of a direction
    std::int64_t row_bytes = 0;       // of a direction and a row of the slab

    /// Arrays begin at multiples of this.
    static constexpr std::int64_t alignment = 64;

    std::int64_t direction_bytes(std::int64_t slab) const { return fixed_bytes + slab * row_bytes; }
    std::int64_t bytes(std::int64_t slab, std::int64_t chunk) const {
        return slab * sum_bytes + chunk * direction_bytes(slab) + 4 * alignment;
    }
};

/// Products of `terms` pairs of int8 values that a direction adds to an int32 sum.
inline std::int64_t most_directions(std::int64_t terms) {
    constexpr std::int64_t products = (std::int64_t{1} << 31) / (127 * 127);
    return std::max<std::int64_t>(1, products / std::max<std::int64_t>(terms, 1));
}

template <class Update>
UpdateShape shape_of_noise(Update const& update, std::int64_t fixed_bytes, std::int64_t row_bytes, std::int64_t terms) {
    auto const sum_bytes = static_cast<std::int64_t>(sizeof(UpdateSum<typename Update::weight_type>));
    return {update.rows(), update.columns(), update.directions, most_directions(terms), update.columns() * sum_bytes,
            fixed_bytes,   row_bytes};
}

/// Noise of a direction, in bytes: factors of all rows, and what a row of the slab has to itself. Noise is stored as
/// the parameter is; int8 weights belong to int8 parameters.
template <class Source, class Weight>
UpdateShape shape_of(LowRankUpdate<Source, Weight> const& update) {
    auto const factors = static_cast<std::int64_t>(sizeof(Weight)) * update.rank * (update.out + update.in);
    return shape_of_noise(update, factors, 0, update.rank);
}
template <class Source, class Weight>
UpdateShape shape_of(FullRankUpdate<Source, Weight> const& update) {
    return shape_of_noise(update, 0, static_cast<std::int64_t>(sizeof(Weight)) * update.in, 1);
}
template <class Source, class Weight>
UpdateShape shape_of(ProductUpdate<Source, Weight> const& update) {
    return shape_of_noise(update, 2 * static_cast<std::int64_t>(sizeof(Weight)) * update.length, 0, 1);
}

/// Rows of a slab and directions of a chunk.
struct UpdatePlan {
    std::int64_t slab = 1;
    std::int64_t chunk = 1;
};

/// Half of the scratch, or what one direction leaves over, goes to the sums, the rest to noise.
inline UpdatePlan plan(UpdateShape const& shape, std::int64_t bytes) {
    std::int64_t const minimum = shape.bytes(1, 1);
    EGGROLL_EXPECTS(bytes >= minimum, "the update of a parameter with " + std::to_string(shape.columns) +
                                          " columns needs " + std::to_string(minimum) + " bytes of scratch, and has " +
                                          std::to_string(bytes) + ": give it more");
    std::int64_t const target = std::max(minimum, bytes / 2);
    std::int64_t const spare = target - shape.bytes(0, 1);
    std::int64_t const slab = std::clamp<std::int64_t>(spare / (shape.sum_bytes + shape.row_bytes), 1, shape.rows);
    std::int64_t const room = (bytes - shape.bytes(slab, 0)) / shape.direction_bytes(slab);
    std::int64_t const most = std::min(shape.most_directions, std::max<std::int64_t>(shape.directions, 1));
    return {slab, std::clamp<std::int64_t>(room, 1, most)};
}

} // namespace kernels::device

/// The least scratch that the device update of a parameter takes: one row, one direction.
template <class Update>
std::size_t device_update_minimum_bytes(Update const& update) {
    return static_cast<std::size_t>(kernels::device::shape_of(update).bytes(1, 1));
}

/// Scratch for the device update of a parameter: enough to do it in one go, or about 32 MiB if that is less.
template <class Update>
std::size_t device_update_bytes(Update const& update) {
    constexpr std::int64_t enough = std::int64_t{32} << 20;
    kernels::device::UpdateShape const shape = kernels::device::shape_of(update);
    std::int64_t const chunk = std::min(shape.most_directions, std::max<std::int64_t>(shape.directions, 1));
    std::int64_t const all = std::max(2 * shape.bytes(shape.rows, 1), shape.bytes(shape.rows, chunk));
    return static_cast<std::size_t>(std::max(shape.bytes(1, 1), std::min(all, enough)));
}

} // namespace eggroll
