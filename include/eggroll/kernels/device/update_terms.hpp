// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What one direction adds to the sums of some neighbouring columns of a row, by kind of noise: w e, with e the
/// element's noise (paper section 4.3: the update of all members is one product of their factors).

#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll::kernels::device {

/// Sums of a chunk of directions: int32 for int8, which `most_directions` keeps from wrapping.
template <class T>
using ChunkSum = typename StorageTraits<T>::accumulator_type;

KOKKOS_FORCEINLINE_FUNCTION float weighted(float weight, float value) {
    return weight * value;
}
KOKKOS_FORCEINLINE_FUNCTION int weighted(std::int8_t weight, std::int8_t value) {
    return weight * value;
}
KOKKOS_FORCEINLINE_FUNCTION float add_product(float a, float b, float sum) {
    return multiply_add(a, b, sum);
}
KOKKOS_FORCEINLINE_FUNCTION std::int32_t add_product(int a, std::int8_t b, std::int32_t sum) {
    return sum + a * b;
}

/// e = sum_k A_k[i] B_k[j]
template <class T>
struct LowRankTerm {
    T const* weights; // (direction)
    T const* a;       // (direction, component, out)
    T const* b;       // (direction, component, in)
    std::int64_t rank;
    std::int64_t out;
    std::int64_t in;
    std::int64_t first_row;

    KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t direction, std::int64_t row, std::int64_t column,
                                         std::int64_t count, ChunkSum<T>* sums) const {
        for (std::int64_t k = 0; k < rank; ++k) {
            std::int64_t const component = direction * rank + k;
            auto const left = weighted(weights[direction], a[component * out + first_row + row]);
            T const* const right = b + component * in + column;
            for (std::int64_t l = 0; l < count; ++l) {
                sums[l] = add_product(left, right[l], sums[l]);
            }
        }
    }
};

/// e = E[i, j]
template <class T>
struct FullRankTerm {
    T const* weights; // (direction)
    T const* e;       // (direction, row of the slab, in)
    std::int64_t rows;
    std::int64_t in;

    KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t direction, std::int64_t row, std::int64_t column,
                                         std::int64_t count, ChunkSum<T>* sums) const {
        T const* const values = e + (direction * rows + row) * in + column;
        for (std::int64_t l = 0; l < count; ++l) {
            sums[l] = add_product(weights[direction], values[l], sums[l]);
        }
    }
};

/// e = u1[j] u2[j]
template <class T>
struct ProductTerm {
    T const* weights; // (direction)
    T const* first;   // (direction, length)
    T const* second;  // (direction, length)
    std::int64_t length;

    KOKKOS_FORCEINLINE_FUNCTION void add(std::int64_t direction, std::int64_t, std::int64_t column, std::int64_t count,
                                         ChunkSum<T>* sums) const {
        std::int64_t const at = direction * length + column;
        for (std::int64_t l = 0; l < count; ++l) {
            sums[l] = add_product(weighted(weights[direction], first[at + l]), second[at + l], sums[l]);
        }
    }
};

} // namespace eggroll::kernels::device
