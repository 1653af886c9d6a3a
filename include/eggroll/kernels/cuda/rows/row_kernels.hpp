// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Functors of kernels/rows by warps: neighbouring threads have neighbouring columns, so that loads are whole sectors.
/// The arithmetic is the functors' own.

#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/kernels/rows/add.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/layer_norm_relu.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>
#include <eggroll/kernels/rows/reset_rows.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// One column of an array.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION Array2<T> column_of(Array2<T> array, std::int64_t column) {
    array.data += column;
    array.columns = 1;
    return array;
}

// What functors that treat every element alike do to one column of their rows, and how many they have.

template <class T>
KOKKOS_FORCEINLINE_FUNCTION rows::Relu<T> at_column(rows::Relu<T> const& f, std::int64_t j) {
    return {column_of(f.y, j)};
}
template <class T>
KOKKOS_FORCEINLINE_FUNCTION rows::Tanh<T> at_column(rows::Tanh<T> const& f, std::int64_t j) {
    return {column_of(f.y, j)};
}
template <class T>
KOKKOS_FORCEINLINE_FUNCTION rows::Add<T> at_column(rows::Add<T> const& f, std::int64_t j) {
    return {column_of(f.a, j), column_of(f.b, j), column_of(f.y, j)};
}
template <class T>
KOKKOS_FORCEINLINE_FUNCTION rows::AddVector<T> at_column(rows::AddVector<T> const& f, std::int64_t j) {
    return {column_of(f.y, j), column_of(f.vector, j), f.rows_per_member, f.selected};
}
KOKKOS_FORCEINLINE_FUNCTION rows::SumOfThree at_column(rows::SumOfThree const& f, std::int64_t j) {
    return {column_of(f.a, j), column_of(f.b, j), column_of(f.vector, j), f.rows_per_member, column_of(f.y, j)};
}
KOKKOS_FORCEINLINE_FUNCTION rows::GatedState at_column(rows::GatedState const& f, std::int64_t j) {
    return {column_of(f.f, j), column_of(f.s, j), column_of(f.q, j)};
}
KOKKOS_FORCEINLINE_FUNCTION rows::BlendState at_column(rows::BlendState const& f, std::int64_t j) {
    return {column_of(f.f, j), column_of(f.h, j), column_of(f.s, j)};
}
KOKKOS_FORCEINLINE_FUNCTION rows::ResetRows at_column(rows::ResetRows const& f, std::int64_t j) {
    return {f.tokens, column_of(f.state, j)};
}

/// A functor of the elementwise ones, a warp for each row.
template <class RowFunctor>
struct ElementsOfRows {
    static constexpr int threads = 128;
    static constexpr int rows_of_block = threads / 32;

    RowFunctor functor;
    std::int64_t rows;
    std::int64_t columns;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const row = block.index() * rows_of_block + block.warp();
        if (row >= rows) {
            return;
        }
        for (std::int64_t j = block.lane(); j < columns; j += 32) {
            at_column(functor, j)(row);
        }
    }
};

/// The sum over the lanes whose numbers differ in the bits of `lanes` - 1, in each of them; the order is that of
/// LayerNormRelu.
template <int lanes, class Block, class T>
KOKKOS_FORCEINLINE_FUNCTION T sum_over_lanes(Block& block, T value) {
    for (int width = lanes / 2; width > 0; width /= 2) {
        value += block.shuffle_xor(value, width);
    }
    return value;
}

/// LayerNormRelu to the bit: its 16 lanes are 16 threads, so a warp has two rows.
struct LayerNormReluOfRows {
    static constexpr int threads = 128;
    static constexpr int lanes = static_cast<int>(rows::LayerNormRelu::lanes);
    static constexpr int rows_of_block = threads / lanes;

    rows::LayerNormRelu functor;
    std::int64_t rows;
    std::int64_t columns;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const row = block.index() * rows_of_block + block.thread() / lanes;
        std::int64_t const end = row < rows ? columns : 0; // lanes without a row take part in the sums
        float* const values = functor.y.row(row < rows ? row : 0);
        int const lane = block.thread() % lanes;
        auto const count = static_cast<float>(columns);
        float sum = 0;
        for (std::int64_t j = lane; j < end; j += lanes) {
            sum += values[j];
        }
        float const mean = sum_over_lanes<lanes>(block, sum) / count;
        sum = 0;
        for (std::int64_t j = lane; j < end; j += lanes) {
            sum += square(values[j] - mean);
        }
        float const variance = sum_over_lanes<lanes>(block, sum) / count;
        float const factor = 1.0F / Kokkos::sqrt(variance + rows::LayerNormRelu::epsilon);
        for (std::int64_t j = lane; j < end; j += lanes) {
            float const normalised = (values[j] - mean) * factor;
            values[j] = normalised < 0.0F ? 0.0F : normalised;
        }
    }

private:
    /// Rounded before it is added: nvcc would make one multiply-add of both.
    static KOKKOS_FORCEINLINE_FUNCTION float square(float x) {
        KOKKOS_IF_ON_DEVICE((return __fmul_rn(x, x);))
        KOKKOS_IF_ON_HOST((return x * x;))
    }
};

/// IntegerLayerNorm, a warp for each row.
struct IntegerLayerNormOfRows {
    static constexpr int threads = 128;
    static constexpr int rows_of_block = threads / 32;

    rows::IntegerLayerNorm functor;
    std::int64_t rows;
    std::int64_t columns;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const row = block.index() * rows_of_block + block.warp();
        if (row >= rows) {
            return;
        }
        std::int8_t const* const values = functor.x.row(row);
        std::int8_t const* const weights = functor.weight.row(row / functor.rows_per_member);
        std::int8_t* const normalised = functor.y.row(row);
        std::int32_t sum = 0;
        for (std::int64_t j = block.lane(); j < columns; j += 32) {
            sum += values[j] < 0 ? -values[j] : values[j];
        }
        auto const mean = static_cast<std::int32_t>(sum_over_lanes<32>(block, sum) / columns);
        float const reciprocal = 1.0F / static_cast<float>(mean); // unused if infinite
        for (std::int64_t j = block.lane(); j < columns; j += 32) {
            int const product = values[j] * weights[j];
            normalised[j] = mean == 0 ? rows::quotient_by_zero(product) : rows::quotient_by_mean(product, reciprocal);
        }
    }
};

/// LogLikelihood, a warp for each row.
struct LogLikelihoodOfRows {
    static constexpr int threads = 128;
    static constexpr int rows_of_block = threads / 32;

    rows::LogLikelihood functor;
    std::int64_t rows;
    std::int64_t columns;

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const row = block.index() * rows_of_block + block.warp();
        if (row >= rows) {
            return;
        }
        std::int8_t const* const values = functor.logits.row(row);
        rows::LogLikelihood::PowerSums sum;
        for (std::int64_t k = block.lane(); k < rows::LogLikelihood::bytes; k += 32) {
            functor.add_power(values[k], sum);
        }
        sum.whole = sum_over_lanes<32>(block, sum.whole);
        sum.fractions = sum_over_lanes<32>(block, sum.fractions);
        if (block.lane() == 0) {
            functor.add(row, sum);
        }
    }
};

} // namespace eggroll::kernels::cuda
