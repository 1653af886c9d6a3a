// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/operands.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::host {

namespace detail {

/// v + factor g e
KOKKOS_FORCEINLINE_FUNCTION float perturbed(float v, float e, FloatScale const& scale, int sign) {
    return std::fma(scale.factor * static_cast<float>(sign), e, v);
}

/// sat(v + ((g e) >> shift)); e may be a product of two int8 values.
KOKKOS_FORCEINLINE_FUNCTION std::int8_t perturbed(std::int8_t v, int e, IntegerScale const& scale, int sign) {
    return saturate(v + ((sign * e) >> scale.shift));
}

template <class Stored, class T>
struct PerturbVector {
    Stored const* v = nullptr; // (length)
    MemberRows members;
    VectorNoise<T> noise;
    Array2<T> out; // (member, length)

    KOKKOS_FORCEINLINE_FUNCTION void operator()(std::int64_t member) const {
        std::int64_t const length = out.columns;
        int const sign = members.sign(member);
        auto const scale = noise.scale;
        Stored const* const mean = v;
        T const* const first = noise.first + members.direction(member) * length;
        T* const perturbed_vector = out.row(member);
        if (noise.second == nullptr) {
            for (std::int64_t j = 0; j < length; ++j) {
                perturbed_vector[j] = perturbed(mean[j], first[j], scale, sign);
            }
            return;
        }
        T const* const second = noise.second + members.direction(member) * length;
        for (std::int64_t j = 0; j < length; ++j) {
            perturbed_vector[j] = perturbed(mean[j], first[j] * second[j], scale, sign);
        }
    }
};

} // namespace detail

/// out (member, length) = each member's perturbed vector; kernels/reference/perturb_vector.hpp has the formulas.
template <class Stored, class T>
void perturb_vector(Thread thread, Stored const* v, MemberRows const& members, VectorNoise<T> const& noise,
                    Array2<T> const& out) {
    for_each_row(thread, out.rows, detail::PerturbVector<Stored, T>{v, members, noise, out});
}

template <class Stored, class T>
void perturb_vector(Thread, Stored const* v, MemberRows const&, NoNoise const&, Array2<T> const& out) {
    for (std::int64_t row = 0; row < out.rows; ++row) {
        std::copy_n(v, out.columns, out.row(row));
    }
}

} // namespace eggroll::kernels::host
