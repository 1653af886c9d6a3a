// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/fill.hpp>
#include <eggroll/kernels/device/on.hpp>
#include <eggroll/kernels/device/update_scratch.hpp>
#include <eggroll/kernels/device/update_terms.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::device {

/// Adds a chunk of directions to the sums of a slab, in increasing order of directions and components; the first chunk
/// begins from zero. A work item has `tile` neighbouring columns of a row.
template <class Term, class Weight>
struct AccumulateTile {
    using Sum = UpdateSum<Weight>;
    static constexpr std::int64_t tile = 16;

    Term term;
    std::int64_t directions;
    std::int64_t columns;
    bool first_chunk;
    Sum* sums; // (row of the slab, column)

    static std::int64_t tiles(std::int64_t columns) { return (columns + tile - 1) / tile; }

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const tiles_of_row = (columns + tile - 1) / tile;
        std::int64_t const row = index / tiles_of_row;
        std::int64_t const column = index % tiles_of_row * tile;
        Sum* const target = sums + row * columns + column;
        if (column + tile <= columns) {
            accumulate_columns(row, column, tile, target); // a constant, so that compilers unroll
        } else {
            accumulate_columns(row, column, columns - column, target);
        }
    }

    KOKKOS_FORCEINLINE_FUNCTION void accumulate_columns(std::int64_t row, std::int64_t column, std::int64_t count,
                                                        Sum* target) const {
        constexpr bool integer = StorageTraits<Weight>::integer;
        ChunkSum<Weight> chunk[tile] = {};
        if (!integer && !first_chunk) { // floats go on where the last chunk stopped, so chunks leave no trace
            for (std::int64_t l = 0; l < count; ++l) {
                chunk[l] = static_cast<ChunkSum<Weight>>(target[l]);
            }
        }
        for (std::int64_t direction = 0; direction < directions; ++direction) {
            term.add(direction, row, column, count, chunk);
        }
        for (std::int64_t l = 0; l < count; ++l) {
            target[l] = integer && !first_chunk ? target[l] + chunk[l] : chunk[l];
        }
    }
};

/// Hands the sums of a slab to the rule.
template <class Rule, class Sum>
struct ApplyRule {
    Rule rule;
    Sum const* sums; // (element of the slab)
    std::int64_t first_element;

    KOKKOS_FUNCTION void operator()(std::int64_t index) const { rule(first_element + index, sums[index]); }
};

/// Sums what `measure` gives for the elements of a row, in the order of its columns. A work item has a whole row, so
/// that the order depends on nothing.
template <class Measure, class Sum>
struct MeasureRow {
    Measure measure;
    Sum const* sums; // (row of the slab, column)
    std::int64_t columns;
    std::int64_t first_row;
    double* totals; // (row of the parameter, measurement)

    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        std::int64_t const first_element = (first_row + row) * columns;
        auto total = measure(first_element, sums[row * columns]);
        for (std::int64_t column = 1; column < columns; ++column) {
            auto const values = measure(first_element + column, sums[row * columns + column]);
            for (std::size_t k = 0; k < values.size(); ++k) {
                total[k] += values[k];
            }
        }
        for (std::size_t k = 0; k < total.size(); ++k) {
            totals[static_cast<std::size_t>(first_row + row) * total.size() + k] = total[k];
        }
    }
};

/// Cuts the scratch into arrays.
class ScratchCursor {
public:
    explicit ScratchCursor(void* memory) : next_(static_cast<std::byte*>(memory)) {}

    template <class T>
    T* take(std::int64_t count) {
        T* const taken = reinterpret_cast<T*>(next_);
        std::int64_t const bytes = count * static_cast<std::int64_t>(sizeof(T));
        next_ += (bytes + UpdateShape::alignment - 1) / UpdateShape::alignment * UpdateShape::alignment;
        return taken;
    }

private:
    std::byte* next_;
};

