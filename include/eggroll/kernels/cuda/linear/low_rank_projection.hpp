// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/linear/low_rank_epilogue.hpp>
#include <eggroll/kernels/cuda/linear/pair_of_floats.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Factor B, regenerated: a thread's share of a column is what one random block holds, the elements 8 j + 2 q + {0, 1}
/// of a period.
template <class Source>
struct GeneratedB;

template <class DistributionA, class DistributionB>
struct GeneratedB<NoiseStream<DistributionA, DistributionB>> {
    using Layout = NoiseLayout<DistributionB::field_bits>;
    static constexpr int period = static_cast<int>(Layout::period);

    NoiseStream<DistributionA, DistributionB> source;
    std::uint32_t parameter;
    std::int64_t first_direction;

    KOKKOS_FORCEINLINE_FUNCTION void load(float (&b)[period / 4], std::int64_t direction, int component,
                                          std::int64_t in, std::int64_t period_index, int q) const {
        std::int64_t const block = (component * Layout::periods(in) + period_index) * Layout::blocks_per_period + q;
        PhiloxBlock const words = philox4x32_10(
            source.counter(parameter, Factor::b, first_direction + direction, static_cast<std::uint32_t>(block)),
            source.key);
        for (int i = 0; i < period / 4; ++i) {
            b[i] = noise_cast<float>(DistributionB::value(Layout::field(words, static_cast<std::uint32_t>(i))));
        }
    }
};

/// Factor B in memory, in the same shares.
struct StoredB {
    static constexpr int period = 32;

    float const* data; // (direction, component, in)
    int rank;

    KOKKOS_FORCEINLINE_FUNCTION void load(float (&b)[period / 4], std::int64_t direction, int component,
                                          std::int64_t in, std::int64_t period_index, int q) const {
        float const* const column = data + (direction * rank + component) * in;
        for (int i = 0; i < period / 4; ++i) {
            std::int64_t const element = period_index * period + i / 2 * 8 + 2 * q + i % 2;
            b[i] = element < in ? column[element] : 0.0f;
        }
    }
};

/// t (row, component) = x . B_k, and x as it is stored for tensor cores, in one read of x. The rows of a direction use
/// its noise together: each share of B is generated once for up to 4 rows.
///
/// An element of t is summed in an order that depends on `in` alone: a thread takes every so many shares in their
/// order, then lanes are added in a tree, then warps in their order.
template <class FactorB, class Stored>
struct LowRankProjection {
    static constexpr int threads = 128;
    static constexpr int warps = threads / 32;
    static constexpr int blocks_at_once = 4;
    static constexpr int rows_of_task = 4;
    static constexpr int components_at_once = 4;
    static constexpr int share = FactorB::period / 4; // elements of a thread
    static constexpr int sums_of_task = rows_of_task * components_at_once;
    static constexpr std::size_t shared_bytes = warps * sums_of_task * sizeof(float);

    FactorB b;
    int rank;
    Input<float> x; // (data row, in)
    MemberRows members;
    std::int64_t rows;
    std::int64_t in;
    float* t;                 // (row, component)
    Stored* copy;             // (row or slot, copy_stride); null where none is wanted
    std::int64_t copy_stride; // elements; even
    bool copy_slots;          // the copy's rows stand in the order of TileRows

    /// One warp for short rows, all for long ones: a function of `in` alone, because the order of sums follows.
    KOKKOS_FUNCTION int warps_of_task() const { return in >= 2048 ? warps : 1; }
    KOKKOS_FUNCTION std::int64_t rows_of_direction() const {
        return members.rows_per_member * members.members_per_direction;
    }
    KOKKOS_FUNCTION std::int64_t tasks_of_direction() const {
        return (rows_of_direction() + rows_of_task - 1) / rows_of_task;
    }
    KOKKOS_FUNCTION std::int64_t tasks() const {
        return (rows + rows_of_direction() - 1) / rows_of_direction() * tasks_of_direction();
    }
    std::int64_t blocks() const {
        int const at_once = warps / warps_of_task();
        return (tasks() + at_once - 1) / at_once;
    }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        int const of_task = warps_of_task();
        int const warp_of_task = block.warp() % of_task;
        std::int64_t const task = block.index() * (warps / of_task) + block.warp() / of_task;
        std::int64_t const direction = task / tasks_of_direction();
        std::int64_t const first = direction * rows_of_direction() + task % tasks_of_direction() * rows_of_task;
        std::int64_t end = (direction + 1) * rows_of_direction();
        end = end < first + rows_of_task ? end : first + rows_of_task;
        end = end < rows ? end : rows;
        int const count = task < tasks() && first < end ? static_cast<int>(end - first) : 0;

