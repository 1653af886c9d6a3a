// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the blocking (linear_blocking.hpp) and the bodies of one instruction set (linear_float_*.hpp,
/// linear_int8_*.hpp) say to each other.
///
/// A product goes through panels of rows, and through each panel in tiles of a few rows by a few blocks of 16 outputs,
/// whose accumulators stay in registers over the whole inner dimension. A body is a struct of static functions:
///
///   tile_heights             the rows of its tiles, tallest first, down to 1
///   tile_blocks              the blocks of its widest tile
///   product<Rows, Blocks>    tile (row, 16 Blocks) = x W^T for `Rows` rows and `Blocks` blocks
///   prepare                  what `product` needs to know of a row beside its elements
///   inner_products           four inner products x . b at once
///   add_multiple             sums += x v, for the transpose of full-rank noise
///   finish                   noise of low rank, scaling and storing, for the rows of a tile
///
/// Bodies carry `target` attributes; the blocking is compiled for any x86-64, it only moves pointers.

#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace eggroll::kernels::host::detail {

inline constexpr std::int64_t panel_rows = 96;
inline constexpr int inner_product_batch = 4;

/// A remainder of rows becomes one tile of its own height: in two, 3 and 1 of 4, it would take twice the time.
template <int... heights>
using TileHeights = std::integer_sequence<int, heights...>;

/// One row of a panel. Without initialisers: panels are arrays on the stack of which few elements may be used.
template <class T>
struct PanelRow;

template <>
struct PanelRow<float> {
    float const* x;       // (in)
    float* y;             // (out)
    float const* a;       // (component, out), of the row's direction
    float const* b;       // (component, in)
    float* c;             // (component), factor g t
    float const* sibling; // c of the pair's other member if it comes before and reads the same data, else null
    int sign;             // g
};

template <>
struct PanelRow<std::int8_t> {
    std::int8_t const* x;        // (in), at a constant distance from row to row
    std::int8_t* y;              // (out)
    std::int8_t const* a;        // (component, out), of the row's direction
    std::int8_t const* b;        // (component, in)
    std::int32_t* c;             // (component), g floor(t / divisor)
    std::int32_t const* sibling; // c of the pair's other member if it comes before and reads the same data, else null
    int sign;                    // g
    std::int32_t start;          // -128 times the sum of x: packed weights are weight + 128
    std::int32_t tail;           // the bytes of the last incomplete step of four inputs, then zeros
};

/// Two vectors of one length.
template <class T>
struct InnerProduct {
    T const* x;
    T const* b;
};

/// A tile of accumulators; row r, output `first_output + i` at sums[r * stride + i].
template <class T>
struct Tile {
    Accumulator<T> const* sums = nullptr;
    std::int64_t stride = 0;
    std::int64_t first_output = 0;
    std::int64_t outputs = 0; // of the matrix, so without the padding
};

/// How a row of accumulators becomes a row of y. `rank` 0 is no noise.
template <class T>
struct Epilogue;

template <>
struct Epilogue<float> {
    int rank = 0;
    std::int64_t out = 0; // from one component of `a` to the next

    Epilogue(std::int64_t outputs, std::int64_t, int components, FloatScale) : rank(components), out(outputs) {}
};

/// Division by 16 root(in) and the low-rank term, in the narrowest exact form.
template <>
struct Epilogue<std::int8_t> {
    /// narrow: c A fits 32 bits. split: with c = high 2^shift + low, (c A) >> shift = high A + ((low A) >> shift), and
    /// everything fits 32 bits. wide: 64 bits.
    enum class Width { narrow, split, wide };

    int rank = 0;
    std::int64_t out = 0; // from one component of `a` to the next
    int shift = 0;
    std::int32_t divisor = 1;
    int divisor_shift = -1; // log2 of the divisor, -1 if it is no power of two
    Width width = Width::narrow;

    Epilogue(std::int64_t outputs, std::int64_t in, int components, IntegerScale scale)
        : rank(components), out(outputs), shift(scale.shift), divisor(static_cast<std::int32_t>(fan_in_divisor(in))) {
        if ((divisor & (divisor - 1)) == 0) {
            divisor_shift = floor_log2(static_cast<std::uint32_t>(divisor));
        }
        constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
        std::int64_t const largest_sum = 127 * 127 * in;
        std::int64_t const largest_product = (largest_sum / scale.divisor + 1) * 127;
        if (largest_sum + rank * ((largest_product >> shift) + 128) > limit || shift > 23) {
            width = rank == 0 ? Width::narrow : Width::wide;
        } else if (largest_product > limit) {
            width = Width::split;
        }
    }
};

/// The float 32 form of floor(v / d) for -127 d <= v < 128 d, as trunc(fma(v + 127 d, inverse, half)) - 127: v + 127 d
/// + 1/2 lies at least 1/2 from every multiple of d, a quotient below 255 has an error below 2^-15, and d <= 16 * 364
/// where sums fit 32 bits, so 1/(2 d) > 2^-14.
struct ReciprocalDivision {
    std::int32_t low;  // -127 d
    std::int32_t high; // 128 d - 1
    float inverse;     // 1 / d
    float half;        // 1 / (2 d)

    explicit ReciprocalDivision(std::int32_t divisor)
        : low(-127 * divisor), high(128 * divisor - 1), inverse(1.0f / static_cast<float>(divisor)),
          half(0.5f / static_cast<float>(divisor)) {}
};

} // namespace eggroll::kernels::host::detail
