// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What kernels take: raw views and noise descriptors, all trivially copyable. Nothing here knows a model, a layout or
/// a perturbation policy; `members.hpp` translates those into these.

#include <eggroll/config.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

namespace eggroll {

/// A row-major matrix in memory that the kernel's place can reach. A stride of 0 repeats one row.
template <class T>
struct Array2 {
    T* data = nullptr; // (row, column)
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t stride = 0; // elements from one row to the next

    KOKKOS_FUNCTION T& operator()(std::int64_t row, std::int64_t column) const { return data[row * stride + column]; }
    KOKKOS_FUNCTION T* row(std::int64_t row) const { return data + row * stride; }
    /// A view to read only. A template, because nvcc warns of a conversion of T const to itself.
    template <class U>
    requires(std::is_same_v<U, T const> && !std::is_const_v<T>) KOKKOS_FUNCTION operator Array2<U>() const {
        return {data, rows, columns, stride};
    }
};

/// Which member a row of a slice belongs to, and what that member's noise is. Rows are grouped by member, slices begin
/// on pair boundaries, so everything is relative to the slice's first member. A sign of 0 makes a member the mean: the
/// first direction of every `baseline_period` members of the population.
struct MemberRows {
    std::int64_t rows_per_member = 1;
    std::int64_t members_per_direction = 2; // 2: antithetic pairs share a direction; 1: a direction each
    std::int64_t first_member = 0;          // number in the population of the slice's member 0
    std::int64_t baseline_period = 0;       // 0: all members are perturbed
    std::int32_t const* selected = nullptr; // (block of rows, and one more): its member; null: block i is member i's

    KOKKOS_FUNCTION std::int64_t member(std::int64_t row) const {
        std::int64_t const block = row / rows_per_member;
        return selected == nullptr ? block : selected[block];
    }
    KOKKOS_FUNCTION std::int64_t direction(std::int64_t row) const { return member(row) / members_per_direction; }
    KOKKOS_FUNCTION int sign(std::int64_t row) const {
        if (baseline_period != 0 && (first_member + member(row)) % baseline_period < members_per_direction) {
            return 0;
        }
        return members_per_direction == 2 && (member(row) & 1) != 0 ? -1 : 1;
    }
};

/// The input of a linear operation or a look-up, with its row-to-data map: consecutive blocks of members read the same
/// rows. One member a block is "per member"; a whole group, "per group"; the whole slice, "shared".
template <class T>
struct Input {
    static constexpr std::int64_t whole_slice = std::numeric_limits<std::int64_t>::max();

    Array2<T const> data; // (data row, feature)
    std::int64_t rows_per_member = 1;
    std::int64_t members_per_block = 1;

    KOKKOS_FUNCTION std::int64_t data_row(std::int64_t row) const {
        if (members_per_block == 1) {
            return row;
        }
        return row / rows_per_member / members_per_block * rows_per_member + row % rows_per_member;
    }
};

/// What multiplies the noise. Float: a factor. Integer (design: EGG's arithmetic): a right shift, after the inner
/// product was divided by round(sqrt(rank)).
struct FloatScale {
    float factor = 0; // sigma / sqrt(rank), or sigma
};
struct IntegerScale {
    int shift = 0;   // 4 + S for products of two factors, S for full-rank noise; sigma = 2^-S
    int divisor = 1; // round(sqrt(rank))
};
template <class T>
struct ScaleOf {
    using type = FloatScale;
};
template <>
struct ScaleOf<std::int8_t> {
    using type = IntegerScale;
};

/// No noise: the mean is evaluated, or the parameter is frozen.
struct NoNoise {};

/// E = A B^T of each direction of the slice, the factors generated beforehand (kernels `fill`).
template <class T>
struct LowRankNoise {
    T const* a = nullptr; // (direction, component, out)
    T const* b = nullptr; // (direction, component, in)
    int rank = 1;
    typename ScaleOf<T>::type scale;
};

/// The same E, its factors regenerated where they are used: component k is column k of the noise source.
template <class Source, class T>
struct GeneratedLowRank {
    Source source;
    std::uint32_t parameter = 0;
    std::int64_t first_direction = 0; // global direction of the slice's direction 0
    int rank = 1;
    typename ScaleOf<T>::type scale;
    Factor factor_a = Factor::a; // of the results. The noise of a transpose has these the other way round; only
    Factor factor_b = Factor::b; // of the features. kernels that read values by a() and b() take that.

    /// A[direction of the slice, component, i], columns being `out` long.
    KOKKOS_FUNCTION T a(std::int64_t direction, int component, std::int64_t out, std::int64_t i) const {
        return noise_cast<T>(source.value(parameter, factor_a, first_direction + direction, component, out, i));
    }
    /// B[direction of the slice, component, j], columns being `in` long.
    KOKKOS_FUNCTION T b(std::int64_t direction, int component, std::int64_t in, std::int64_t j) const {
        return noise_cast<T>(source.value(parameter, factor_b, first_direction + direction, component, in, j));
    }
};

/// E of full rank, regenerated where it is used: row i of E is column i of the noise source.
template <class Source, class T>
struct FullRankNoise {
    Source source;
    std::uint32_t parameter = 0;
    std::int64_t first_direction = 0; // global direction of the slice's direction 0
    typename ScaleOf<T>::type scale;
};

/// Noise of a vector parameter, generated beforehand: `first`, or the elementwise product of `first` and `second`.
template <class T>
struct VectorNoise {
    T const* first = nullptr;  // (direction, length)
    T const* second = nullptr; // (direction, length), or null
    typename ScaleOf<T>::type scale;
};

/// A weight matrix as it is stored; kernels compute with its ValueOf, which 16-bit floats are widened to. `packed` is
/// the host kernels' own form (kernels/host/pack.hpp), made once a generation; others read `data`.
template <class Stored>
struct Weights {
    Stored const* data = nullptr; // (out, in)
    std::int64_t out = 0;
    std::int64_t in = 0;
    void const* packed = nullptr; // of `data`, or of its transpose when the operation is linear_transposed
};

} // namespace eggroll
