// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// From handles to kernels: finds a parameter's weights and its noise in the slice, generates the noise when it is
/// first asked for, makes room for the result and calls the place's kernel (found by its place argument).

#include <eggroll/error.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>
#include <eggroll/members/slice.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

namespace eggroll::detail {

/// What operations have in common: the slice, and the kind of noise that its perturbation gives to matrices.
template <NoiseKind matrix_noise, class Storage, class Source, class Place>
class SliceOperations {
public:
    using Value = ValueOf<Storage>; // what is computed, where parameters are stored as Storage

    SliceOperations(Place const& place, Slice<Storage, Source, Place>& slice) : place_(place), slice_(slice) {}

    /// y = x W'^T, or x W' when transposed.
    template <bool transposed>
    Array2<Value> multiply(Matrix const& matrix, Input<Value> const& x) const {
        std::int64_t const in = transposed ? matrix.out : matrix.in;
        std::int64_t const out = transposed ? matrix.in : matrix.out;
        std::int64_t const rows = checked_rows(x, matrix.id, in);
        bool const shares = x.members_per_block > 1;
        std::int64_t const data_rows = shares ? x.data_row(rows - 1) + 1 : rows;

        Array2<Value> const y{slice_.scratch.template allocate<Value>(rows * out), rows, out, out};
        std::size_t const mark = slice_.scratch.mark();
        int const rank = slice_.noise->parameters[matrix.id].rank;
        LinearShape const shape{rows, data_rows, in, out, rank, shares, static_cast<int>(sizeof(Storage))};
        auto* const scratch = slice_.scratch.template allocate<Accumulator<Value>>(linear_scratch(place_, shape));
        auto const w = weights(matrix, transposed);
        MemberRows const members = member_rows(x.rows_per_member);
        with_noise(matrix, [&](auto const& noise) {
            if constexpr (transposed) {
                linear_transposed(place_, w, x, members, noise, scratch, y);
            } else {
                linear(place_, w, x, members, noise, scratch, y);
            }
        });
        slice_.scratch.return_to(mark);
        return y;
    }

    /// use(weights, noise, members) with the operands of a matrix for a kernel of a row a member.
    template <class Use>
    void with_operands(Matrix const& matrix, Use const& use) const {
        with_noise(matrix, [&](auto const& noise) { use(weights(matrix, false), noise, member_rows(1)); });
    }

    template <class Token>
    Array2<Value> look_up(Embedding const& table, Input<Token> const& tokens) const {
        std::int64_t const rows = checked_rows(tokens, table.id, 1);
        Array2<Value> const y{slice_.scratch.template allocate<Value>(rows * table.columns), rows, table.columns,
                              table.columns};
        with_noise(table, [&](auto const& noise) {
            embedding(place_, weights(table, false), tokens, member_rows(tokens.rows_per_member), noise, y);
        });
        return y;
    }

    /// (member, length); one row of stride 0 where nothing is perturbed.
    Array2<Value const> perturbed(Vector const& vector) const {
        Storage const* const v = slice_.parameters + vector.offset;
        auto const& bound = slice_.noise->parameters[vector.id];
        auto& generated = slice_.generated[vector.id];
        if (slice_.mean || bound.kind == NoiseKind::none) {
            if constexpr (std::is_same_v<Storage, Value>) {
                generated.first = v;
            } else if (generated.first == nullptr) {
                Array2<Value> const out{slice_.noise_arena.template allocate<Value>(vector.length), 1, vector.length,
                                        vector.length};
                perturb_vector(place_, v, all_rows(1), NoNoise{}, out);
                generated.first = out.data;
            }
            return {generated.first, slice_.size, vector.length, 0};
        }
        if (generated.first == nullptr) {
            std::int64_t const n = vector.length;
            Array2<Value> const out{slice_.noise_arena.template allocate<Value>(slice_.size * n), slice_.size, n, n};
            std::size_t const mark = slice_.noise_arena.mark();
            bool const product = bound.kind == NoiseKind::product;
            VectorNoise<Value> noise{};
            noise.first = make_noise(vector.id, product ? Factor::a : Factor::full, 1, n);
            noise.second = product ? make_noise(vector.id, Factor::b, 1, n) : nullptr;
            noise.scale = bound.scale;
            perturb_vector(place_, v, all_rows(1), noise, out);
            slice_.noise_arena.return_to(mark);
            generated.first = out.data;
        }
        return {generated.first, slice_.size, vector.length, vector.length};
    }

