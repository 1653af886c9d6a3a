// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Products with noise of full rank, which is regenerated where it is used.

#include <eggroll/kernels/device/product.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// base + factor g product
KOKKOS_FORCEINLINE_FUNCTION float add_scaled(float base, float product, FloatScale const& scale, int sign) {
    return multiply_add(scale.factor * static_cast<float>(sign), product, base);
}
/// base + ((g product) >> shift)
KOKKOS_FORCEINLINE_FUNCTION std::int64_t add_scaled(std::int32_t base, std::int32_t product, IntegerScale const& scale,
                                                    int sign) {
    return std::int64_t{base} + ((std::int64_t{sign} * product) >> scale.shift);
}

/// The results i of all rows of one direction: each element of E is generated once for `tile` rows.
template <class Stored, class T, class Source, bool transposed>
struct FullRankOutput {
    static constexpr std::int64_t tile = 8;

    StridedMatrix<Stored> w; // (out, in) as the product sees it: already transposed if it is to be
    Input<T> x;              // (data row, in)
    MemberRows members;
    FullRankNoise<Source, T> noise;
    std::int64_t divisor;
    Accumulator<T> const* base; // (data row, out), or null where nothing is shared
    Array2<T> y;                // (row, out)

    KOKKOS_FUNCTION T element(std::int64_t direction, std::int64_t i, std::int64_t k) const {
        std::int64_t const global = noise.first_direction + direction;
        // A column of the source is a row of E as it is stored.
        return noise_cast<T>(transposed ? noise.source.value(noise.parameter, Factor::full, global, k, w.out, i)
                                        : noise.source.value(noise.parameter, Factor::full, global, i, w.in, k));
    }

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const direction = index / w.out;
        std::int64_t const i = index % w.out;
        std::int64_t const rows = members.rows_per_member * members.members_per_direction;
        std::int64_t const end = (direction + 1) * rows < y.rows ? (direction + 1) * rows : y.rows;
        for (std::int64_t first = direction * rows; first < end; first += tile) {
            std::int64_t const count = end - first < tile ? end - first : tile;
            Accumulator<T> products[tile] = {};
            for (std::int64_t k = 0; k < w.in; ++k) {
                T const e = element(direction, i, k);
                for (std::int64_t r = 0; r < count; ++r) {
                    products[r] = accumulate(x.data(x.data_row(first + r), k), e, products[r]);
                }
            }
            for (std::int64_t r = 0; r < count; ++r) {
                store(first + r, i, products[r]);
            }
        }
    }

    KOKKOS_FUNCTION void store(std::int64_t row, std::int64_t i, Accumulator<T> product) const {
        std::int64_t const data_row = x.data_row(row);
        auto const shared = base != nullptr ? base[data_row * w.out + i] : shared_product(w, x.data.row(data_row), i);
        y(row, i) = finish(add_scaled(shared, product, noise.scale, members.sign(row)), divisor);
    }
};

/// y = x (W + sigma g E)^T; `w` is transposed already if `transposed`, E is here.
template <bool transposed, class Space, class Stored, class T, class Source>
void multiply_full_rank(On<Space> const& place, StridedMatrix<Stored> const& w, Input<T> const& x,
                        MemberRows const& members, FullRankNoise<Source, T> const& noise, Accumulator<T>* scratch,
                        Array2<T> const& y) {
    auto const* const base = share_products(place, w, x, y.rows, scratch);
    std::int64_t const rows = members.rows_per_member * members.members_per_direction;
    std::int64_t const directions = (y.rows + rows - 1) / rows;
    launch(place, "eggroll::linear_full_rank", directions * w.out,
           FullRankOutput<Stored, T, Source, transposed>{w, x, members, noise, fan_in_divisor(w.in), base, y});
}

} // namespace eggroll::kernels::device
