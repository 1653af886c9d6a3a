// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/reference/full_rank.hpp>
#include <eggroll/kernels/reference/place.hpp>

#include <cstdint>

namespace eggroll::kernels::reference {

/// out[member] = the member's perturbed vector: float v + factor g e, int8 sat(v + ((g e) >> shift)), with e = first,
/// or first * second as in EGG (an int8 product is not cut to 8 bits).
///
/// \param v        (length), as it is stored
/// \param members  one row a member
/// \param out      (member, length)
template <class Stored, class T>
void perturb_vector(Place, Stored const* v, MemberRows members, VectorNoise<T> const& noise, Array2<T> out) {
    for (std::int64_t member = 0; member < out.rows; ++member) {
        std::int64_t const start = members.direction(member) * out.columns;
        for (std::int64_t j = 0; j < out.columns; ++j) {
            auto const first = noise.first[start + j];
            auto const e = noise.second == nullptr ? first * T{1} : first * noise.second[start + j];
            out(member, j) = perturbed(v[j], e, noise.scale, members.sign(member));
        }
    }
}

/// out[row] = v, without noise: a stored vector as values.
template <class Stored, class T>
void perturb_vector(Place, Stored const* v, MemberRows, NoNoise, Array2<T> out) {
    for (std::int64_t row = 0; row < out.rows; ++row) {
        for (std::int64_t j = 0; j < out.columns; ++j) {
            out(row, j) = v[j];
        }
    }
}

} // namespace eggroll::kernels::reference
