// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/linear_int8/tiles.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/device/linear.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Whether rows that begin `stride` bytes apart all begin at a multiple of `bytes`.
inline bool rows_aligned(void const* first, std::int64_t stride, std::int64_t bytes) {
    return reinterpret_cast<std::uintptr_t>(first) % static_cast<std::uintptr_t>(bytes) == 0 && stride % bytes == 0;
}

namespace detail {

template <class Tile, class Launcher>
void launch_integer_linear(On<Launcher> const& place, Weights<std::int8_t> const& w, Input<std::int8_t> const& x,
                           MemberRows const& members, LowRankNoise<std::int8_t> const& noise, std::int32_t const* t,
                           Array2<std::int8_t> const& y) {
    std::int64_t const divisor = fan_in_divisor(w.in);
    bool const power_of_two = (divisor & (divisor - 1)) == 0;
    int const divisor_shift = power_of_two ? floor_log2(static_cast<std::uint32_t>(divisor)) : -1;
    bool const aligned = rows_aligned(w.data, w.in, 16) && rows_aligned(x.data.data, x.data.stride, 16);
    bool const aligned_results = rows_aligned(y.data, y.stride, 8) && rows_aligned(noise.a, w.out, 8);
    auto const run = [&](auto sum) {
        using Kernel = IntegerLinear<Tile, decltype(sum)>;
        Kernel const kernel{w, x, members, noise, t, divisor, divisor_shift, aligned, aligned_results, y};
        launch(place, "eggroll::linear", kernel.blocks(), Kernel::shared_bytes, kernel);
    };
    // |x . W| <= 127^2 in, |t A| <= 127^3 in before the shift: the product and the sum must fit.
    std::int64_t const product = std::int64_t{127 * 127 * 127} * w.in;
    std::int64_t const largest = 127 * 127 * w.in + noise.rank * ((product >> noise.scale.shift) + 1);
    if (product >= std::int64_t{1} << 31 || largest >= std::int64_t{1} << 31) {
        run(std::int64_t{0});
    } else {
        run(std::int32_t{0});
    }
}

} // namespace detail

/// y (row, out) = x (data row, in) times each member's perturbed matrix, int8, on tensor cores: bit for bit what
/// reference/linear.hpp says. Matrices that would leave most of a tile empty run as the generic kernel.
template <class Launcher>
void linear(On<Launcher> const& place, Weights<std::int8_t> w, Input<std::int8_t> x, MemberRows members,
            LowRankNoise<std::int8_t> const& noise, std::int32_t* scratch, Array2<std::int8_t> y) {
    constexpr std::int64_t smallest = 32;
    if (w.out < smallest || w.in < smallest) {
        if (noise.rank == 0) {
            device::linear(place.generic(), w, x, members, NoNoise{}, scratch, y);
        } else {
            device::linear(place.generic(), w, x, members, noise, scratch, y);
        }
        return;
    }
    if (noise.rank > 0) {
        bool const aligned = rows_aligned(x.data.data, x.data.stride, 16) && rows_aligned(noise.b, w.in, 16);
        IntegerProjection const projection{noise, x, members, y.rows, w.in, aligned, scratch};
        launch(place, "eggroll::linear_projection", projection.blocks(), 0, projection);
    }
    using Large = IntegerLinear<LargeIntegerTile, std::int32_t>;
    std::int64_t const large_tiles = ((y.rows + Large::tile_rows - 1) / Large::tile_rows) *
                                     ((w.out + Large::tile_outputs - 1) / Large::tile_outputs);
    if (large_tiles >= place.launcher.multiprocessors(place.space)) {
        detail::launch_integer_linear<LargeIntegerTile>(place, w, x, members, noise, scratch, y);
    } else {
        detail::launch_integer_linear<SmallIntegerTile>(place, w, x, members, noise, scratch, y);
    }
}

template <class Launcher>
void linear(On<Launcher> const& place, Weights<std::int8_t> w, Input<std::int8_t> x, MemberRows members, NoNoise,
            std::int32_t* scratch, Array2<std::int8_t> y) {
    linear(place, w, x, members, LowRankNoise<std::int8_t>{nullptr, nullptr, 0, {}}, scratch, y);
}

} // namespace eggroll::kernels::cuda
