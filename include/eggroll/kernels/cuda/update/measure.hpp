// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace eggroll::kernels::cuda {

/// A rule that keeps the sums of some rows.
template <class Sum>
struct KeepSums {
    Sum* sums; // (row of the slab, column)
    std::int64_t first_element;
    KOKKOS_FUNCTION void operator()(std::int64_t element, Sum sum) const { sums[element - first_element] = sum; }
};

/// Sums what `measure` gives for the elements of a row, in the order of its columns. A block has 32 rows: all threads
/// measure neighbouring elements, then a lane adds up a row's.
template <class Measure, class Sum>
struct MeasureRows {
    static constexpr int threads = 256;
    static constexpr unsigned blocks_per_multiprocessor = 4;
    static constexpr int rows_of_block = 32;
    static constexpr int columns_at_once = 64;
    static constexpr int stride = columns_at_once + 1;
    using Values = decltype(std::declval<Measure const&>()(std::int64_t{}, Sum{}));
    static constexpr int measurements = static_cast<int>(Values::size());
    static constexpr std::size_t shared_bytes = sizeof(double) * measurements * rows_of_block * stride;

    Measure measure;
    Sum const* sums; // (row of the slab, column)
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t first_row; // of the slab
    double* totals;         // (row of the parameter, measurement)

    std::int64_t blocks() const { return (rows + rows_of_block - 1) / rows_of_block; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        auto* const shared = reinterpret_cast<double*>(block.shared()); // (measurement, row, column)
        std::int64_t const begin = block.index() * rows_of_block;
        bool const adds = block.thread() < rows_of_block && begin + block.thread() < rows;
        double total[measurements] = {};
        for (std::int64_t first = 0; first < columns; first += columns_at_once) {
            for (int n = block.thread(); n < rows_of_block * columns_at_once; n += threads) {
                std::int64_t const row = begin + n / columns_at_once;
                std::int64_t const column = first + n % columns_at_once;
                if (row < rows && column < columns) {
                    auto const values = measure((first_row + row) * columns + column, sums[row * columns + column]);
                    for (int k = 0; k < measurements; ++k) {
                        shared[(k * rows_of_block + n / columns_at_once) * stride + n % columns_at_once] =
                            values[static_cast<std::size_t>(k)];
                    }
                }
            }
            block.synchronize();
            if (adds) {
                auto const count =
                    static_cast<int>(columns - first < columns_at_once ? columns - first : columns_at_once);
                for (int k = 0; k < measurements; ++k) {
                    double const* const of_row = shared + (k * rows_of_block + block.thread()) * stride;
                    for (int column = 0; column < count; ++column) {
                        total[k] += of_row[column];
                    }
                }
            }
            block.synchronize();
        }
        if (adds) {
            for (int k = 0; k < measurements; ++k) {
                totals[(first_row + begin + block.thread()) * measurements + k] = total[k];
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
