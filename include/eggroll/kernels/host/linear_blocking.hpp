// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The loops around the bodies of panel.hpp, the same for every element type and instruction set. Each output element
/// is accumulated over the whole inner dimension in one go, so its bits depend neither on the tile it falls into nor on
/// how many rows there are.

#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>
#include <eggroll/kernels/host/row_cursor.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::host::detail {

/// Hands the tiles of rows [row, rows) times `Blocks` blocks to `sink(first row, row count, tile)`, tall tiles first.
template <class Body, int Blocks, class T, class Sink, int Height, int... Lower>
void multiply_rows(PackedWeights<T> const& w, std::int64_t block, PanelRow<T> const* panel, std::int64_t row,
                   std::int64_t rows, Sink const& sink, TileHeights<Height, Lower...>) {
    constexpr std::int64_t width = Blocks * outputs_per_block;
    alignas(packed_alignment) std::array<Accumulator<T>, Height * width> sums;
    Tile<T> const tile{sums.data(), width, block * outputs_per_block,
                       std::min(width, w.out - block * outputs_per_block)};
    for (; row + Height <= rows; row += Height) {
        Body::template product<Height, Blocks>(panel + row, w, block, sums.data());
        sink(row, std::int64_t{Height}, tile);
    }
    if constexpr (sizeof...(Lower) > 0) {
        multiply_rows<Body, Blocks>(w, block, panel, row, rows, sink, TileHeights<Lower...>{});
    }
}

/// The blocks [block, end) of a panel, wide tiles first.
template <class Body, int Blocks, class T, class Sink>
void multiply_blocks(PackedWeights<T> const& w, std::int64_t block, std::int64_t end, PanelRow<T> const* panel,
                     std::int64_t rows, Sink const& sink) {
    for (; block + Blocks <= end; block += Blocks) {
        multiply_rows<Body, Blocks>(w, block, panel, 0, rows, sink, typename Body::tile_heights{});
    }
    if constexpr (Blocks > 1) {
        multiply_blocks<Body, Blocks / 2>(w, block, end, panel, rows, sink);
    }
}

/// Stores tiles as they are: base (row, out).
template <class T>
struct StoreSums {
    Accumulator<T>* base = nullptr;
    std::int64_t out = 0;

    void operator()(std::int64_t first_row, std::int64_t rows, Tile<T> const& tile) const {
        for (std::int64_t r = 0; r < rows; ++r) {
            std::copy_n(tile.sums + r * tile.stride, tile.outputs, base + (first_row + r) * out + tile.first_output);
        }
    }
};

/// Adds the noise and stores to y.
template <class Body, class T>
struct FinishTiles {
    PanelRow<T> const* panel = nullptr;
    Epilogue<T> const* epilogue = nullptr;

    void operator()(std::int64_t first_row, std::int64_t rows, Tile<T> const& tile) const {
        Body::finish(*epilogue, panel + first_row, rows, tile);
    }
};

inline float scaled(float t, int sign, FloatScale const& scale) {
    return scale.factor * static_cast<float>(sign) * t;
}
inline std::int32_t scaled(std::int32_t t, int sign, IntegerScale const& scale) {
    return sign * (scale.divisor == 1 ? t : floor_divide(t, scale.divisor));
}

/// c (component) = g t of each row, t = x . B_k; scaled for float, divided by round(sqrt(rank)) for int8.
template <class Body, class T>
void project_rows(std::array<PanelRow<T> const*, inner_product_batch> const& rows, std::int64_t in,
                  LowRankNoise<T> const& noise) {
    for (int k = 0; k < noise.rank; ++k) {
        std::array<InnerProduct<T>, inner_product_batch> batch;
        std::array<Accumulator<T>, inner_product_batch> t;
        for (std::size_t p = 0; p < rows.size(); ++p) {
            batch[p] = {rows[p]->x, rows[p]->b + k * in};
        }
        Body::inner_products(batch, in, t);
        for (std::size_t p = 0; p < rows.size(); ++p) {
            rows[p]->c[k] = scaled(t[p], rows[p]->sign, noise.scale);
        }
    }
}