    /// Throws unless the vector can be added to rows of `y`.
    void check_sum(Vector const& vector, Array2<Value> const& y) const {
        EGGROLL_EXPECTS(y.columns == vector.length && y.rows % slice_.blocks() == 0,
                        "sum with \"" + slice_.layout->parameters()[vector.id].name + "\": it has " +
                            std::to_string(vector.length) + " elements, the rows of " +
                            std::to_string(slice_.blocks()) + " members have shape (" + std::to_string(y.rows) + ", " +
                            std::to_string(y.columns) + ")");
    }

private:
    Weights<Storage> weights(Matrix const& matrix, bool transposed) const {
        void const* packed = nullptr;
        if constexpr (PlaceTraits<Place>::packs_weights) {
            packed = slice_.packed->get(matrix, transposed);
        }
        return {slice_.parameters + matrix.offset, matrix.out, matrix.in, packed};
    }

    /// Of all members of the slice.
    MemberRows all_rows(std::int64_t rows_per_member) const {
        return {rows_per_member, slice_.noise->members_per_direction, slice_.begin, slice_.noise->baseline_period};
    }
    /// Of those that plain arrays are for.
    MemberRows member_rows(std::int64_t rows_per_member) const {
        MemberRows rows = all_rows(rows_per_member);
        rows.selected = slice_.selected;
        return rows;
    }

    /// use(noise operand) with the matrix's noise in this slice.
    template <class Use>
    void with_noise(Matrix const& matrix, Use const& use) const {
        auto const& bound = slice_.noise->parameters[matrix.id];
        if constexpr (matrix_noise == NoiseKind::low_rank) {
            if (!slice_.mean && bound.kind == NoiseKind::low_rank) {
                auto& factors = slice_.generated[matrix.id];
                if constexpr (PlaceTraits<Place>::regenerates_low_rank && std::is_same_v<Value, float>) {
                    if (factors.first == nullptr && !slice_.repeating) {
                        GeneratedLowRank<Source, Value> noise{};
                        noise.source = slice_.noise->source;
                        noise.parameter = matrix.id;
                        noise.first_direction = slice_.first_direction();
                        noise.rank = bound.rank;
                        noise.scale = bound.scale;
                        use(noise);
                        return;
                    }
                }
                if (factors.first == nullptr) {
                    factors.first = make_noise(matrix.id, Factor::a, bound.rank, matrix.out);
                    factors.second = make_noise(matrix.id, Factor::b, bound.rank, matrix.in);
                }
                use(LowRankNoise<Value>{factors.first, factors.second, bound.rank, bound.scale});
                return;
            }
        }
        if constexpr (matrix_noise == NoiseKind::full) {
            if (!slice_.mean && bound.kind == NoiseKind::full) {
                use(FullRankNoise<Source, Value>{slice_.noise->source, matrix.id, slice_.first_direction(),
                                                 bound.scale});
                return;
            }
        }
        use(NoNoise{});
    }

    /// (direction of the slice, column, length)
    Value const* make_noise(std::uint32_t parameter, Factor factor, std::int64_t columns, std::int64_t length) const {
        std::int64_t const directions = slice_.directions();
        auto* const noise = slice_.noise_arena.template allocate<Value>(directions * columns * length);
        fill(place_, slice_.noise->source, parameter, factor, slice_.first_direction(), directions, std::int64_t{0},
             columns, length, noise);
        return noise;
    }

    /// Rows of the result; throws unless the input fits the parameter and the slice.
    template <class T>
    std::int64_t checked_rows(Input<T> const& x, std::uint32_t parameter, std::int64_t features) const {
        auto const complain = [&](std::string const& what) {
            return "input of \"" + slice_.layout->parameters()[parameter].name + "\": " + what;
        };
        EGGROLL_EXPECTS(x.data.columns == features,
                        complain("it has " + std::to_string(x.data.columns) + " features, the parameter takes " +
                                 std::to_string(features)));
        EGGROLL_EXPECTS(slice_.selected == nullptr || x.members_per_block == 1,
                        complain("selected members share no rows: give it a plain array"));
        std::int64_t const rows = slice_.blocks() * x.rows_per_member;
        EGGROLL_EXPECTS(rows > 0 && x.data_row(rows - 1) < x.data.rows,
                        complain("it has " + std::to_string(x.data.rows) + " rows, " + std::to_string(slice_.blocks()) +
                                 " members with " + std::to_string(x.rows_per_member) + " rows each need more"));
        return rows;
    }

    Place const& place_;
    Slice<Storage, Source, Place>& slice_;
};

} // namespace eggroll::detail
