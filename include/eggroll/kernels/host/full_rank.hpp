// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Products with noise of full rank. Rows of E are generated a few at a time, and each meets all rows of its
/// direction's members while it is in cache; E itself never exists. Buffers are on the stack, which limits the length
/// of a row of E.

#include <eggroll/error.hpp>
#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/host/linear_blocking.hpp>
#include <eggroll/kernels/host/pack.hpp>
#include <eggroll/kernels/host/panel.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/random/noise.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace eggroll::kernels::host::detail {

/// The longest row of E, 64 KiB of floats.
inline constexpr std::int64_t longest_noise_row = 16384;

/// base + factor g product
inline float add_full_rank(float base, float product, FloatScale const& scale, int sign) {
    return std::fma(scale.factor * static_cast<float>(sign), product, base);
}

/// base + ((g product) >> shift), at the limits of 32 bits where it passes them: both give +-127 in the end.
inline std::int32_t add_full_rank(std::int32_t base, std::int32_t product, IntegerScale const& scale, int sign) {
    using Limits = std::numeric_limits<std::int32_t>;
    std::int64_t const sum = base + ((std::int64_t{sign} * product) >> scale.shift);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(sum, Limits::min(), Limits::max()));
}

/// The rows of one panel, all of one direction, and their products with E as far as they are known.
template <class Body, class T>
class FullRankPanel {
public:
    FullRankPanel(PackedWeights<T> const& w, Input<T> const& x, MemberRows const& members,
                  typename ScaleOf<T>::type scale, Accumulator<T> const* base, Array2<T> const& y,
                  std::int64_t first_row, std::int64_t rows)
        : w_(w), scale_(scale), epilogue_(w.out, w.in, 0, scale), rows_(rows) {
        for (std::int64_t r = 0; r < rows; ++r) {
            auto const index = static_cast<std::size_t>(r);
            std::int64_t const data_row = x.data_row(first_row + r);
            panel_[index].x = x.data.row(data_row);
            panel_[index].y = y.row(first_row + r);
            signs_[index] = members.sign(first_row + r);
            base_[index] = base == nullptr ? nullptr : base + data_row * w.out;
        }
        Body::prepare(panel_.data(), rows, w.in);
    }

    std::int64_t rows() const { return rows_; }
    T const* x(std::int64_t r) const { return panel_[static_cast<std::size_t>(r)].x; }

    /// Outputs [16 block, ...) of all rows, `products` (row, stride) being x E^T from output `first_output` on.
    void finish(std::int64_t block, Accumulator<T> const* products, std::int64_t stride,
                std::int64_t first_output) const {
        if (base_[0] != nullptr) {
            std::int64_t const first = block * outputs_per_block;
            std::int64_t const outputs = std::min(outputs_per_block, w_.out - first);
            for (std::int64_t r = 0; r < rows_; ++r) {
                finish_row(r, base_[static_cast<std::size_t>(r)] + first, products + r * stride + first - first_output,
                           first, outputs);
            }
            return;
        }
        multiply_rows<Body, 1>(
            w_, block, panel_.data(), 0, rows_,
            [&](std::int64_t first_row, std::int64_t rows, Tile<T> const& tile) {
                for (std::int64_t r = first_row; r < first_row + rows; ++r) {
                    finish_row(r, tile.sums + (r - first_row) * tile.stride,
                               products + r * stride + tile.first_output - first_output, tile.first_output,
                               tile.outputs);
                }
            },
            typename Body::tile_heights{});
    }

private:
    void finish_row(std::int64_t r, Accumulator<T> const* base, Accumulator<T> const* products, std::int64_t first,
                    std::int64_t outputs) const {
        auto const index = static_cast<std::size_t>(r);
        std::array<Accumulator<T>, outputs_per_block> sums;
        for (std::int64_t i = 0; i < outputs; ++i) {
            sums[static_cast<std::size_t>(i)] = add_full_rank(base[i], products[i], scale_, signs_[index]);
        }
        Body::finish(epilogue_, &panel_[index], 1, Tile<T>{sums.data(), outputs, first, outputs});
    }

    PackedWeights<T> w_;
    typename ScaleOf<T>::type scale_;
    Epilogue<T> epilogue_;
    std::int64_t rows_;
    std::array<PanelRow<T>, panel_rows> panel_;
    std::array<int, panel_rows> signs_;
    std::array<Accumulator<T> const*, panel_rows> base_; // (out) of the row's data row, or null: not shared
};

/// Calls `operation(panel, direction)` for panels of at most `most_rows` rows of one direction.
template <class Body, class T, class Operation>
void for_each_full_rank_panel(PackedWeights<T> const& w, Input<T> const& x, MemberRows const& members,
                              typename ScaleOf<T>::type scale, Accumulator<T>* base, Array2<T> const& y,
                              std::int64_t most_rows, Operation const& operation) {
    bool const shares_rows = x.members_per_block > 1;
    if (shares_rows) {
        store_shared<Body>(w, x, y.rows, base);
    }
    std::int64_t end = 0;
    for (std::int64_t begin = 0; begin < y.rows; begin = end) {
        std::int64_t const direction = members.direction(begin);
        while (end < y.rows && members.direction(end) == direction) {
            ++end;
        }
        for (std::int64_t first = begin; first < end; first += most_rows) {
            FullRankPanel<Body, T> const panel(w, x, members, scale, shares_rows ? base : nullptr, y, first,
                                               std::min(most_rows, end - first));
            operation(panel, direction);
        }
    }
}

