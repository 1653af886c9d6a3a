// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// y += (factor g t) A in the fragments in which tensor cores leave a product: 16 rows and 8-column tiles, of which
/// lane 4 g + q has rows g and g + 8 and columns 8 j + 2 q + {0, 1} of tile j. Those columns of 32 (16-bit fields; 64
/// with 8-bit ones) are the elements of one random block, and rows g and g + 8 are the members of a pair: the lane
/// generates A in registers, with no word unused, once for both. No function here needs other lanes.

#include <eggroll/config.hpp>
#include <eggroll/kernels/multiply_add.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Which row stands where in tiles of 16. Slots 16 i + g and 16 i + g + 8 are the same row of the two members of a
/// pair, so that they share a lane; without pairs, slots are rows.
struct TileRows {
    /// How many slots may have no row, of whole pairs.
    static constexpr std::int64_t most_gaps = 14;

    MemberRows members;
    std::int64_t rows = 0;

    /// How many slots hold all rows; a multiple of 16 where there are pairs.
    KOKKOS_FUNCTION std::int64_t slots() const {
        if (members.members_per_direction == 1) {
            return rows;
        }
        std::int64_t const r = members.rows_per_member;
        std::int64_t const of_first_members = (rows + 2 * r - 1) / (2 * r) * r;
        return (of_first_members + 7) / 8 * 16;
    }
    /// The row in a slot; `rows` or more where there is none.
    KOKKOS_FUNCTION std::int64_t row(std::int64_t slot) const {
        if (members.members_per_direction == 1) {
            return slot;
        }
        std::int64_t const r = members.rows_per_member;
        std::int64_t const of_first_member = slot / 16 * 8 + slot % 8;
        std::int64_t const second = slot / 8 % 2;
        if (r == 1) {
            return 2 * of_first_member + second;
        }
        return (of_first_member / r * 2 + second) * r + of_first_member % r;
    }
    /// Where a row stands: row(slot(n)) is n.
    KOKKOS_FUNCTION std::int64_t slot(std::int64_t row) const {
        if (members.members_per_direction == 1) {
            return row;
        }
        std::int64_t const r = members.rows_per_member;
        std::int64_t const of_first_member = row / (2 * r) * r + row % r;
        return of_first_member / 8 * 16 + row / r % 2 * 8 + of_first_member % 8;
    }
};

/// No factor A: nothing is added.
struct NoA {
    template <int tiles>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&)[tiles][4], std::int64_t, int, std::int64_t, int, float,
                                         float) const {}
};

/// Factor A, regenerated.
template <class Source>
struct GeneratedA;

template <class DistributionA, class DistributionB>
struct GeneratedA<NoiseStream<DistributionA, DistributionB>> {
    using Layout = NoiseLayout<DistributionA::field_bits>;

    NoiseStream<DistributionA, DistributionB> source;
    std::uint32_t parameter;
    std::int64_t first_direction;
    std::int64_t out; // length of a column

    /// sums += upper A (row g), lower A (row g + 8), for tiles that begin at `column`, a multiple of 64.
    template <int tiles>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], std::int64_t direction, int component,
                                         std::int64_t column, int q, float upper, float lower) const {
        constexpr int tiles_of_block = static_cast<int>(Layout::period / 8);
        auto const first = static_cast<std::uint32_t>((component * Layout::periods(out) + column / Layout::period) *
                                                      Layout::blocks_per_period) +
                           static_cast<std::uint32_t>(q);
        for (int begin = 0; begin < tiles; begin += tiles_of_block) {
            auto const block = first + static_cast<std::uint32_t>(begin / tiles_of_block * Layout::blocks_per_period);
            PhiloxBlock const words =
                philox4x32_10(source.counter(parameter, Factor::a, first_direction + direction, block), source.key);
            for (int j = 0; j < tiles_of_block && begin + j < tiles; ++j) {
                for (int h = 0; h < 2; ++h) {
                    auto const field = Layout::field(words, static_cast<std::uint32_t>(2 * j + h));
                    float const a = noise_cast<float>(DistributionA::value(field));
                    sums[begin + j][h] = multiply_add(upper, a, sums[begin + j][h]);
                    sums[begin + j][2 + h] = multiply_add(lower, a, sums[begin + j][2 + h]);
                }
            }
        }
    }
};

/// Factor A in memory, for instance in shared memory: columns [first_column, first_column + columns) of directions from
/// first_direction on.
struct StoredA {
    float const* data;             // (direction, component, column)
    std::int64_t direction_stride; // elements
    std::int64_t component_stride;
    std::int64_t columns;
    std::int64_t first_direction = 0;
    std::int64_t first_column = 0;

    template <int tiles>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], std::int64_t direction, int component,
                                         std::int64_t column, int q, float upper, float lower) const {
        float const* const from =
            data + (direction - first_direction) * direction_stride + component * component_stride;
        auto const begin = static_cast<int>(column - first_column) + 2 * q;
        for (int j = 0; j < tiles; ++j) {
            for (int h = 0; h < 2; ++h) {
                int const at = begin + 8 * j + h;
                float const a = at < columns ? from[at] : 0.0f;
                sums[j][h] = multiply_add(upper, a, sums[j][h]);
                sums[j][2 + h] = multiply_add(lower, a, sums[j][2 + h]);
            }
        }
    }
};

/// The projections that multiply A, and whose they are.
struct LowRankTerms {
    TileRows rows;
    float const* t; // (row, component)
    int rank;
    float factor; // sigma / sqrt(rank)

    /// Adds components [first_component, first_component + components), of which `a` has number 0 as its first, to rows
    /// slot and slot + 8 and the columns of this lane from `column` on. The sum of an element runs over the components
    /// in their order, one fma for each.
    template <int tiles, class FactorA>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], FactorA const& a, std::int64_t slot,
                                         std::int64_t column, int q, int first_component, int components) const {
        std::int64_t const upper = rows.row(slot);
        std::int64_t const lower = rows.row(slot + 8);
        if (upper >= rows.rows && lower >= rows.rows) {
            return;
        }
        std::int64_t const d_upper = rows.members.direction(upper < rows.rows ? upper : lower);
        std::int64_t const d_lower = lower < rows.rows ? rows.members.direction(lower) : d_upper;
        float const f_upper = scale_of(upper);
        float const f_lower = scale_of(lower);
        for (int k = 0; k < components; ++k) {
            float const c_upper = upper < rows.rows ? f_upper * t[upper * rank + first_component + k] : 0.0f;
            float const c_lower = lower < rows.rows ? f_lower * t[lower * rank + first_component + k] : 0.0f;
            // Once where the rows share their noise; else twice, each with a zero for the other row.
            bool const shared = d_upper == d_lower;
            for (int h = 0; h < (shared ? 1 : 2); ++h) {
                a.add(sums, h == 0 ? d_upper : d_lower, k, column, q, h == 0 ? c_upper : 0.0f,
                      shared || h == 1 ? c_lower : 0.0f);
            }
        }
    }

private:
    KOKKOS_FORCEINLINE_FUNCTION float scale_of(std::int64_t row) const {
        return row < rows.rows ? factor * static_cast<float>(rows.members.sign(row)) : 0.0f;
    }
};

} // namespace eggroll::kernels::cuda