/// The noise of directions [first, first + count) for the rows of a slab, generated into `noise`.
template <class Space, class Source, class Weight>
LowRankTerm<Weight> generate(On<Space> const& place, LowRankUpdate<Source, Weight> const& update, ScratchCursor noise,
                             std::int64_t first, std::int64_t count, std::int64_t first_row, std::int64_t) {
    Weight* const a = noise.take<Weight>(count * update.rank * update.out);
    Weight* const b = noise.take<Weight>(count * update.rank * update.in);
    fill(place, update.source, update.parameter, Factor::a, first, count, 0, update.rank, update.out, a);
    fill(place, update.source, update.parameter, Factor::b, first, count, 0, update.rank, update.in, b);
    return {update.weights + first, a, b, update.rank, update.out, update.in, first_row};
}
template <class Space, class Source, class Weight>
FullRankTerm<Weight> generate(On<Space> const& place, FullRankUpdate<Source, Weight> const& update, ScratchCursor noise,
                              std::int64_t first, std::int64_t count, std::int64_t first_row, std::int64_t rows) {
    Weight* const e = noise.take<Weight>(count * rows * update.in);
    fill(place, update.source, update.parameter, Factor::full, first, count, first_row, rows, update.in, e);
    return {update.weights + first, e, rows, update.in};
}
template <class Space, class Source, class Weight>
ProductTerm<Weight> generate(On<Space> const& place, ProductUpdate<Source, Weight> const& update, ScratchCursor noise,
                             std::int64_t first, std::int64_t count, std::int64_t, std::int64_t) {
    Weight* const u1 = noise.take<Weight>(count * update.length);
    Weight* const u2 = noise.take<Weight>(count * update.length);
    fill(place, update.source, update.parameter, Factor::a, first, count, 0, 1, update.length, u1);
    fill(place, update.source, update.parameter, Factor::b, first, count, 0, 1, update.length, u2);
    return {update.weights + first, u1, u2, update.length};
}

/// use(first row, rows, sums) for slabs that cover a parameter, sums (row of the slab, column) being those over the
/// update's directions.
template <class Space, template <class, class> class Update, class Source, class Weight, class Use>
void for_each_slab(On<Space> const& place, Update<Source, Weight> const& update, void* scratch, std::size_t bytes,
                   Use const& use) {
    using Sum = UpdateSum<Weight>;
    UpdateShape const shape = shape_of(update);
    UpdatePlan const steps = plan(shape, static_cast<std::int64_t>(bytes));
    for (std::int64_t row = 0; row < shape.rows; row += steps.slab) {
        std::int64_t const rows = std::min(steps.slab, shape.rows - row);
        ScratchCursor cursor(scratch);
        Sum* const sums = cursor.take<Sum>(rows * shape.columns);
        std::int64_t first = 0;
        do { // once without directions, for sums of zero
            std::int64_t const count = std::min(steps.chunk, shape.directions - first);
            auto const term = generate(place, update, cursor, first, count, row, rows);
            using Accumulate = AccumulateTile<std::decay_t<decltype(term)>, Weight>;
            launch(place, "eggroll::update_accumulate", rows * Accumulate::tiles(shape.columns),
                   Accumulate{term, count, shape.columns, first == 0, sums});
            first += count;
        } while (first < shape.directions);
        use(row, rows, static_cast<Sum const*>(sums));
    }
}

/// How much scratch an update had better have, where it runs.
template <class Space, class Update>
std::size_t update_bytes(On<Space> const&, Update const& update) {
    return device_update_bytes(update);
}

/// For every element of a parameter, rule(element, sum), with sum = sum_d w[d] e_d[element] over the update's
/// directions: float by one multiply-add for each direction and component, int8 exact in std::int64_t.
///
/// \param update   LowRankUpdate, FullRankUpdate or ProductUpdate; its weights in memory of the space
/// \param scratch  `bytes` of the space's memory, aligned to 64 bytes, until the kernels are done;
///                 `device_update_bytes` is a good size, `device_update_minimum_bytes` the least
/// \param rule     trivially copyable, with KOKKOS_FUNCTION operator()(element, sum) const
/// \throws eggroll::Error when the scratch is too small.
template <class Space, template <class, class> class Update, class Source, class Weight, class Rule>
void update_parameter(On<Space> const& place, Update<Source, Weight> const& update, void* scratch, std::size_t bytes,
                      Rule const& rule) {
    using Sum = UpdateSum<Weight>;
    std::int64_t const columns = update.columns();
    for_each_slab(place, update, scratch, bytes, [&](std::int64_t row, std::int64_t rows, Sum const* sums) {
        launch(place, "eggroll::update_rule", rows * columns, ApplyRule<Rule, Sum>{rule, sums, row * columns});
    });
}

/// totals (row, measurement), in the space's memory: for every row of a parameter, the sums of measure(element, sum)
/// over its columns. `update`, `scratch` and `bytes` as for update_parameter, whose sums it gets; `measure` returns a
/// Kokkos::Array of doubles.
template <class Space, template <class, class> class Update, class Source, class Weight, class Measure>
void measure_parameter(On<Space> const& place, Update<Source, Weight> const& update, void* scratch, std::size_t bytes,
                       Measure const& measure, double* totals) {
    using Sum = UpdateSum<Weight>;
    for_each_slab(place, update, scratch, bytes, [&](std::int64_t row, std::int64_t rows, Sum const* sums) {
        launch(place, "eggroll::update_measure", rows,
               MeasureRow<Measure, Sum>{measure, sums, update.columns(), row, totals});
    });
}

} // namespace eggroll::kernels::device
