// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What update kernels take: the noise of one parameter and the weight of each direction. They estimate
///   Z[i, j] = sum over directions d and components k of w[d] A[d, k, i] B[d, k, j]
/// (full rank: w[d] E[d, i, j]; a vector is one row) with noise regenerated where it is used, and hand each sum to a
/// rule, `rule(element, sum)` with element = i * columns + j, exactly once. No gradient is stored anywhere (arXiv
/// 2511.16652, section 4). Directions are global, 0 to directions - 1, and summed in this order.
///
/// Weight float: noise as float, sum = fma(w A, B, sum). Weight std::int8_t, -1, 0 or 1: integer noise within +-127,
/// the sum is exact in std::int64_t.

#include <eggroll/config.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll {

/// The type of the sums of an update.
template <class Weight>
using UpdateSum = std::conditional_t<std::is_same_v<Weight, float>, float, std::int64_t>;

/// What an update changed, in stored units.
struct Tally {
    std::int64_t moved = 0;
    double squares = 0; // of the changes
};

/// Noise A B^T, of a matrix.
template <class Source, class Weight>
struct LowRankUpdate {
    using weight_type = Weight;

    Source source;
    std::uint32_t parameter = 0;
    std::int64_t out = 0;
    std::int64_t in = 0;
    int rank = 1;
    Weight const* weights = nullptr; // (direction)
    std::int64_t directions = 0;

    KOKKOS_FUNCTION std::int64_t rows() const { return out; }
    KOKKOS_FUNCTION std::int64_t columns() const { return in; }
};

/// Noise of full rank, of a matrix or, with out = 1, of a vector.
template <class Source, class Weight>
struct FullRankUpdate {
    using weight_type = Weight;

    Source source;
    std::uint32_t parameter = 0;
    std::int64_t out = 0;
    std::int64_t in = 0;
    Weight const* weights = nullptr; // (direction)
    std::int64_t directions = 0;

    KOKKOS_FUNCTION std::int64_t rows() const { return out; }
    KOKKOS_FUNCTION std::int64_t columns() const { return in; }
};

/// Noise u1 u2, elementwise, of a vector: u1 is factor a, u2 factor b.
template <class Source, class Weight>
struct ProductUpdate {
    using weight_type = Weight;

    Source source;
    std::uint32_t parameter = 0;
    std::int64_t length = 0;
    Weight const* weights = nullptr; // (direction)
    std::int64_t directions = 0;

    KOKKOS_FUNCTION std::int64_t rows() const { return 1; }
    KOKKOS_FUNCTION std::int64_t columns() const { return length; }
};

} // namespace eggroll
