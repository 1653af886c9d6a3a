// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How the update cuts its work, and the scratch that one tile needs.

#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/host/update_steps.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::host {

constexpr std::int64_t ceil_div(std::int64_t n, std::int64_t divisor) {
    return (n + divisor - 1) / divisor;
}
constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) {
    return ceil_div(n, multiple) * multiple;
}

/// The largest tile of sums and chunk of directions that an update is cut into. Sums don't depend on them: each element
/// takes its terms in one order. Sizes are for a second-level cache of a megabyte.
struct UpdateShape {
    std::int64_t rows = 0;       // of a tile
    std::int64_t columns = 0;    // of a tile
    std::int64_t directions = 0; // of a chunk
    std::int64_t terms = 0;      // of a chunk: directions times components
    std::int64_t a_stride = 0;   // elements from one term of the first operand to the next
    std::int64_t b_stride = 0;   // of the second operand; its terms are whole vectors
    std::int64_t sums = 0;       // of a tile, rows padded
    std::int64_t all_terms = 0;  // of the update
};

/// A row of terms, padded so that the terms of a power of two don't share a set of the cache.
constexpr std::int64_t term_stride(std::int64_t length) {
    return round_up(length, update_lanes) + update_lanes;
}

template <class Source, class Weight>
UpdateShape update_shape(LowRankUpdate<Source, Weight> const& u, std::int64_t rows) {
    UpdateShape s;
    std::int64_t const tiles = std::max<std::int64_t>(ceil_div(rows, 256), 1);
    s.rows = ceil_div(rows, tiles); // equally high: a low tile takes as much noise of columns
    s.columns = std::min<std::int64_t>(u.in, 512);
    s.directions = std::clamp<std::int64_t>(UpdateArithmetic<Weight>::terms_per_chunk / std::max(u.rank, 1), 1,
                                            std::max<std::int64_t>(u.directions, 1));
    s.terms = s.directions * u.rank;
    s.all_terms = u.directions * u.rank;
    s.a_stride = term_stride(s.rows + ColumnPart::alignment); // generated from an aligned element on
    s.b_stride = term_stride(s.columns);
    s.sums = s.rows * round_up(s.columns, update_lanes);
    return s;
}

/// Full noise is one operand, the other is the weights: the rows of a tile lie side by side as one long row.
template <class Source, class Weight>
UpdateShape update_shape(FullRankUpdate<Source, Weight> const& u, std::int64_t rows) {
    UpdateShape s;
    s.columns = std::min<std::int64_t>(u.in, 512);
    s.rows = std::clamp<std::int64_t>(2048 / std::max<std::int64_t>(s.columns, 1), 1, std::max<std::int64_t>(rows, 1));
    s.directions = std::clamp<std::int64_t>(u.directions, 1, 32);
    s.terms = s.directions;
    s.all_terms = u.directions;
    s.a_stride = update_lanes;
    s.b_stride = term_stride(s.rows * s.columns);
    s.sums = round_up(s.rows * s.columns, update_lanes);
    return s;
}

template <class Source, class Weight>
UpdateShape update_shape(ProductUpdate<Source, Weight> const& u, std::int64_t) {
    UpdateShape s;
    s.rows = 1;
    s.columns = std::min<std::int64_t>(u.length, 1024);
    s.directions = std::clamp<std::int64_t>(u.directions, 1, 32);
    s.terms = s.directions;
    s.all_terms = u.directions;
    s.a_stride = term_stride(s.columns);
    s.b_stride = s.a_stride;
    s.sums = round_up(s.columns, update_lanes);
    return s;
}

/// The arrays of a tile in a caller's scratch. T is the storage of the noise: float or std::int8_t.
template <class T>
struct UpdateWorkspace {
    using element = typename UpdateArithmetic<T>::element;
    using sum = typename UpdateArithmetic<T>::sum;

    T* a_noise = nullptr;            // (term, row)
    T* b_noise = nullptr;            // (term, column)
    element* a = nullptr;            // (step, row)
    element* b = nullptr;            // (step, column)
    sum* sums = nullptr;             // (row, column), rows padded
    std::int64_t* totals = nullptr;  // (row, column), rows padded: sums that outgrow 32 bits
    std::int32_t* offsets = nullptr; // (row): of the rows' operand, with byte products
    std::int64_t a_stride = 0;
    std::int64_t b_stride = 0;
    std::int64_t bytes = 0;

    /// Lays the arrays out from `memory` on; with null, only counts `bytes`.
    UpdateWorkspace(UpdateShape const& shape, std::byte* memory) : a_stride(shape.a_stride), b_stride(shape.b_stride) {
        if (memory != nullptr) {
            memory +=
                round_up(reinterpret_cast<std::intptr_t>(memory), alignment) - reinterpret_cast<std::intptr_t>(memory);
        }
        take(memory, shape.terms * a_stride, a_noise);
        take(memory, shape.terms * b_stride, b_noise);
        if constexpr (std::is_same_v<T, element>) {
            a = a_noise; // scaled in place, used as they are
            b = b_noise;
        } else {
            std::int64_t const steps = ceil_div(shape.terms, 2); // the most that a kernel makes of them
            take(memory, steps * a_stride, a);
            take(memory, steps * b_stride, b);
            take(memory, a_stride, offsets);
            if (shape.all_terms > UpdateArithmetic<T>::terms_per_sum) {
                take(memory, shape.sums, totals);
            }
        }
        take(memory, shape.sums, sums);
        bytes += alignment;
    }

    /// What kernels take, of rows from `row` of the operand on.
    UpdateSteps<T> steps(std::int64_t row, std::int64_t sums_stride, std::int64_t count) const {
        UpdateSteps<T> steps{a + row, b, sums, a_stride, b_stride, sums_stride, count};
        if constexpr (!std::is_same_v<T, element>) {
            steps.offsets = offsets + row;
        }
        return steps;
    }

private:
    static constexpr std::int64_t alignment = 64;

    template <class U>
    void take(std::byte* memory, std::int64_t count, U*& array) {
        if (memory != nullptr) {
            array = reinterpret_cast<U*>(memory + bytes);
        }
        bytes += round_up(count * static_cast<std::int64_t>(sizeof(U)), alignment);
    }
};

} // namespace eggroll::kernels::host

namespace eggroll {

/// Scratch, in bytes of any alignment, that update_rows of the host needs for `rows` rows.
template <class Update>
std::int64_t update_scratch_bytes(Update const& update, std::int64_t rows) {
    using Workspace = kernels::host::UpdateWorkspace<typename Update::weight_type>;
    return Workspace(kernels::host::update_shape(update, rows), nullptr).bytes;
}

} // namespace eggroll
