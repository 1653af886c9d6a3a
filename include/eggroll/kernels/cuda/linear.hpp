// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// `linear` with float activations on tensor cores: one pass projects the rows on B, a second multiplies them by the
/// weights and adds A to the sums before they are written. Where members share rows, the product is computed once and
/// the noise added by a third.

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/hopper/linear.hpp>
#include <eggroll/kernels/cuda/linear/add_low_rank.hpp>
#include <eggroll/kernels/cuda/linear/epilogue.hpp>
#include <eggroll/kernels/cuda/linear/low_rank_projection.hpp>
#include <eggroll/kernels/cuda/linear/round_rows.hpp>
#include <eggroll/kernels/cuda/linear/tiles.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

namespace eggroll::kernels::cuda {

namespace detail {

/// Elements from one 16-bit row of the input to the next: rows begin at multiples of 16 bytes.
inline std::int64_t rounded_stride(std::int64_t in) {
    return (in + 7) / 8 * 8;
}
/// Of the 16-bit copy of the input, at the beginning of the scratch; in the order of slots it may have gaps.
inline std::int64_t floats_of_copy(std::int64_t data_rows, std::int64_t in, int stored_bytes) {
    return stored_bytes == 2 ? (data_rows + TileRows::most_gaps) * rounded_stride(in) / 2 : 0;
}

inline NoA factor_a(NoNoise const&, std::int64_t) {
    return {};
}
inline StoredA factor_a(LowRankNoise<float> const& noise, std::int64_t out) {
    return {noise.a, noise.rank * out, out, static_cast<int>(out)};
}
template <class Source>
GeneratedA<Source> factor_a(GeneratedLowRank<Source, float> const& noise, std::int64_t out) {
    return {noise.source, noise.parameter, noise.first_direction, out};
}

inline StoredB factor_b(LowRankNoise<float> const& noise) {
    return {noise.b, noise.rank};
}
template <class Source>
GeneratedB<Source> factor_b(GeneratedLowRank<Source, float> const& noise) {
    return {noise.source, noise.parameter, noise.first_direction};
}

/// Pass 1: t, and the rounded copy of x where one is wanted.
template <class Launcher, class Noise, class Stored>
void project(On<Launcher> const& place, Noise const& noise, Input<float> const& x, MemberRows const& members,
             std::int64_t rows, std::int64_t in, float* t, Stored* copy, bool copy_slots) {
    using Kernel = LowRankProjection<decltype(factor_b(noise)), Stored>;
    Kernel const kernel{factor_b(noise), noise.rank, x, members, rows, in, t, copy, rounded_stride(in), copy_slots};
    launch(place, "eggroll::linear_projection", kernel.blocks(), Kernel::shared_bytes, kernel);
}

/// Pass 2: large tiles where they are enough for at least half the multiprocessors. The bits are the same. On Hopper
/// its own kernel, of which x is in the order of slots.
template <class Launcher, class Stored, class FactorA>
void multiply(On<Launcher> const& place, TileOperand<Stored> const& x, Weights<Stored> const& w,
              LinearEpilogue<FactorA> const& epilogue) {
    if constexpr (sizeof(Stored) == 2) {
        if (uses_hopper(place, w, epilogue.terms.rows)) {
            multiply_hopper(place, x.data, x.stride, w, epilogue);
            return;
        }
    }
    auto const run = [&](auto const& kernel) {
        launch(place, "eggroll::linear", kernel.blocks(), kernel.shared_bytes, kernel);
    };
    auto const weights = TileOperand<Stored>::of({w.data, w.out, w.in, w.in});
    LinearTiles<Stored, LinearEpilogue<FactorA>, 4, 2> const large{x, weights, w.in, epilogue};
    if (2 * large.blocks() > place.launcher.multiprocessors(place.space)) {
        run(large);
    } else {
        run(LinearTiles<Stored, LinearEpilogue<FactorA>, 1, 1>{x, weights, w.in, epilogue});
    }
}

} // namespace detail

/// What the overload of `linear` needs besides t and base: with 16-bit weights, the input as 16-bit numbers.
template <class Launcher>
std::int64_t linear_scratch(On<Launcher> const&, LinearShape const& shape) {
    return detail::floats_of_copy(shape.data_rows, shape.in, shape.stored_bytes) +
           eggroll::linear_scratch(shape.rows, shape.data_rows, shape.out, shape.rank, shape.shares_rows);
}

/// y (row, out) = x (data row, in) times each member's perturbed matrix: see reference/linear.hpp.
///
/// Sums are float. Float weights are multiplied within 2^-21 of each product (fragment_product.hpp). With 16-bit
/// weights the activations are rounded to the weights' type where they meet them: 2^-8 (bfloat16) or 2^-11 (half,
/// saturated at 65504) of each, besides the sums' own rounding. The noise is float throughout: x . B of the unrounded
/// activations, times A.
///
/// \param scratch  `linear_scratch(place, shape)` floats, aligned to 16 bytes
template <class Launcher, fragment_storage Stored, class Noise>
requires requires(Noise const& noise) {
    detail::factor_a(noise, 0);
}
void linear(On<Launcher> const& place, Weights<Stored> w, Input<float> x, MemberRows members, Noise const& noise,
            float* scratch, Array2<float> y) {
    constexpr std::int64_t limit = std::int64_t{1} << 31;
    constexpr bool perturbed = !std::is_same_v<Noise, NoNoise>;
    EGGROLL_EXPECTS(2 * y.rows < limit && members.first_member + y.rows < limit && w.in < limit && w.out < limit - 128,
                    "linear: " + std::to_string(y.rows) + " rows from member " + std::to_string(members.first_member) +
                        " on, of " + std::to_string(w.in) +
                        " features; CUDA kernels count these in 31 bits: use smaller chunks of the population");
    bool const shares = x.members_per_block > 1;
    std::int64_t const data_rows = used_data_rows(x, y.rows);
    Array2<float const> const data{x.data.data, data_rows, w.in, x.data.stride};
    float* const t = scratch + detail::floats_of_copy(data_rows, w.in, sizeof(Stored));
    int rank = 0;
    if constexpr (perturbed) {
        rank = noise.rank;
    }

    Stored* copy = nullptr;
    TileOperand<Stored> operand{};
    if constexpr (std::is_same_v<Stored, float>) {
        operand = TileOperand<float>::of(data);
    } else {
        std::int64_t const stride = detail::rounded_stride(w.in);
        auto* const rounded = reinterpret_cast<Stored*>(scratch);
        operand = TileOperand<Stored>::of({rounded, data_rows, w.in, stride});
        if (shares || rank == 0) {
            RoundRows<Stored> const kernel{data, rounded, stride};
            launch(place, "eggroll::linear_round", kernel.blocks(), 0, kernel);
        } else {
            copy = rounded;
        }
    }
    if constexpr (perturbed) {
        if (rank > 0) {
            detail::project(place, noise, x, members, y.rows, w.in, t, copy, uses_hopper(place, w, {members, y.rows}));
        }
    }

    MemberRows const order = rank > 0 ? members : MemberRows{1, 1}; // without noise nothing is shared
    LowRankTerms terms{{order, y.rows}, t, rank, 0.0f};
    if constexpr (perturbed) {
        terms.factor = noise.scale.factor;
    }
    LinearEpilogue<decltype(detail::factor_a(noise, 0))> const epilogue{terms, detail::factor_a(noise, w.out), y};
    if (!shares) {
        detail::multiply(place, operand, w, epilogue);
        return;
    }
    Array2<float> const base{t + y.rows * rank, data_rows, w.out, w.out};
    LowRankTerms const none{{MemberRows{1, 1, 0, 0}, data_rows}, nullptr, 0, 0.0f};
    detail::multiply(place, operand, w, LinearEpilogue<NoA>{none, {}, base});
    AddLowRank<decltype(epilogue.a)> const kernel{epilogue, x, base.data};
    launch(place, "eggroll::linear_noise", kernel.blocks(), 0, kernel);
}

} // namespace eggroll::kernels::cuda
