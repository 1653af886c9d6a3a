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
#include <cstdint>

namespace eggroll::kernels::host::detail {

/// Hands the tiles of `rows` times `Blocks` blocks to `sink(first row, row count, tile)`, tall tiles first.
template <class Body, int Blocks, int Rows, class T, class Sink>
void multiply_rows(PackedWeights<T> const& w, std::int64_t block, PanelRow<T> const* panel, std::int64_t row,
                   std::int64_t rows, Sink const& sink) {
    constexpr std::int64_t width = Blocks * outputs_per_block;
    alignas(packed_alignment) std::array<Accumulator<T>, Rows * width> sums;
    Tile<T> const tile{sums.data(), width, block * outputs_per_block,
                       std::min(width, w.out - block * outputs_per_block)};
    for (; row + Rows <= rows; row += Rows) {
        Body::template product<Rows, Blocks>(panel + row, w, block, sums.data());
        sink(row, std::int64_t{Rows}, tile);
    }
    if constexpr (Rows > 1) {
        multiply_rows<Body, Blocks, Rows / 2>(w, block, panel, row, rows, sink);
    }
}

/// The blocks [block, end) of a panel, wide tiles first.
template <class Body, int Blocks, class T, class Sink>
void multiply_blocks(PackedWeights<T> const& w, std::int64_t block, std::int64_t end, PanelRow<T> const* panel,
                     std::int64_t rows, Sink const& sink) {
    for (; block + Blocks <= end; block += Blocks) {
        multiply_rows<Body, Blocks, Body::tile_rows>(w, block, panel, 0, rows, sink);
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

/// c (row, component) = g t, t = x . B_k of the row's member; scaled for float, divided by round(sqrt(rank)) for int8.
template <class Body, class T>
void project(Input<T> const& x, std::int64_t in, MemberRows const& members, LowRankNoise<T> const& noise,
             std::int64_t rows, Accumulator<T>* c) {
    if (noise.rank == 0) {
        return;
    }
    std::array<InnerProduct<T>, inner_product_batch> batch;
    std::array<int, inner_product_batch> signs;
    std::size_t filled = 0;
    auto const flush = [&] {
        std::array<Accumulator<T>, inner_product_batch> t;
        for (std::size_t unused = filled; unused < batch.size(); ++unused) {
            batch[unused] = batch[0];
        }
        Body::inner_products(batch, in, t);
        for (std::size_t p = 0; p < filled; ++p) {
            *c++ = scaled(t[p], signs[p], noise.scale);
        }
        filled = 0;
    };
    RowCursor at(x, members);
    for (std::int64_t row = 0; row < rows; ++row, at.advance()) {
        T const* const features = x.data.row(at.data_row());
        T const* const b = noise.b + at.direction() * noise.rank * in; // (component, in)
        for (int k = 0; k < noise.rank; ++k) {
            batch[filled] = {features, b + k * in};
            signs[filled] = at.sign();
            if (++filled == batch.size()) {
                flush();
            }
        }
    }
    if (filled != 0) {
        flush();
    }
}

/// The same for the rows of a panel, which know their operands already: finding them takes longer than short products.
template <class Body, class T>
void project_panel(PanelRow<T> const* panel, std::int64_t rows, std::int64_t in, LowRankNoise<T> const& noise) {
    for (std::int64_t first = 0; first < rows; first += inner_product_batch) {
        std::array<PanelRow<T> const*, inner_product_batch> row; // the last one again for those that are missing
        for (std::size_t p = 0; p < row.size(); ++p) {
            row[p] = panel + std::min(first + static_cast<std::int64_t>(p), rows - 1);
        }
        for (int k = 0; k < noise.rank; ++k) {
            std::array<InnerProduct<T>, inner_product_batch> batch;
            std::array<Accumulator<T>, inner_product_batch> t;
            for (std::size_t p = 0; p < row.size(); ++p) {
                batch[p] = {row[p]->x, row[p]->b + k * in};
            }
            Body::inner_products(batch, in, t);
            for (std::size_t p = 0; p < row.size(); ++p) {
                row[p]->c[k] = scaled(t[p], row[p]->sign, noise.scale);
            }
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
        described.sign = at.sign();
    };

    if (x.members_per_block == 1) {
        for (std::int64_t first = 0; first < y.rows; first += panel_rows) {
            std::int64_t const rows = std::min(panel_rows, y.rows - first);
            for (std::int64_t r = 0; r < rows; ++r, at.advance()) {
                describe(first + r, panel[static_cast<std::size_t>(r)]);
            }
            Body::prepare(panel.data(), rows, w.in);
            if (noise.rank > 0) {
                project_panel<Body>(panel.data(), rows, w.in, noise);
            }
            multiply_blocks<Body, Body::tile_blocks>(w, 0, w.blocks(), panel.data(), rows,
                                                     FinishTiles<Body, T>{panel.data(), &epilogue});
        }
        return;
    }
    project<Body>(x, w.in, members, noise, y.rows, c);
    store_shared<Body>(w, x, y.rows, base);
    for (std::int64_t row = 0; row < y.rows; ++row, at.advance()) {
        describe(row, panel[0]);
        Body::finish(epilogue, panel.data(), 1, Tile<T>{base + at.data_row() * w.out, w.out, 0, w.out});
    }
}

} // namespace eggroll::kernels::host::detail