/// The same for a panel. Rows that have a sibling take its values with the other sign.
template <class Body, class T>
void project(PanelRow<T> const* panel, std::int64_t rows, std::int64_t in, LowRankNoise<T> const& noise) {
    if (noise.rank == 0) {
        return;
    }
    std::array<PanelRow<T> const*, inner_product_batch> batch;
    std::size_t filled = 0;
    for (PanelRow<T> const* row = panel; row != panel + rows; ++row) {
        if (row->sibling == nullptr) {
            batch[filled] = row;
            if (++filled == batch.size()) {
                project_rows<Body>(batch, in, noise);
                filled = 0;
            }
        }
    }
    if (filled != 0) {
        std::fill(batch.begin() + static_cast<std::ptrdiff_t>(filled), batch.end(), batch[0]);
        project_rows<Body>(batch, in, noise);
    }
    for (PanelRow<T> const* row = panel; row != panel + rows; ++row) {
        for (int k = 0; row->sibling != nullptr && k < noise.rank; ++k) {
            // Where both are unperturbed, their zeros have one sign.
            row->c[k] = row->sign == 0 ? row->sibling[k] : -row->sibling[k];
        }
    }
}

/// base (data row, out) = x W^T for the data rows that `rows` rows read, once for all members that share one.
template <class Body, class T>
void store_shared(PackedWeights<T> const& w, Input<T> const& x, std::int64_t rows, Accumulator<T>* base) {
    std::int64_t const data_rows = used_data_rows(x, rows);
    std::array<PanelRow<T>, panel_rows> panel;
    for (std::int64_t first = 0; first < data_rows; first += panel_rows) {
        std::int64_t const count = std::min(panel_rows, data_rows - first);
        for (std::int64_t r = 0; r < count; ++r) {
            panel[static_cast<std::size_t>(r)].x = x.data.row(first + r);
        }
        Body::prepare(panel.data(), count, w.in);
        multiply_blocks<Body, Body::tile_blocks>(w, 0, w.blocks(), panel.data(), count,
                                                 StoreSums<T>{base + first * w.out, w.out});
    }
}

/// The whole operation for no noise or low-rank noise; `noise.rank` 0 is none.
template <class Body, class T>
void multiply(PackedWeights<T> const& w, Input<T> const& x, MemberRows const& members, LowRankNoise<T> const& noise,
              Accumulator<T>* scratch, Array2<T> const& y) {
    Accumulator<T>* const c = scratch;                          // (row, component)
    Accumulator<T>* const base = scratch + y.rows * noise.rank; // (data row, out)
    Epilogue<T> const epilogue{w.out, w.in, noise.rank, noise.scale};
    std::array<PanelRow<T>, panel_rows> panel;
    RowCursor at(x, members);
    // Field by field: copies of a row just written would wait for the stores.
    auto const describe = [&](std::int64_t row, PanelRow<T>& described) {
        described.x = x.data.row(at.data_row());
        described.y = y.row(row);
        described.a = noise.rank == 0 ? nullptr : noise.a + at.direction() * noise.rank * w.out;
        described.b = noise.rank == 0 ? nullptr : noise.b + at.direction() * noise.rank * w.in;
        described.c = c + row * noise.rank;
        described.sibling = at.mirrors_sibling() ? described.c - members.rows_per_member * noise.rank : nullptr;
        described.sign = at.sign();
    };

    if (x.members_per_block == 1) {
        for (std::int64_t first = 0; first < y.rows; first += panel_rows) {
            std::int64_t const rows = std::min(panel_rows, y.rows - first);
            for (std::int64_t r = 0; r < rows; ++r, at.advance()) {
                describe(first + r, panel[static_cast<std::size_t>(r)]);
            }
            Body::prepare(panel.data(), rows, w.in);
            project<Body>(panel.data(), rows, w.in, noise);
            multiply_blocks<Body, Body::tile_blocks>(w, 0, w.blocks(), panel.data(), rows,
                                                     FinishTiles<Body, T>{panel.data(), &epilogue});
        }
        return;
    }
    store_shared<Body>(w, x, y.rows, base);
    std::array<Accumulator<T> const*, panel_rows> sums;
    for (std::int64_t first = 0; first < y.rows; first += panel_rows) {
        std::int64_t const rows = std::min(panel_rows, y.rows - first);
        for (std::int64_t r = 0; r < rows; ++r, at.advance()) {
            describe(first + r, panel[static_cast<std::size_t>(r)]);
            sums[static_cast<std::size_t>(r)] = base + at.data_row() * w.out;
        }
        project<Body>(panel.data(), rows, w.in, noise);
        for (std::int64_t r = 0; r < rows; ++r) {
            Body::finish(epilogue, panel.data() + r, 1, Tile<T>{sums[static_cast<std::size_t>(r)], w.out, 0, w.out});
        }
    }
}

} // namespace eggroll::kernels::host::detail
