// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How the update spends its scratch. An element's sum is that of segments of directions, which depend on the
/// parameter's shape alone; regions of the parameter and chunks of directions follow the scratch, and no result depends
/// on them.

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/update/components.hpp>
#include <eggroll/kernels/cuda/update/elements.hpp>
#include <eggroll/kernels/cuda/update/factors.hpp>
#include <eggroll/kernels/device/update_scratch.hpp>
#include <eggroll/kernels/operands_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace eggroll::kernels::cuda {

constexpr std::int64_t ceiling(std::int64_t n, std::int64_t unit) {
    return (n + unit - 1) / unit * unit;
}

/// Scratch of an update, in bytes and padded to `alignment`, which begins with the weights' scale.
struct UpdateScratch {
    static constexpr std::int64_t alignment = device::UpdateShape::alignment; // of device::ScratchCursor, which cuts it
    static constexpr std::int64_t tally_bytes = sizeof(Tally);
    /// More than this brings little.
    static constexpr std::int64_t enough = std::int64_t{32} << 20;

    /// Tallies of blocks that apply a rule, which have at least 1024 elements.
    static std::int64_t tallies(std::int64_t elements) {
        return ceiling((elements / 1024 + 1) * tally_bytes, alignment);
    }
};

/// A low-rank update, as its plan sees it.
struct ProductShape {
    std::int64_t rows; // whole tiles
    std::int64_t columns;
    std::int64_t words;             // of all components: whole stages
    std::int64_t words_per_segment; // whole stages
    std::int64_t sum_bytes;         // of an element's total

    static constexpr std::int64_t few_components = 2048; // of a segment
    static constexpr std::int64_t many_components = 65536;
    static_assert(many_components * 127 * 127 < std::int64_t{1} << 31);

    /// Small parameters have few tiles, so their segments are short enough to give every multiprocessor some; other
    /// sums stay in registers as long as int32 and half-filled scratch allow.
    template <class Source, class Weight>
    explicit ProductShape(LowRankUpdate<Source, Weight> const& update)
        : rows(ceiling(update.out, UpdateTile::rows)), columns(ceiling(update.in, UpdateTile::columns)),
          sum_bytes(sizeof(UpdateSum<Weight>)) {
        constexpr int per_word = ComponentsOf<Weight>::per_word;
        constexpr std::int64_t per_stage = UpdateTile::words * per_word;
        constexpr std::int64_t many_tiles = 128;
        words = ceiling(std::max<std::int64_t>(update.directions * update.rank, 1), per_stage) / per_word;
        std::int64_t const tiles = rows / UpdateTile::rows * (columns / UpdateTile::columns);
        words_per_segment = (tiles < many_tiles ? few_components : many_components) / per_word;
    }

    std::int64_t segments() const { return (words + words_per_segment - 1) / words_per_segment; }
    static std::int64_t factors(std::int64_t region_rows, std::int64_t region_columns, std::int64_t words) {
        return 4 * words * (region_rows + region_columns);
    }
    static std::int64_t fixed(std::int64_t region_rows, std::int64_t region_columns) {
        return 2 * UpdateScratch::alignment + UpdateScratch::tallies(region_rows * region_columns);
    }
    /// With sums that pass through memory, and `slots` segments at a time.
    std::int64_t sums(std::int64_t region_rows, std::int64_t region_columns, std::int64_t slots) const {
        return region_rows * region_columns * (sum_bytes + 4 * slots);
    }
    std::int64_t minimum() const {
        constexpr std::int64_t r = UpdateTile::rows;
        constexpr std::int64_t c = UpdateTile::columns;
        return fixed(r, c) + sums(r, c, 1) + factors(r, c, UpdateTile::words);
    }
    /// Enough for everything at once.
    std::int64_t all() const {
        return fixed(rows, columns) + factors(rows, columns, words) +
               (segments() == 1 ? 0 : sums(rows, columns, segments()));
    }
};

struct ProductPlan {
    std::int64_t rows; // of a region, whole tiles
    std::int64_t columns;
    std::int64_t slots; // segments at a time
    std::int64_t words; // of a chunk: `slots` segments, or part of one
    bool direct;        // one chunk has all: sums go from registers to the rule
};