        auto* const shared = reinterpret_cast<float*>(block.shared()); // (warp, row, component)
        for (int component = 0; component < rank; component += components_at_once) {
            int const components = rank - component < components_at_once ? rank - component : components_at_once;
            float sums[rows_of_task][components_at_once] = {};
            int const lane_of_task = warp_of_task * 32 + block.lane();
            if (count > 0) {
                for (std::int64_t at = lane_of_task; at < (in + FactorB::period - 1) / FactorB::period * 4;
                     at += of_task * 32) {
                    add_share(sums, direction, first, count, component, components, at);
                }
            }
            block.synchronize(); // the sums of the components before have been read
            for (int r = 0; r < rows_of_task; ++r) {
                for (int c = 0; c < components_at_once; ++c) {
                    if (r < count && c < components) { // the same in the whole warp
                        float sum = sums[r][c];
                        for (int mask = 16; mask > 0; mask /= 2) {
                            sum += block.shuffle_xor(sum, mask);
                        }
                        if (block.lane() == 0) {
                            shared[block.warp() * sums_of_task + r * components_at_once + c] = sum;
                        }
                    }
                }
            }
            block.synchronize();
            int const r = block.lane() / components_at_once;
            int const c = block.lane() % components_at_once;
            if (warp_of_task == 0 && r < count && c < components) {
                float sum = 0;
                for (int w = 0; w < of_task; ++w) {
                    sum += shared[(block.warp() + w) * sums_of_task + block.lane()];
                }
                t[(first + r) * rank + component + c] = sum;
            }
        }
    }

private:
    /// Of rows first to first + count, the elements of share `at`: four shares make a period. All of x is asked for
    /// before noise is generated, which takes as long as the loads.
    KOKKOS_FORCEINLINE_FUNCTION void add_share(float (&sums)[rows_of_task][components_at_once], std::int64_t direction,
                                               std::int64_t first, int count, int component, int components,
                                               std::int64_t at) const {
        int const q = static_cast<int>(at % 4);
        std::int64_t const element = at / 4 * FactorB::period + 2 * q;
        float values[rows_of_task][share];
        unrolled<rows_of_task>([&](int r) {
            if (r < count) {
                float const* const row = x.data.row(x.data_row(first + r));
                for (int i = 0; i < share; i += 2) {
                    PairOfFloats const pair = load_pair(row, element + 4 * i, in);
                    values[r][i] = pair.first;
                    values[r][i + 1] = pair.second;
                }
            }
        });
        unrolled<components_at_once>([&](int c) {
            if (c < components) {
                float factors[share];
                b.load(factors, direction, component + c, in, at / 4, q);
                unrolled<rows_of_task>([&](int r) {
                    if (r < count) {
                        for (int i = 0; i < share; ++i) {
                            sums[r][c] = multiply_add(values[r][i], factors[i], sums[r][c]);
                        }
                    }
                });
            }
        });
        if constexpr (sizeof(Stored) == 2) {
            if (copy != nullptr && component == 0) {
                unrolled<rows_of_task>([&](int r) {
                    if (r < count) {
                        std::int64_t const to = copy_slots ? TileRows{members, rows}.slot(first + r) : first + r;
                        for (int i = 0; i < share; i += 2) {
                            store_rounded(copy + to * copy_stride, element + 4 * i, copy_stride,
                                          {values[r][i], values[r][i + 1]});
                        }
                    }
                });
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
