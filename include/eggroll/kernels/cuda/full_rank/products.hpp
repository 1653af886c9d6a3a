// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/unrolled.hpp>
#include <eggroll/kernels/device/full_rank.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/kernels/strided_matrix.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// Adds each row's product with its member's noise of full rank. A warp has `results` rows of one direction's E and all
/// rows of x that meet it, `tile` at a time (both members of a pair: they share E). A lane takes every eighth period of
/// random blocks, each block whole, and holds the features that belong to it; lanes are summed in one order.
///
/// Float: y holds the unperturbed products already. int8: the unperturbed product is `base`, or is summed here.
template <class Stored, class T, class Distribution, int tile>
struct FullRankProducts {
    static constexpr int threads = 256;
    static constexpr int warps = threads / 32;
    static constexpr int results = 4; // of a warp
    static constexpr bool integer = std::is_same_v<T, std::int8_t>;
    using Layout = NoiseLayout<Distribution::field_bits>;
    static constexpr int elements = static_cast<int>(Layout::period) / 4; // of a random block

    NoiseStream<Distribution> noise; // whose `a` distribution is that of full noise
    std::uint32_t parameter;
    std::int64_t first_direction;
    typename ScaleOf<T>::type scale;
    StridedMatrix<Stored> w; // (out, in)
    Input<T> x;              // (data row, in)
    MemberRows members;
    std::int64_t divisor;
    Accumulator<T> const* base; // (data row, out), or null
    Array2<T> y;                // (row, out)

    KOKKOS_FUNCTION std::int64_t rows_of_direction() const {
        return members.rows_per_member * members.members_per_direction;
    }
    KOKKOS_FUNCTION std::int64_t blocks_of_direction() const {
        return (w.out + results * warps - 1) / (results * warps);
    }
    std::int64_t blocks() const {
        return (y.rows + rows_of_direction() - 1) / rows_of_direction() * blocks_of_direction();
    }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        std::int64_t const direction = block.index() / blocks_of_direction();
        std::int64_t const i = (block.index() % blocks_of_direction() * warps + block.warp()) * results;
        std::int64_t const begin = direction * rows_of_direction();
        std::int64_t const end = begin + rows_of_direction() < y.rows ? begin + rows_of_direction() : y.rows;
        for (std::int64_t row = begin; row < end; row += tile) {
            add_products(block, direction, i, row, end);
        }
    }

private:
    template <class Block>
    KOKKOS_FORCEINLINE_FUNCTION void add_products(Block& block, std::int64_t direction, std::int64_t i,
                                                  std::int64_t row, std::int64_t end) const {
        std::int64_t const blocks_of_row = Layout::periods(w.in) * Layout::blocks_per_period;
        bool const sums_base = integer && base == nullptr;
        Accumulator<T> products[results][tile] = {};
        Accumulator<T> bases[results][tile] = {};
        T const* from[tile];
        unrolled<tile>([&](int r) { from[r] = row + r < end ? x.data.row(x.data_row(row + r)) : nullptr; });
        for (std::int64_t of_row = block.lane(); of_row < blocks_of_row; of_row += 32) {
            std::int64_t const first = of_row / 4 * Layout::period + of_row % 4 * 2;
            auto const feature = [&](int e) { return first + e / 2 * 8 + e % 2; };
            T features[tile][elements];
            unrolled<tile>([&](int r) {
                unrolled<elements>([&](int e) {
                    features[r][e] = from[r] != nullptr && feature(e) < w.in ? from[r][feature(e)] : T{0};
                });
            });
            unrolled<results>([&](int n) {
                PhiloxBlock const random =
                    philox4x32_10(noise.counter(parameter, Factor::full, first_direction + direction,
                                                static_cast<std::uint32_t>((i + n) * blocks_of_row + of_row)),
                                  noise.key);
                unrolled<elements>([&](int e) {
                    auto const field = Layout::field(random, static_cast<std::uint32_t>(e));
                    T const value = noise_cast<T>(Distribution::value(field));
                    unrolled<tile>(
                        [&](int r) { products[n][r] = device::accumulate(features[r][e], value, products[n][r]); });
                });
                if constexpr (integer) {
                    if (sums_base && i + n < w.out) {
                        unrolled<elements>([&](int e) {
                            T const weight = feature(e) < w.in ? w(i + n, feature(e)) : T{0};
                            unrolled<tile>(
                                [&](int r) { bases[n][r] = device::accumulate(features[r][e], weight, bases[n][r]); });
                        });
                    }
                }
            });
        }
        static_assert(results * tile <= 32); // each lane stores one
        Accumulator<T> product = 0;
        Accumulator<T> summed = 0;
        unrolled<results>([&](int n) {
            unrolled<tile>([&](int r) {
                for (int mask = 16; mask > 0; mask /= 2) {
                    products[n][r] += block.shuffle_xor(products[n][r], mask);
                    if constexpr (integer) {
                        bases[n][r] += block.shuffle_xor(bases[n][r], mask);
                    }
                }
                if (block.lane() == n * tile + r) {
                    product = products[n][r];
                    summed = bases[n][r];
                }
            });
        });
        std::int64_t const own_row = row + block.lane() % tile;
        std::int64_t const own_result = i + block.lane() / tile;
        if (block.lane() < results * tile && own_row < end && own_result < w.out) {
            store(own_row, own_result, product, summed);
        }
    }

    KOKKOS_FORCEINLINE_FUNCTION void store(std::int64_t row, std::int64_t i, Accumulator<T> product,
                                           [[maybe_unused]] Accumulator<T> summed) const {
        if constexpr (integer) {
            auto const shared = base != nullptr ? base[x.data_row(row) * w.out + i] : summed;
            y(row, i) = device::finish(device::add_scaled(shared, product, scale, members.sign(row)), divisor);
        } else {
            y(row, i) = device::add_scaled(y(row, i), product, scale, members.sign(row));
        }
    }
};

} // namespace eggroll::kernels::cuda