/// Rows [first, first + count) of one direction's E, to `e` (row, length).
template <class Source, class T>
void fill_noise_rows(Thread thread, FullRankNoise<Source, T> const& noise, std::int64_t direction, std::int64_t first,
                     std::int64_t count, std::int64_t length, T* e) {
    EGGROLL_EXPECTS(length <= longest_noise_row,
                    "full-rank noise of a matrix with " + std::to_string(length) + " columns: at most " +
                        std::to_string(longest_noise_row) +
                        " fit the host kernels' buffer; use low-rank noise for this parameter, or split it");
    fill(thread, noise.source, noise.parameter, Factor::full, noise.first_direction + direction, std::int64_t{1}, first,
         count, length, e);
}

/// How many rows of `length` elements fit a buffer, at least 1 and at most `limit`.
constexpr std::int64_t buffered_rows(std::int64_t length, std::int64_t limit) {
    return std::clamp(longest_noise_row / length, std::int64_t{1}, limit);
}

/// products[16 r] = x_r . v for the rows of a panel.
template <class Body, class T>
void dot_rows(FullRankPanel<Body, T> const& panel, T const* v, std::int64_t length, Accumulator<T>* products) {
    for (std::int64_t row = 0; row < panel.rows(); row += inner_product_batch) {
        std::array<InnerProduct<T>, inner_product_batch> batch;
        std::array<Accumulator<T>, inner_product_batch> results;
        std::int64_t const count = std::min(std::int64_t{inner_product_batch}, panel.rows() - row);
        for (std::int64_t p = 0; p < inner_product_batch; ++p) {
            batch[static_cast<std::size_t>(p)] = {panel.x(row + std::min(p, count - 1)), v};
        }
        Body::inner_products(batch, length, results);
        for (std::int64_t p = 0; p < count; ++p) {
            products[(row + p) * outputs_per_block] = results[static_cast<std::size_t>(p)];
        }
    }
}

/// x . E_i for the rows i of E in turn: those of one block of outputs, then the block's products.
template <class Body, class Source, class T>
void multiply_full_rank(Thread thread, PackedWeights<T> const& w, Input<T> const& x, MemberRows const& members,
                        FullRankNoise<Source, T> const& noise, Accumulator<T>* base, Array2<T> const& y) {
    alignas(packed_alignment) std::array<T, longest_noise_row> e;                             // (output, in)
    alignas(packed_alignment) std::array<Accumulator<T>, panel_rows * outputs_per_block> dot; // (row, 16)
    std::int64_t const together = buffered_rows(w.in, outputs_per_block);
    for_each_full_rank_panel<Body>(w, x, members, noise.scale, base, y, panel_rows,
                                   [&](FullRankPanel<Body, T> const& panel, std::int64_t direction) {
                                       for (std::int64_t block = 0; block < w.blocks(); ++block) {
                                           std::int64_t const first = block * outputs_per_block;
                                           std::int64_t const end = std::min(first + outputs_per_block, w.out);
                                           for (std::int64_t i = first; i < end; i += together) {
                                               std::int64_t const count = std::min(together, end - i);
                                               fill_noise_rows(thread, noise, direction, i, count, w.in, e.data());
                                               for (std::int64_t n = 0; n < count; ++n) {
                                                   dot_rows<Body>(panel, e.data() + n * w.in, w.in,
                                                                  dot.data() + (i - first + n));
                                               }
                                           }
                                           panel.finish(block, dot.data(), outputs_per_block, first);
                                       }
                                   });
}

/// The product with the transpose: each row i of E is added x_i times to every row's products.
template <class Body, class Source, class T>
void multiply_full_rank_transposed(Thread thread, PackedWeights<T> const& w, Input<T> const& x,
                                   MemberRows const& members, FullRankNoise<Source, T> const& noise,
                                   Accumulator<T>* base, Array2<T> const& y) {
    alignas(packed_alignment) std::array<T, longest_noise_row> e;                    // (feature, result)
    alignas(packed_alignment) std::array<Accumulator<T>, longest_noise_row> product; // (row, result)
    std::int64_t const together = buffered_rows(w.out, w.in);
    for_each_full_rank_panel<Body>(
        w, x, members, noise.scale, base, y, buffered_rows(w.out, panel_rows),
        [&](FullRankPanel<Body, T> const& panel, std::int64_t direction) {
            std::fill_n(product.begin(), std::min(panel.rows() * w.out, longest_noise_row), Accumulator<T>{});
            for (std::int64_t i = 0; i < w.in; i += together) {
                std::int64_t const count = std::min(together, w.in - i);
                fill_noise_rows(thread, noise, direction, i, count, w.out, e.data());
                for (std::int64_t r = 0; r < panel.rows(); ++r) {
                    for (std::int64_t n = 0; n < count; ++n) {
                        Body::add_multiple(panel.x(r)[i + n], e.data() + n * w.out, w.out, product.data() + r * w.out);
                    }
                }
            }
            for (std::int64_t block = 0; block < w.blocks(); ++block) {
                panel.finish(block, product.data(), w.out, 0);
            }
        });
}

} // namespace eggroll::kernels::host::detail
