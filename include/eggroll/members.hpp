// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Members: what a model is written against (design: the one idea). A contiguous slice of the population with the
/// place that computes for it and its scratch; the only type that knows the perturbation, sigma, the noise and the
/// hardware.

#include <eggroll/error.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/rows/activations.hpp>
#include <eggroll/kernels/rows/add.hpp>
#include <eggroll/kernels/rows/layer_norm_relu.hpp>
#include <eggroll/kernels/step.hpp>
#include <eggroll/members/for_each.hpp>
#include <eggroll/members/operations.hpp>
#include <eggroll/members/repeat.hpp>
#include <eggroll/members/slice.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace eggroll {

/// The fitness of a slice's members, larger is better: fitness(i) for i in [0, members.size()). Trivially copyable.
struct Fitness {
    double* data = nullptr;
    KOKKOS_FUNCTION double& operator()(std::int64_t member) const { return data[member]; }
};

template <class Storage, class Perturbation, class Place>
class Members {
public:
    using storage_type = Storage;
    using value_type = ValueOf<Storage>; // of activations: float for every floating storage
    using fitness_type = Fitness;
    using step_type = Step;

    /// Whether operations have run when they return, so that an objective may read their results and branch on them.
    static constexpr bool synchronous = PlaceTraits<Place>::synchronous;

    Members(Place const& place, Slice<Storage, typename Perturbation::source_type, Place>& slice)
        : place_(place), slice_(slice), operations_(place_, slice) {}
    Members(Members const&) = delete;
    Members& operator=(Members const&) = delete;

    /// Number of members in the slice.
    std::int64_t size() const { return slice_.size; }
    /// Their first one's number in the population.
    std::int64_t begin() const { return slice_.begin; }
    /// The group of the slice's member i: members of a group share data.
    std::int64_t group(std::int64_t i) const { return (slice_.begin + i) / slice_.group_size; }
    std::int64_t group_size() const { return slice_.group_size; }
    /// The mean is evaluated: every member is the unperturbed parameters.
    bool mean() const { return slice_.mean; }
    Place const& place() const { return place_; }

    // Inputs. A plain array is one row block per member: (member x rows_per_member, feature).

    /// All members read the same rows; (rows_per_member, feature).
    template <class T>
    Input<std::remove_const_t<T>> shared(Array2<T> rows) const {
        return {rows, rows.rows, Input<std::remove_const_t<T>>::whole_slice};
    }
    /// The members of a group read the same rows; (group of the population x rows_per_member, feature).
    template <class T>
    Input<std::remove_const_t<T>> per_group(Array2<T> rows) const {
        std::int64_t const groups = slice_.population / slice_.group_size;
        EGGROLL_EXPECTS(rows.rows % groups == 0, "an input per group has " + std::to_string(rows.rows) + " rows for " +
                                                     std::to_string(groups) +
                                                     " groups; give every group the same number of rows");
        std::int64_t const block = rows.rows / groups;
        std::int64_t const first = slice_.begin / slice_.group_size * block;
        return {{rows.row(first), rows.rows - first, rows.columns, rows.stride}, block, slice_.group_size};
    }

    /// Column `step` of an array in a body of repeat(): (row, 1). A view, or a copy in the scratch where the step's
    /// number is the device's.
    template <class T>
    Array2<T const> column(Array2<T> of, Step step) const {
        if (step.number == nullptr) {
            return {of.data + step.index, of.rows, 1, of.stride};
        }
        using Element = std::remove_const_t<T>;
        auto const copy = array<Element>(of.rows, 1);
        for_each(of.rows, kernels::CopyColumn<Element>{of, step, copy});
        return copy;
    }

    // Operations. Results are new arrays of the scratch, valid to the end of the surrounding frame.

    /// y = x W'^T with each row's own perturbed W': x (row, in) -> (row, out). Paper, section 4.2.
    template <class X>
    Array2<value_type> linear(Matrix const& matrix, X const& x) const {
        return operations_.template multiply<false>(matrix, as_input(x));
    }
    /// The same plus the perturbed bias.
    template <class X>
    Array2<value_type> linear(Matrix const& matrix, Vector const& bias, X const& x) const {
        auto y = linear(matrix, x);
        add(bias, y);
        return y;
    }
    /// y = x W': x (row, out) -> (row, in); tied heads, reconstructions.
    template <class X>
    Array2<value_type> linear_transposed(Matrix const& matrix, X const& x) const {
        return operations_.template multiply<true>(matrix, as_input(x));
    }
    /// Rows of the perturbed table: tokens (row, 1) -> (row, columns). Tokens must be rows of the table: unchecked.
    template <class X>
    Array2<value_type> embedding(Embedding const& table, X const& tokens) const {
        return operations_.look_up(table, as_input(tokens));
    }
    /// The perturbed vector of every member: (member, length).
    Array2<value_type const> vector(Vector const& vector) const { return operations_.perturbed(vector); }
    /// y += the member's perturbed vector, in every row (saturated for int8).
    void add(Vector const& vector, Array2<value_type> y) const {
        operations_.check_sum(vector, y);
        apply(y.rows, kernels::rows::AddVector{y, this->vector(vector), y.rows / slice_.blocks(), slice_.selected});
    }
    void relu(Array2<value_type> y) const { apply(y.rows, kernels::rows::Relu{y}); }
    void tanh(Array2<value_type> y) const { apply(y.rows, kernels::rows::Tanh{y}); }
    /// Each row normalised to mean 0 and variance 1, then relu. Floats only.
    void layer_norm_relu(Array2<value_type> y) const { apply(y.rows, kernels::rows::LayerNormRelu{y}); }

