// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/update_avx2.hpp>
#include <eggroll/kernels/host/update_avx512.hpp>
#include <eggroll/kernels/host/update_vnni.hpp>
#include <eggroll/kernels/host/update_workspace.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::host {

/// The inner loops for any CPU.
struct UpdateScalar {
    static constexpr std::int64_t terms_per_step = 2; // of integers

    static void scale(float w, float const* noise, std::int64_t count, float* elements) {
        scale_elements(w, noise, count, elements);
    }
    static void interleave(std::array<std::int32_t, 2> const& weights, std::array<std::int8_t const*, 2> const& noise,
                           std::int64_t count, std::int32_t* elements) {
        pair_elements(weights, noise, count, elements);
    }
    template <class T>
    static void add_elementwise(T w, T const* a, T const* b, std::int64_t count,
                                typename UpdateArithmetic<T>::sum* sums) {
        add_products(w, a, b, count, sums);
    }
};

namespace detail {

/// A tile's rows and columns within the parameter.
struct UpdateTile {
    std::int64_t row = 0;
    std::int64_t rows = 0;
    std::int64_t column = 0;
    std::int64_t columns = 0;
};

/// Adds all steps to `rows` by `columns` sums, in blocks that fit the registers; columns are whole vectors of 16.
template <class Kernel, class T>
void add_steps(UpdateSteps<T> const& steps, std::int64_t rows, std::int64_t columns) {
    if constexpr (std::is_same_v<Kernel, UpdateScalar>) {
        add_steps_scalar(steps, rows, columns);
    } else {
        constexpr int wide = Kernel::width * Kernel::block_vectors;
        for (std::int64_t c = 0; c < columns;) {
            bool const full = c + wide <= columns;
            std::int64_t r = 0;
            for (; r + Kernel::block_rows <= rows; r += Kernel::block_rows) {
                full ? Kernel::template add_block<Kernel::block_rows, Kernel::block_vectors>(steps, r, c)
                     : Kernel::template add_block<Kernel::block_rows, 1>(steps, r, c);
            }
            for (; r < rows; ++r) {
                full ? Kernel::template add_block<1, Kernel::block_vectors>(steps, r, c)
                     : Kernel::template add_block<1, 1>(steps, r, c);
            }
            c += full ? wide : Kernel::width;
        }
    }
}

template <class Kernel>
inline constexpr bool uses_byte_products = Kernel::terms_per_step == 4;

/// Where the noise of a step's terms begins. Beyond the last of `terms`, where weights are 0, that of any other.
template <std::int64_t terms_per_step>
std::array<std::int8_t const*, terms_per_step> noise_of_step(std::int8_t const* noise, std::int64_t stride,
                                                             std::int64_t step, std::int64_t terms) {
    std::array<std::int8_t const*, terms_per_step> begin{};
    for (std::int64_t k = 0; k < terms_per_step; ++k) {
        begin[static_cast<std::size_t>(k)] = noise + std::min(step * terms_per_step + k, terms - 1) * stride;
    }
    return begin;
}

/// The rows' operand of `terms` terms from the noise in w.a_noise, `count` elements each, term t `weight(t)` times.
/// Returns the number of steps.
template <class Kernel, class Weight>
std::int64_t make_row_steps(UpdateWorkspace<float> const& w, std::int64_t count, std::int64_t terms,
                            Weight const& weight) {
    for (std::int64_t t = 0; t < terms; ++t) {
        Kernel::scale(weight(t), w.a_noise + t * w.a_stride, count, w.a + t * w.a_stride);
    }
    return terms;
}
template <class Kernel, class Weight>
std::int64_t make_row_steps(UpdateWorkspace<std::int8_t> const& w, std::int64_t count, std::int64_t terms,
                            Weight const& weight) {
    constexpr std::int64_t together = Kernel::terms_per_step;
    std::int64_t const steps = ceil_div(terms, together);
    for (std::int64_t step = 0; step < steps; ++step) {
        std::array<std::int32_t, together> weights{};
        for (std::int64_t k = 0; k < together && step * together + k < terms; ++k) {
            weights[static_cast<std::size_t>(k)] = weight(step * together + k);
        }
        Kernel::interleave(weights, noise_of_step<together>(w.a_noise, w.a_stride, step, terms), count,
                           w.a + step * w.a_stride);
    }
    if constexpr (uses_byte_products<Kernel>) {
        Kernel::sum_rows(w.a, w.a_stride, count, steps, w.offsets);
    }
    return steps;
}

/// The columns' operand from the noise in w.b_noise.
template <class Kernel>
void make_column_steps(UpdateWorkspace<float> const&, std::int64_t, std::int64_t) {} // the noise itself
template <class Kernel>
void make_column_steps(UpdateWorkspace<std::int8_t> const& w, std::int64_t count, std::int64_t terms) {
    constexpr std::int64_t together = Kernel::terms_per_step;
    for (std::int64_t step = 0; step < ceil_div(terms, together); ++step) {
        auto const noise = noise_of_step<together>(w.b_noise, w.b_stride, step, terms);
        std::int32_t* const elements = w.b + step * w.b_stride;
        if constexpr (uses_byte_products<Kernel>) {
            Kernel::interleave_unsigned(noise, count, elements);
        } else {
            Kernel::interleave({1, 1}, noise, count, elements);
        }
    }
}

/// Adds the terms of directions [first, first + directions) to the tile's sums.
template <class Kernel, class Source, class T>
void add_directions(Thread place, LowRankUpdate<Source, T> const& u, UpdateTile const& tile, std::int64_t first,
                    std::int64_t directions, UpdateWorkspace<T> const& w) {
    std::int64_t const aligned = tile.row / ColumnPart::alignment * ColumnPart::alignment;
    std::int64_t const offset = tile.row - aligned;
    std::int64_t const terms = directions * u.rank;
    fill_part(place, u.source, u.parameter, Factor::a, first, directions, 0, u.rank, u.out,
              ColumnPart{aligned, offset + tile.rows, w.a_stride, u.rank * w.a_stride}, w.a_noise);
    fill_part(place, u.source, u.parameter, Factor::b, first, directions, 0, u.rank, u.in,
              ColumnPart{tile.column, tile.columns, w.b_stride, u.rank * w.b_stride}, w.b_noise);
    std::int64_t const padded = round_up(tile.columns, update_lanes);
    std::int64_t const steps = make_row_steps<Kernel>(
        w, offset + tile.rows, terms, [&](std::int64_t term) { return u.weights[first + term / u.rank]; });
    make_column_steps<Kernel>(w, padded, terms);
    add_steps<Kernel>(w.steps(offset, padded, steps), tile.rows, padded);
}

template <class Kernel, class Source, class T>
void add_directions(Thread place, FullRankUpdate<Source, T> const& u, UpdateTile const& tile, std::int64_t first,
                    std::int64_t directions, UpdateWorkspace<T> const& w) {
    fill_part(place, u.source, u.parameter, Factor::full, first, directions, tile.row, tile.rows, u.in,
              ColumnPart{tile.column, tile.columns, tile.columns, w.b_stride}, w.b_noise);
    for (std::int64_t d = 0; d < directions; ++d) {
        w.a_noise[d * w.a_stride] = T{1};
    }
    std::int64_t const padded = round_up(tile.rows * tile.columns, update_lanes);
    std::int64_t const steps =
        make_row_steps<Kernel>(w, 1, directions, [&](std::int64_t d) { return u.weights[first + d]; });
    make_column_steps<Kernel>(w, padded, directions);
    add_steps<Kernel>(w.steps(0, padded, steps), 1, padded);
}

template <class Kernel, class Source, class T>
void add_directions(Thread place, ProductUpdate<Source, T> const& u, UpdateTile const& tile, std::int64_t first,
                    std::int64_t directions, UpdateWorkspace<T> const& w) {
    fill_part(place, u.source, u.parameter, Factor::a, first, directions, 0, 1, u.length,
              ColumnPart{tile.column, tile.columns, w.a_stride, w.a_stride}, w.a_noise);
    fill_part(place, u.source, u.parameter, Factor::b, first, directions, 0, 1, u.length,
              ColumnPart{tile.column, tile.columns, w.b_stride, w.b_stride}, w.b_noise);
    for (std::int64_t d = 0; d < directions; ++d) {
        Kernel::add_elementwise(u.weights[first + d], w.a_noise + d * w.a_stride, w.b_noise + d * w.b_stride,
                                tile.columns, w.sums);
    }
}

/// Elements from one row of a tile's sums to the next.
template <class Update>
std::int64_t sums_stride(Update const&, UpdateTile const& tile) {
    return round_up(tile.columns, update_lanes);
}
template <class Source, class Weight>
std::int64_t sums_stride(FullRankUpdate<Source, Weight> const&, UpdateTile const& tile) {
    return tile.columns;
}

/// body(rule) with the rule for elements of one row from `first` on.
template <class Rule, class Body>
void with_rule_of_row(Rule const& rule, std::int64_t first, Body const& body) {
    if constexpr (requires { rule.row(first, body); }) {
        rule.row(first, body);
    } else {
        body(rule);
    }
}

/// A tile's sums over all directions, and the rule on each.
template <class Kernel, class Update, class Rule>
void update_tile(Thread place, Update const& u, UpdateTile const& tile, UpdateShape const& shape,
                 UpdateWorkspace<typename Update::weight_type> const& w, Rule const& rule) {
    using T = typename Update::weight_type;
    constexpr bool integer = !std::is_same_v<T, float>;
    std::fill_n(w.sums, shape.sums, typename UpdateArithmetic<T>::sum{});
    std::int64_t held = 0; // terms in the sums
    bool outgrown = false; // the sums before are in w.totals
    for (std::int64_t first = 0; first < u.directions; first += shape.directions) {
        std::int64_t const directions = std::min(shape.directions, u.directions - first);
        if constexpr (integer) {
            std::int64_t const terms = directions * (shape.terms / shape.directions);
            if (held + terms > UpdateArithmetic<T>::terms_per_sum) {
                for (std::int64_t e = 0; e < shape.sums; ++e) {
                    w.totals[e] = w.sums[e] + (outgrown ? w.totals[e] : 0);
                    w.sums[e] = 0;
                }
                outgrown = true;
                held = 0;
            }
            held += terms;
        }
        add_directions<Kernel>(place, u, tile, first, directions, w);
    }
    std::int64_t const stride = sums_stride(u, tile);
    for (std::int64_t r = 0; r < tile.rows; ++r) {
        std::int64_t const first = (tile.row + r) * u.columns() + tile.column;
        auto const* const sums = w.sums + r * stride;
        auto const* const totals = outgrown ? w.totals + r * stride : nullptr;
        // By value: a rule's stores of bytes might change what is reached through references.
        with_rule_of_row(rule, first, [=, columns = tile.columns](auto const& rule_of_row) {
            for (std::int64_t c = 0; c < columns; ++c) {
                UpdateSum<T> sum = sums[c];
                if constexpr (integer) {
                    sum += totals != nullptr ? totals[c] : 0;
                }
                rule_of_row(first + c, sum);
            }
        });
    }
}

template <class Kernel, class Update, class Rule>
void update_rows_with(Thread place, Update const& u, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch,
                      Rule const& rule) {
    UpdateShape const shape = update_shape(u, row_end - row_begin);
    using T = typename Update::weight_type;
    UpdateWorkspace<T> const w(shape, scratch);
    // Lanes beyond the last column are computed and thrown away, but not from indeterminate values.
    std::fill_n(w.a_noise, shape.terms * w.a_stride, T{});
    std::fill_n(w.b_noise, shape.terms * w.b_stride, T{});
    // Rows within columns: elements of given rows come in one order, whichever rows a call has beside them.
    for (std::int64_t column = 0; column < u.columns(); column += shape.columns) {
        for (std::int64_t row = row_begin; row < row_end; row += shape.rows) {
            UpdateTile const tile{row, std::min(shape.rows, row_end - row), column,
                                  std::min(shape.columns, u.columns() - column)};
            update_tile<Kernel>(place, u, tile, shape, w, rule);
        }
    }
}

} // namespace detail

