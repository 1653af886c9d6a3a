// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How the workers of HostSlices share an update. Work is cut into strips, as few as keep all workers busy, since each
/// regenerates its columns' noise. Sums (tallies, measurements) are kept by tile, which doesn't depend on the workers.

#include <eggroll/parameters.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eggroll {

/// Rows of one parameter, whole tiles.
struct UpdateStrip {
    std::size_t parameter;
    std::int64_t begin; // rows
    std::int64_t end;
    std::int64_t first_tile;    // of the parameter
    std::int64_t tile_elements; // of the parameter
};

/// The strips of all parameters.
struct UpdateStrips {
    std::vector<UpdateStrip> strips;
    std::int64_t tiles = 0; // of all parameters

    UpdateStrips(ParameterLayout const& layout, std::int64_t workers) {
        constexpr std::int64_t tile_elements = 16384; // or one row
        constexpr std::int64_t per_worker = 4;        // at least, as far as there are tiles
        std::int64_t elements = 0;
        for (auto const& info : layout.parameters()) {
            elements += info.size();
        }
        for (std::size_t id = 0; id < layout.parameters().size(); ++id) {
            auto const& info = layout.parameters()[id];
            std::int64_t const rows = std::clamp<std::int64_t>(tile_elements / info.in, 1, info.out); // of a tile
            std::int64_t const together =
                std::max<std::int64_t>(elements / (per_worker * workers) / (rows * info.in), 1);
            for (std::int64_t row = 0; row < info.out; row += together * rows) {
                strips.push_back({id, row, std::min(row + together * rows, info.out), tiles, rows * info.in});
            }
            tiles += (info.out + rows - 1) / rows;
        }
    }
};

/// A rule of update_rows made of those of a strip's tiles: use(tile, body) calls body(rule) with the tile's.
template <class Use>
struct RuleOfTiles {
    UpdateStrip const& strip;
    Use const& use;

    /// body(rule) with that of the elements of one row from `first` on.
    template <class Body>
    void row(std::int64_t first, Body const& body) const {
        use(static_cast<std::size_t>(strip.first_tile + first / strip.tile_elements), body);
    }
    template <class Sum>
    void operator()(std::int64_t element, Sum sum) const {
        row(element, [&](auto const& rule) { rule(element, sum); });
    }
};

} // namespace eggroll
