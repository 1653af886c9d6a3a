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

/// Which row stands where in tiles of 16, and whose it is. Slots 16 i + g and 16 i + g + 8 are the same row of the two
/// members of a pair, so that they share a lane; without pairs, slots are rows. Rows and members' numbers are below
/// 2^31: divisions of 32 bits are a fraction of those of 64.
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
    KOKKOS_FORCEINLINE_FUNCTION std::int64_t row(std::int64_t slot) const {
        if (members.members_per_direction == 1) {
            return slot;
        }
        std::uint32_t const r = rows_per_member();
        auto const number = static_cast<std::uint32_t>(slot);
        std::uint32_t const of_first_member = number / 16 * 8 + number % 8;
        std::uint32_t const second = number / 8 % 2;
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
        std::uint32_t const r = rows_per_member();
        auto const number = static_cast<std::uint32_t>(row);
        std::uint32_t const of_first_member = number / r / 2 * r + number % r;
        return of_first_member / 8 * 16 + number / r % 2 * 8 + of_first_member % 8;
    }
    KOKKOS_FORCEINLINE_FUNCTION std::uint32_t direction(std::int64_t row) const {
        return member(row) / static_cast<std::uint32_t>(members.members_per_direction);
    }
    /// As MemberRows::sign.
    KOKKOS_FORCEINLINE_FUNCTION float sign(std::int64_t row) const {
        std::uint32_t const of_slice = member(row);
        auto const of_population = static_cast<std::uint32_t>(members.first_member) + of_slice;
        auto const period = static_cast<std::uint32_t>(members.baseline_period);
        if (period != 0 && of_population % period < static_cast<std::uint32_t>(members.members_per_direction)) {
            return 0.0f;
        }
        return members.members_per_direction == 2 && of_slice % 2 != 0 ? -1.0f : 1.0f;
    }

private:
    KOKKOS_FORCEINLINE_FUNCTION std::uint32_t rows_per_member() const {
        return static_cast<std::uint32_t>(members.rows_per_member);
    }
    KOKKOS_FORCEINLINE_FUNCTION std::uint32_t member(std::int64_t row) const {
        return rows_per_member() == 1 ? static_cast<std::uint32_t>(row)
                                      : static_cast<std::uint32_t>(row) / rows_per_member();
    }
};

/// No factor A: nothing is added.
struct NoA {
    template <int tiles>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&)[tiles][4], std::uint32_t, int, std::int64_t, int, float,
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
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], std::uint32_t direction, int component,
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
    int columns;
    std::uint32_t first_direction = 0;
    int first_column = 0;

    template <int tiles>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], std::uint32_t direction, int component,
                                         std::int64_t column, int q, float upper, float lower) const {
        float const* const from = data + static_cast<std::int64_t>(direction - first_direction) * direction_stride +
                                  component * component_stride;
        auto const begin = static_cast<int>(column) - first_column + 2 * q;
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

    struct Row {
        float const* t;
        float factor; // with its member's sign
        std::uint32_t direction;
    };
    /// Where there is no row the last one stands in, whose sums nobody will store.
    KOKKOS_FORCEINLINE_FUNCTION Row at(std::int64_t slot) const {
        std::int64_t const found = rows.row(slot);
        std::int64_t const row = found < rows.rows ? found : rows.rows - 1;
        return {t + row * rank, factor * rows.sign(row), rows.direction(row)};
    }

    /// Adds components [first_component, first_component + components), of which `a` has number 0 as its first, to rows
    /// slot and slot + 8 and the columns of this lane from `column` on. The sum of an element runs over the components
    /// in their order, one fma for each.
    template <int tiles, class FactorA>
    KOKKOS_FORCEINLINE_FUNCTION void add(float (&sums)[tiles][4], FactorA const& a, std::int64_t slot,
                                         std::int64_t column, int q, int first_component, int components) const {
        Row const upper = at(slot);
        Row const lower = at(slot + 8);
        bool const shared = upper.direction == lower.direction;
        for (int k = 0; k < components; ++k) {
            float const c_upper = upper.factor * upper.t[first_component + k];
            float const c_lower = lower.factor * lower.t[first_component + k];
            // Once where the rows share their noise; else twice, each with a zero for the other row.
            for (int h = 0; h < (shared ? 1 : 2); ++h) {
                a.add(sums, h == 0 ? upper.direction : lower.direction, k, column, q, h == 0 ? c_upper : 0.0f,
                      shared || h == 1 ? c_lower : 0.0f);
            }
        }
    }
};

} // namespace eggroll::kernels::cuda
