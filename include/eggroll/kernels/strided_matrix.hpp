// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll {

/// The matrix of a product, or its transpose, seen without packing: what `linear` and `linear_transposed` share.
template <class Stored>
struct StridedMatrix {
    Stored const* data = nullptr;
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::int64_t out_stride = 0;
    std::int64_t in_stride = 0;

    KOKKOS_FUNCTION ValueOf<Stored> operator()(std::int64_t i, std::int64_t k) const {
        return data[i * out_stride + k * in_stride];
    }
};

template <class Stored>
StridedMatrix<Stored> as_stored(Weights<Stored> const& w) {
    return {w.data, w.out, w.in, w.in, 1};
}

template <class Stored>
StridedMatrix<Stored> transposed(Weights<Stored> const& w) {
    return {w.data, w.in, w.out, 1, w.in};
}

/// The noise of the transpose: (A B^T)^T = B A^T.
template <class T>
LowRankNoise<T> transposed(LowRankNoise<T> const& noise) {
    return {noise.b, noise.a, noise.rank, noise.scale};
}

template <class Source, class T>
GeneratedLowRank<Source, T> transposed(GeneratedLowRank<Source, T> noise) {
    noise.factor_a = Factor::b;
    noise.factor_b = Factor::a;
    return noise;
}

} // namespace eggroll
