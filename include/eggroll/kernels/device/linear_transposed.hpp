// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/full_rank.hpp>
#include <eggroll/kernels/device/product.hpp>

namespace eggroll::kernels::device {

/// y (row, in) = x (data row, out) times the transpose of each member's perturbed matrix: see
/// reference/linear_transposed.hpp.
template <class Space, class Stored, class T>
void linear_transposed(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members, NoNoise const& noise,
                       Accumulator<T>* scratch, Array2<T> y) {
    multiply(place, transposed(w), x, members, noise, scratch, y);
}

template <class Space, class Stored, class T>
void linear_transposed(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members,
                       LowRankNoise<T> const& noise, Accumulator<T>* scratch, Array2<T> y) {
    multiply(place, transposed(w), x, members, transposed(noise), scratch, y);
}

template <class Space, class Stored, class T, class Source>
void linear_transposed(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members,
                       GeneratedLowRank<Source, T> const& noise, Accumulator<T>* scratch, Array2<T> y) {
    multiply(place, transposed(w), x, members, transposed(noise), scratch, y);
}

template <class Space, class Stored, class T, class Source>
void linear_transposed(On<Space> const& place, Weights<Stored> w, Input<T> x, MemberRows members,
                       FullRankNoise<Source, T> const& noise, Accumulator<T>* scratch, Array2<T> y) {
    multiply_full_rank<true>(place, transposed(w), x, members, noise, scratch, y);
}

} // namespace eggroll::kernels::device
