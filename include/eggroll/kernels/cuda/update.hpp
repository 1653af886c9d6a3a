// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The update on places that launch thread blocks, for noise of the library's own streams. Other sources fall back to
/// the generic kernels.

#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/cuda/update/elements.hpp>
#include <eggroll/kernels/cuda/update/factors.hpp>
#include <eggroll/kernels/cuda/update/measure.hpp>
#include <eggroll/kernels/cuda/update/plan.hpp>
#include <eggroll/kernels/cuda/update/product.hpp>
#include <eggroll/kernels/cuda/update/rule.hpp>
#include <eggroll/kernels/cuda/update/segments.hpp>
#include <eggroll/kernels/device/update.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// Launches a kernel that applies a rule, and adds what its blocks changed to the rule's total.
template <class Rule, class Launcher, class Kernel>
void launch_rule(On<Launcher> const& place, char const* label, std::size_t shared_bytes, Kernel const& kernel,
                 Rule const& rule, Tally* of_block) {
    launch(place, label, kernel.blocks(), shared_bytes, kernel);
    if constexpr (loading_rule<Rule>) {
        launch(place, "eggroll::update_tally", 1, AddTallies::shared_bytes,
               AddTallies{of_block, kernel.blocks(), rule.total()});
    }
}

template <class Launcher, class Weight, class Rule>
void launch_segments(On<Launcher> const& place, AddSegments<Weight, Rule> const& add, Rule const& rule,
                     Tally* of_block) {
    if (add.last) {
        launch_rule(place, "eggroll::update_segments", sizeof(Tally) * 8, add, rule, of_block);
    } else {
        launch(place, "eggroll::update_segments", add.blocks(), 0, add);
    }
}

/// Rows [row_begin, row_end) of a low-rank update; row_begin is a multiple of the tile's rows.
template <class Launcher, class DistributionA, class DistributionB, class Weight, class Rule>
void update_rows(On<Launcher> const& place,
                 LowRankUpdate<NoiseStream<DistributionA, DistributionB>, Weight> const& update, std::int64_t row_begin,
                 std::int64_t row_end, void* scratch, std::size_t bytes, Rule const& rule) {
    using Generate = GenerateFactors<DistributionA, DistributionB, Weight>;
    using Chunk = typename ComponentsOf<Weight>::sum_type;
    using Sum = UpdateSum<Weight>;
    constexpr int per_word = ComponentsOf<Weight>::per_word;
    ProductShape const shape(update);
    ProductPlan const steps = plan(shape, static_cast<std::int64_t>(bytes));
    device::ScratchCursor start(scratch);
    WeightScale* scale = nullptr;
    if constexpr (std::is_same_v<Weight, float>) {
        scale = start.take<WeightScale>(1);
        launch(place, "eggroll::update_weight_scale", 1, FindWeightScale::shared_bytes,
               FindWeightScale{update.weights, update.directions, scale});
    }
    auto* const of_block =
        start.take<Tally>(UpdateScratch::tallies(steps.rows * steps.columns) / UpdateScratch::tally_bytes);
    for (std::int64_t row = row_begin; row < row_end; row += steps.rows) {
        for (std::int64_t column = 0; column < update.in; column += steps.columns) {
            std::int64_t const rows = std::min(steps.rows, ceiling(row_end - row, UpdateTile::rows));
            std::int64_t const columns = std::min(steps.columns, ceiling(update.in - column, UpdateTile::columns));
            device::ScratchCursor cursor = start;
            auto* const totals = cursor.take<Sum>(steps.direct ? 0 : rows * columns);
            auto* const sums = cursor.take<Chunk>(steps.direct ? 0 : steps.slots * rows * columns);
            auto* const a = cursor.take<std::uint32_t>(steps.words * rows);
            auto* const b = cursor.take<std::uint32_t>(steps.words * columns);
            for (std::int64_t first = 0; first < shape.words;) {
                std::int64_t const begun = first % shape.words_per_segment; // words of the first segment done before
                std::int64_t const most = steps.words < shape.words_per_segment
                                              ? std::min(steps.words, shape.words_per_segment - begun)
                                              : steps.words;
                std::int64_t const words = std::min(most, shape.words - first);
                Generate const generate{update.source,
                                        update.parameter,
                                        update.rank,
                                        update.weights,
                                        scale,
                                        update.directions * update.rank,
                                        first * per_word,
                                        words,
                                        {update.out, row, rows, a},
                                        {update.in, column, columns, b}};
                launch(place, "eggroll::update_factors", generate.blocks(), 0, generate);
                if (steps.direct) {
                    using Finish = ApplyToTile<Weight, Rule>;
                    UpdateProduct<Weight, Finish> const product{
                        a, b, rows, columns, words, words, {rule, scale, row, column, row_end, update.in, of_block}};
                    launch_rule(place, "eggroll::update_product", UpdateTile::shared_bytes, product, rule, of_block);
                    break;
                }
                UpdateProduct<Weight, KeepTile<Weight>> const product{
                    a, b, rows, columns, words, shape.words_per_segment, {sums, rows * columns, columns, begun == 0}};
                launch(place, "eggroll::update_product", product.blocks(), UpdateTile::shared_bytes, product);
                bool const first_segment = first < shape.words_per_segment;
                first += words;
                bool const last = first == shape.words;
                if (last || first % shape.words_per_segment == 0) {
                    AddSegments<Weight, Rule> const add{sums,
                                                        static_cast<int>(product.slots()),
                                                        rows * columns,
                                                        columns,
                                                        totals,
                                                        first_segment,
                                                        last,
                                                        row,
                                                        column,
                                                        std::min(rows, row_end - row),
                                                        std::min(columns, update.in - column),
                                                        update.in,
                                                        scale,
                                                        rule,
                                                        of_block};
                    launch_segments(place, add, rule, of_block);
                }
            }
        }
    }
}

