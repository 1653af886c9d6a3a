// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>
#include <eggroll/kernels/device/perturbed.hpp>
#include <eggroll/kernels/operands.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

template <class Stored, class T>
struct PerturbElement {
    Stored const* v; // (length)
    MemberRows members;
    VectorNoise<T> noise;
    Array2<T> out; // (member, length)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        std::int64_t const member = index / out.columns;
        std::int64_t const j = index % out.columns;
        std::int64_t const at = members.direction(member) * out.columns + j;
        auto const e = noise.second == nullptr ? noise.first[at] * T{1} : noise.first[at] * noise.second[at];
        out(member, j) = perturbed(v[j], e, noise.scale, members.sign(member));
    }
};

template <class Stored, class T>
struct CopyElement {
    Stored const* v; // (length)
    Array2<T> out;   // (row, length)

    KOKKOS_FUNCTION void operator()(std::int64_t index) const {
        out(index / out.columns, index % out.columns) = v[index % out.columns];
    }
};

/// out (member, length) = each member's perturbed vector: see reference/perturb_vector.hpp.
template <class Space, class Stored, class T>
void perturb_vector(On<Space> const& place, Stored const* v, MemberRows members, VectorNoise<T> const& noise,
                    Array2<T> out) {
    launch(place, "eggroll::perturb_vector", out.rows * out.columns, PerturbElement<Stored, T>{v, members, noise, out});
}

template <class Space, class Stored, class T>
void perturb_vector(On<Space> const& place, Stored const* v, MemberRows, NoNoise, Array2<T> out) {
    launch(place, "eggroll::copy_vector", out.rows * out.columns, CopyElement<Stored, T>{v, out});
}

} // namespace eggroll::kernels::device
