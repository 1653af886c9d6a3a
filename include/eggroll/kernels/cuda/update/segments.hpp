// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/update/factors.hpp>
#include <eggroll/kernels/cuda/update/rule.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// Adds the sums of segments of directions in their order, and after the last hands the totals to the rule.
template <class Weight, class Rule>
struct AddSegments {
    static constexpr int threads = 256;
    static constexpr int per_thread = 8;
    using Chunk = std::conditional_t<std::is_same_v<Weight, float>, float, std::int32_t>;
    using Sum = UpdateSum<Weight>;

    Chunk const* segments; // (segment, row, padded column)
    int count;
    std::int64_t plane;          // elements of a segment
    std::int64_t padded_columns; // of the region
    Sum* totals;                 // (row, padded column)
    bool from_zero;
    bool last;
    std::int64_t first_row; // of the region, in the parameter
    std::int64_t first_column;
    std::int64_t rows; // of the region, without padding
    std::int64_t columns;
    std::int64_t parameter_columns;
    WeightScale const* scale; // of float weights, or null
    Rule rule;
    Tally* of_block; // (block)

    std::int64_t blocks() const { return (rows * columns + threads * per_thread - 1) / (threads * per_thread); }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const first = block.index() * threads * per_thread + block.thread();
        Sum sum[per_thread];
        std::int64_t element[per_thread];
        for (int i = 0; i < per_thread; ++i) {
            std::int64_t const n = first + i * threads;
            if (n < rows * columns) {
                std::int64_t const at = n / columns * padded_columns + n % columns;
                element[i] = (first_row + n / columns) * parameter_columns + first_column + n % columns;
                sum[i] = from_zero ? Sum{0} : totals[at];
                for (int segment = 0; segment < count; ++segment) {
                    sum[i] += segments[segment * plane + at];
                }
                if (!last) {
                    totals[at] = sum[i];
                }
            }
        }
        if (last) {
            Sum up{1};
            if constexpr (std::is_same_v<Weight, float>) {
                up = scale != nullptr ? scale->up : 1.0F;
            }
            Tally tally;
            apply_rule<per_thread>(
                rule, [&](int i) { return first + i * threads < rows * columns; }, [&](int i) { return element[i]; },
                [&](int i) { return sum[i] * up; }, tally);
            keep_tally<Rule, threads>(block, tally, of_block);
        }
    }
};

} // namespace eggroll::kernels::cuda