/// Rows [row_begin, row_end) of an update of other noise.
template <class Launcher, noise_of_whole_blocks Update, class Rule>
void update_rows(On<Launcher> const& place, Update const& update, std::int64_t row_begin, std::int64_t row_end,
                 void* scratch, std::size_t bytes, Rule const& rule) {
    ElementsShape const shape(update);
    std::int64_t const slots = shape.slots(static_cast<std::int64_t>(bytes));
    device::ScratchCursor cursor(scratch);
    auto* const of_block = cursor.take<Tally>(UpdateScratch::tallies(shape.elements()) / UpdateScratch::tally_bytes);
    std::int64_t const rows = row_end - row_begin;
    if (slots == 0) {
        UpdateElements<Update, Rule, false> const all{update,         row_begin, rows, 0,
                                                      shape.segments, nullptr,   rule, of_block};
        launch_rule(place, "eggroll::update_elements", sizeof(Tally) * 8, all, rule, of_block);
        return;
    }
    using Segments = UpdateElements<Update, Rule, true>;
    std::int64_t const plane = rows * shape.padded_columns;
    auto* const totals = cursor.take<typename Segments::Sum>(plane);
    auto* const sums = cursor.take<typename Segments::Chunk>(plane * slots);
    for (std::int64_t first = 0; first < shape.segments; first += slots) {
        std::int64_t const count = std::min(slots, shape.segments - first);
        Segments const segments{update, row_begin, rows, first, count, sums, rule, nullptr};
        launch(place, "eggroll::update_elements", segments.blocks(), 0, segments);
        AddSegments<typename Segments::Weight, Rule> const add{sums,
                                                               static_cast<int>(count),
                                                               plane,
                                                               shape.padded_columns,
                                                               totals,
                                                               first == 0,
                                                               first + count == shape.segments,
                                                               row_begin,
                                                               0,
                                                               rows,
                                                               update.columns(),
                                                               update.columns(),
                                                               nullptr,
                                                               rule,
                                                               of_block};
        launch_segments(place, add, rule, of_block);
    }
}

/// How much scratch an update had better have.
template <class Launcher, block_update Update>
std::size_t update_bytes(On<Launcher> const&, Update const& update) {
    return update_block_bytes(update);
}

/// As device/update.hpp says: products of factors on tensor cores (update_components.hpp says how close), others as
/// exactly as there; all in segments of directions, whose sums are added in their order.
template <class Launcher, block_update Update, class Rule>
void update_parameter(On<Launcher> const& place, Update const& update, void* scratch, std::size_t bytes,
                      Rule const& rule) {
    update_rows(place, update, 0, update.rows(), scratch, bytes, rule);
}

/// As device/update.hpp says, in the same order.
template <class Launcher, block_update Update, class Measure>
void measure_parameter(On<Launcher> const& place, Update const& update, void* scratch, std::size_t bytes,
                       Measure const& measure, double* totals) {
    using Sum = UpdateSum<typename Update::weight_type>;
    using Kernel = MeasureRows<Measure, Sum>;
    std::int64_t const least = static_cast<std::int64_t>(update_minimum_bytes(update));
    std::int64_t const of_rows = slab_bytes(update);
    std::int64_t const given = static_cast<std::int64_t>(bytes);
    EGGROLL_EXPECTS(given >= least + of_rows, "measuring a parameter of " + std::to_string(update.columns()) +
                                                  " columns needs " + std::to_string(least + of_rows) +
                                                  " bytes of scratch, and has " + std::to_string(bytes) +
                                                  ": give it more");
    std::int64_t const tiles = std::min(std::max<std::int64_t>(1, std::min(given / 2, given - least) / of_rows),
                                        ceiling(update.rows(), UpdateTile::rows) / UpdateTile::rows);
    device::ScratchCursor cursor(scratch);
    auto* const sums = cursor.take<Sum>(tiles * UpdateTile::rows * update.columns());
    auto* const rest = cursor.take<std::byte>(0);
    auto const left = static_cast<std::size_t>(given - tiles * of_rows);
    for (std::int64_t row = 0; row < update.rows(); row += tiles * UpdateTile::rows) {
        std::int64_t const end = std::min(row + tiles * UpdateTile::rows, update.rows());
        update_rows(place, update, row, end, rest, left, KeepSums<Sum>{sums, row * update.columns()});
        Kernel const kernel{measure, sums, end - row, update.columns(), row, totals};
        launch(place, "eggroll::update_measure", kernel.blocks(), Kernel::shared_bytes, kernel);
    }
}

} // namespace eggroll::kernels::cuda