inline ProductPlan plan(ProductShape const& shape, std::int64_t bytes) {
    EGGROLL_EXPECTS(bytes >= shape.minimum(), "the update of a parameter needs " + std::to_string(shape.minimum()) +
                                                  " bytes of scratch, and has " + std::to_string(bytes) +
                                                  ": give it more");
    ProductPlan found{shape.rows, shape.columns, 1, shape.words, true};
    // Halves the region's longer side while it needs more than it may.
    auto const shrink = [&](std::int64_t limit, auto const& needed) {
        while (needed() > limit && (found.rows > UpdateTile::rows || found.columns > UpdateTile::columns)) {
            std::int64_t& side = found.rows >= found.columns ? found.rows : found.columns;
            side = ceiling((side + 1) / 2, UpdateTile::rows);
        }
        return needed() <= limit;
    };
    if (shape.segments() == 1 && shrink(bytes, [&] {
            return shape.fixed(found.rows, found.columns) + shape.factors(found.rows, found.columns, shape.words);
        })) {
        return found;
    }
    found = {shape.rows, shape.columns, 1, UpdateTile::words, false};
    shrink(std::max(bytes / 2, shape.minimum()), [&] {
        return shape.fixed(found.rows, found.columns) + shape.sums(found.rows, found.columns, 1) +
               shape.factors(found.rows, found.columns, UpdateTile::words);
    });
    std::int64_t const left = bytes - shape.fixed(found.rows, found.columns) - shape.sums(found.rows, found.columns, 0);
    std::int64_t const of_segment =
        shape.factors(found.rows, found.columns, shape.words_per_segment) + 4 * found.rows * found.columns;
    if (left >= of_segment) {
        found.slots = std::min(left / of_segment, shape.segments());
        found.words = found.slots * shape.words_per_segment;
    } else {
        std::int64_t const of_stage = shape.factors(found.rows, found.columns, UpdateTile::words);
        found.words = (left - 4 * found.rows * found.columns) / of_stage * UpdateTile::words;
    }
    return found;
}

/// An update of other noise, as its plan sees it.
struct ElementsShape {
    std::int64_t rows;
    std::int64_t padded_columns; // whole random blocks
    std::int64_t segments;
    std::int64_t sum_bytes; // of an element's total

    template <noise_of_whole_blocks Update>
    explicit ElementsShape(Update const& update)
        : rows(update.rows()), padded_columns(ceiling(update.columns(), BlockOfNoise<Update>::Layout::period)),
          segments(std::max<std::int64_t>(1, (update.directions + update_segment - 1) / update_segment)),
          sum_bytes(sizeof(UpdateSum<typename Update::weight_type>)) {}

    std::int64_t elements() const { return rows * padded_columns; }
    std::int64_t minimum() const { return UpdateScratch::alignment + UpdateScratch::tallies(elements()); }
    std::int64_t sums(std::int64_t slots) const {
        return 2 * UpdateScratch::alignment + elements() * (sum_bytes + 4 * slots);
    }
    /// Enough elements to keep a GPU busy with a thread for each block of them.
    bool many_elements() const { return elements() >= std::int64_t{1} << 20; }
    std::int64_t all() const { return minimum() + (segments == 1 || many_elements() ? 0 : sums(segments)); }

    /// Segments at a time, or 0 when a thread has them all.
    std::int64_t slots(std::int64_t bytes) const {
        EGGROLL_EXPECTS(bytes >= minimum(), "the update of a parameter needs " + std::to_string(minimum()) +
                                                " bytes of scratch, and has " + std::to_string(bytes) +
                                                ": give it more");
        std::int64_t const room = (bytes - minimum() - sums(0)) / (4 * std::max<std::int64_t>(elements(), 1));
        return segments == 1 || many_elements() || room < 2 ? 0 : std::min(room, segments);
    }
};

/// Updates that have kernels here.
template <class Update>
inline constexpr bool has_factors = false;
template <class DistributionA, class DistributionB, class Weight>
inline constexpr bool has_factors<LowRankUpdate<NoiseStream<DistributionA, DistributionB>, Weight>> = true;
template <class Update>
concept block_update = has_factors<Update> || noise_of_whole_blocks<Update>;

template <block_update Update>
using ShapeOf = std::conditional_t<has_factors<Update>, ProductShape, ElementsShape>;

/// The sums of a tile's rows, for measurements.
template <block_update Update>
std::int64_t slab_bytes(Update const& update) {
    return ceiling(UpdateTile::rows * update.columns() *
                       static_cast<std::int64_t>(sizeof(UpdateSum<typename Update::weight_type>)),
                   UpdateScratch::alignment);
}

/// Least scratch of an update in thread blocks; measurements need slab_bytes more.
template <block_update Update>
std::size_t update_minimum_bytes(Update const& update) {
    return static_cast<std::size_t>(ShapeOf<Update>(update).minimum());
}

/// Good scratch: for all in one go, or about 32 MiB.
template <block_update Update>
std::size_t update_block_bytes(Update const& update) {
    ShapeOf<Update> const shape(update);
    return static_cast<std::size_t>(
        std::max(shape.minimum() + slab_bytes(update), std::min(shape.all(), UpdateScratch::enough)));
}

} // namespace eggroll::kernels::cuda