/// Calls rule(element, sum) for every element of rows [row_begin, row_end), see operands_update.hpp. `scratch` has
/// update_scratch_bytes(update, row_end - row_begin) bytes. Noise of the columns is regenerated for every 256 rows (and
/// for every call), so calls should have many rows. The sums, and the order in which elements of given rows come, don't
/// depend on the range; the sums are the same with every instruction set.
///
/// A rule may have `row(first, body)`, which calls body(rule) with the rule for the elements of one row from `first`
/// on.
template <class Update, class Rule>
void update_rows(Thread place, Update const& update, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch,
                 Rule const& rule) {
    if (row_begin >= row_end || update.columns() == 0) {
        return;
    }
#if defined(EGGROLL_HAS_X86_TARGETS)
    if constexpr (std::is_same_v<typename Update::weight_type, std::int8_t>) {
        if (place.isa >= Isa::vnni) {
            return detail::update_rows_with<UpdateVnni>(place, update, row_begin, row_end, scratch, rule);
        }
    }
    if (place.isa >= Isa::avx512) {
        return detail::update_rows_with<UpdateAvx512>(place, update, row_begin, row_end, scratch, rule);
    }
    if (place.isa >= Isa::avx2) {
        return detail::update_rows_with<UpdateAvx2>(place, update, row_begin, row_end, scratch, rule);
    }
#endif
    detail::update_rows_with<UpdateScalar>(place, update, row_begin, row_end, scratch, rule);
}

} // namespace eggroll::kernels::host
