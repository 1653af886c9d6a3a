// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/full_rank.hpp>
#include <eggroll/kernels/device/product.hpp>

namespace eggroll::kernels::device {

/// y (row, out) = x (data row, in) times each member's perturbed matrix: see reference/linear.hpp. `scratch` holds
/// `linear_scratch` accumulators in memory of the space, until the kernels are done.
template <class Space, class Stored, class T, class Noise>
void linear(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members, Noise const& noise,
            Accumulator<T>* scratch, Array2<T> y) {
    multiply(place, as_stored(w), x, members, noise, scratch, y);
}

template <class Space, class Stored, class T, class Source>
void linear(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members,
            FullRankNoise<Source, T> const& noise, Accumulator<T>* scratch, Array2<T> y) {
    multiply_full_rank<false>(place, as_stored(w), x, members, noise, scratch, y);
}

} // namespace eggroll::kernels::device
