// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/full_rank/products.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/device/linear.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// y = x (W + sigma g E)^T with noise of full rank, regenerated in registers once for both members of a pair and all
/// results that use it: OpenES as it is best done without storing noise. At 27 operations an element the generator is
/// the limit: 8192 x 8192 and 512 pairs take 9.4e11 of them, which by
/// an H200's rates is 180 times as long as the product W x.
template <class Launcher, class Stored, class T, class DistributionA, class DistributionB>
void linear(On<Launcher> const& place, Weights<Stored> w, Input<T> x, MemberRows members,
            FullRankNoise<NoiseStream<DistributionA, DistributionB>, T> const& noise, Accumulator<T>* scratch,
            Array2<T> y) {
    Accumulator<T> const* base = nullptr;
    if constexpr (std::is_same_v<T, float>) {
        linear(place, w, x, members, NoNoise{}, scratch, y);
    } else {
        base = device::share_products(place.generic(), as_stored(w), x, y.rows, scratch);
    }
    NoiseStream<DistributionA> const source{noise.source.key, noise.source.generation, noise.source.domain};
    auto const run = [&](auto rows) {
        FullRankProducts<Stored, T, DistributionA, decltype(rows)::value> const kernel{
            source, noise.parameter, noise.first_direction, noise.scale, as_stored(w),
            x,      members,         fan_in_divisor(w.in),  base,        y};
        launch(place, "eggroll::linear_full_rank", kernel.blocks(), 0, kernel);
    };
    constexpr int many = std::is_same_v<T, float> ? 8 : 4; // as registers allow
    if (members.rows_per_member * members.members_per_direction <= 2) {
        run(std::integral_constant<int, 2>{});
    } else {
        run(std::integral_constant<int, many>{});
    }
}

} // namespace eggroll::kernels::cuda