    /// use(weights, noise, member rows) with what a matrix is in this slice, for kernels of more than one operation:
    /// Weights; NoNoise, LowRankNoise or FullRankNoise; MemberRows (kernels/operands.hpp).
    template <class Use>
    void with_operands(Matrix const& matrix, Use const& use) const {
        operations_.with_operands(matrix, use);
    }

    /// The state of the slice's members, kept from generation to generation: (member, length).
    Array2<value_type> state(State const& state) const {
        return {slice_.states[state.id], size(), state.length, state.length};
    }

    // Work of one's own.

    /// An uninitialised array (rows, columns) in the scratch.
    template <class T>
    Array2<T> array(std::int64_t rows, std::int64_t columns) const {
        return {slice_.scratch.template allocate<T>(rows * columns), rows, columns, columns};
    }
    /// functor(i) for i in [0, count): a loop in a host slice, a kernel elsewhere. Trivially copyable functors only.
    template <class Functor>
    void for_each(std::int64_t count, Functor const& functor) const {
        static_assert(std::is_trivially_copyable_v<Functor>,
                      "members.for_each: the functor must be trivially copyable; capture arrays and numbers by value, "
                      "not a model or a container");
        detail::for_each(place_, count, functor);
    }
    /// A row functor of kernels/rows, compiled for the place's instruction set.
    template <class RowFunctor>
    void apply(std::int64_t rows, RowFunctor const& functor) const {
        detail::apply_rows(place_, rows, functor);
    }
    /// body(step) for step in [0, count), each in a frame of its own: a recurrent model's loop. On CUDA body() is
    /// called for the first step or two, recorded and replayed: it may only launch (operations, for_each, column), and
    /// what depends on the step must read it in a kernel.
    template <class Body>
    void repeat(std::int64_t count, Body&& body) const {
        bool const outer = std::exchange(slice_.repeating, true);
        detail::repeat(place_, slice_, count, [&](Step step) {
            auto const scope = frame();
            body(step);
        });
        slice_.repeating = outer;
    }

    /// A scope of the scratch: arrays made within it are given back at its end.
    class Frame {
    public:
        explicit Frame(typename PlaceTraits<Place>::arena_type& arena) : arena_(arena), mark_(arena.mark()) {}
        Frame(Frame const&) = delete;
        Frame& operator=(Frame const&) = delete;
        ~Frame() { arena_.return_to(mark_); }

    private:
        typename PlaceTraits<Place>::arena_type& arena_;
        std::size_t mark_;
    };
    [[nodiscard]] Frame frame() const { return Frame(slice_.scratch); }

    /// A scope in which plain arrays have a block of rows for each of `count` members, those of the slice that
    /// `members` lists, in this order and as often as it does: work that some need no more is left out for them. For
    /// linear, add and whatever works on rows alone. `members` has room for one more, which is never used.
    class Selection {
    public:
        Selection(Slice<Storage, typename Perturbation::source_type, Place>& slice, std::int32_t const* members,
                  std::int64_t count)
            : slice_(slice) {
            slice_.selected = members;
            slice_.selected_blocks = count;
        }
        Selection(Selection const&) = delete;
        Selection& operator=(Selection const&) = delete;
        ~Selection() { slice_.selected = nullptr; }

    private:
        Slice<Storage, typename Perturbation::source_type, Place>& slice_;
    };
    [[nodiscard]] Selection select(std::int32_t const* members, std::int64_t count) const requires synchronous {
        return Selection(slice_, members, count);
    }

private:
    template <class T>
    static Input<T> const& as_input(Input<T> const& input) {
        return input;
    }
    template <class T>
    Input<std::remove_const_t<T>> as_input(Array2<T> const& rows) const {
        std::int64_t const blocks = slice_.blocks();
        EGGROLL_EXPECTS(rows.rows % blocks == 0, "an input has " + std::to_string(rows.rows) + " rows for " +
                                                     std::to_string(blocks) +
                                                     " members; give every member the same number of rows");
        return {rows, rows.rows / blocks, 1};
    }

    Place place_;
    Slice<Storage, typename Perturbation::source_type, Place>& slice_;
    detail::SliceOperations<Perturbation::matrix_noise, Storage, typename Perturbation::source_type, Place> operations_;
};

} // namespace eggroll
