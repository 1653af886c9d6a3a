// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What an optimizer may want to know of the whole gradient before it moves anything: norms and scalar products. Its
/// state says so with
///
///     static constexpr int measurements = 1;                       // sums that it wants
///     Measure measure(UpdateContext const&) const;                 // trivially copyable:
///         // Measurements<1> operator()(std::int64_t element, Storage current, gradient_type sum) const
///     void measured(Measurements<1> const& totals);                // before the rules of the generation are made
///
/// and the update then passes over all parameters twice, first summing what `measure` gives for each element: about
/// twice the time, as the noise is generated twice. The sums are in double, in an order that depends neither on threads
/// nor on slices.

#include <Kokkos_Core.hpp>

#include <cstddef>

namespace eggroll {

/// The sums of one measuring pass, or what one element adds to them.
template <int count>
using Measurements = Kokkos::Array<double, static_cast<std::size_t>(count)>;

/// How many sums an optimizer's state wants: 0 for most, whose update is one pass.
template <class State>
inline constexpr int measurements_of = 0;
template <class State>
requires requires {
    State::measurements;
}
inline constexpr int measurements_of<State> = State::measurements;

} // namespace eggroll
