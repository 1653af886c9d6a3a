// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// ParameterLayout: the names, shapes, kinds and order of a model's parameters and of the state that its members keep
/// between generations. Parameters: one array in one memory space that holds their values.

#include <eggroll/error.hpp>
#include <eggroll/kernels/operands.hpp>
#include <eggroll/storage/storage.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eggroll {

/// Handle of a matrix parameter of shape (out, in).
struct Matrix {
    std::uint32_t id = 0;
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::int64_t offset = 0; // of its first element in Parameters
};

/// Handle of an embedding table of shape (rows, columns); rows are looked up. As a Matrix it serves as a tied head.
struct Embedding {
    std::uint32_t id = 0;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t offset = 0;
    operator Matrix() const { return {id, rows, columns, offset}; }
};

/// Handle of a vector parameter: a bias, a norm's weights.
struct Vector {
    std::uint32_t id = 0;
    std::int64_t length = 0;
    std::int64_t offset = 0;
};

/// Handle of per-member state that outlives a generation: (member, length), zero at first.
struct State {
    std::uint32_t id = 0;
    std::int64_t length = 0;
};

enum class ParameterKind { matrix, embedding, vector };

/// How a parameter begins. Values are real numbers; int8 storage rounds them to sixteenths, 16-bit floats to
/// their digits.
struct Initial {
    float constant = 0.0F;  // every element is this...
    float deviation = 0.0F; // ...plus this times a standard normal draw

    static constexpr Initial zero() { return {}; }
    static constexpr Initial value(float constant) { return {constant, 0.0F}; }
    static constexpr Initial normal(float deviation) { return {0.0F, deviation}; }
};

/// What the layout knows of one parameter. A vector of n elements is stored as shape (1, n).
struct ParameterInfo {
    std::string name;
    ParameterKind kind = ParameterKind::matrix;
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::int64_t offset = 0;
    Initial initial;
    std::int64_t size() const { return out * in; }
};

struct StateInfo {
    std::string name;
    std::int64_t length = 0;
};

/// Names, shapes, kinds and order. Models call matrix(), embedding(), vector(), state() in their member initialisers
/// and keep the handles; the order of the calls numbers the parameters, and with them their noise.
class ParameterLayout {
public:
    /// Parameters start on this many elements, so that no two share a cache line.
    static constexpr std::int64_t alignment = 64;

    /// A matrix (out, in). By default it begins as N(0, 1/in), the usual choice for fan-in `in`.
    Matrix matrix(std::string name, std::int64_t out, std::int64_t in) {
        return matrix(std::move(name), out, in, Initial::normal(1.0F / std::sqrt(static_cast<float>(in > 0 ? in : 1))));
    }
    Matrix matrix(std::string name, std::int64_t out, std::int64_t in, Initial initial) {
        auto const& info = add(std::move(name), ParameterKind::matrix, out, in, initial);
        return {last_id(), out, in, info.offset};
    }
    /// A table (rows, columns) whose rows are looked up. By default it begins as N(0, 1).
    Embedding embedding(std::string name, std::int64_t rows, std::int64_t columns,
                        Initial initial = Initial::normal(1.0F)) {
        auto const& info = add(std::move(name), ParameterKind::embedding, rows, columns, initial);
        return {last_id(), rows, columns, info.offset};
    }
    /// A vector. By default it begins as zero.
    Vector vector(std::string name, std::int64_t length, Initial initial = Initial::zero()) {
        auto const& info = add(std::move(name), ParameterKind::vector, 1, length, initial);
        return {last_id(), length, info.offset};
    }
    /// State of `length` elements that every member keeps from one generation to the next.
    State state(std::string name, std::int64_t length) {
        EGGROLL_EXPECTS(length > 0,
                        "state \"" + name + "\" has length " + std::to_string(length) + "; give it a positive length");
        for (auto const& other : states_) {
            EGGROLL_EXPECTS(other.name != name,
                            "two states are called \"" + name + "\"; names must differ, checkpoints use them");
        }
        states_.push_back({std::move(name), length});
        return {static_cast<std::uint32_t>(states_.size() - 1), length};
    }

    std::vector<ParameterInfo> const& parameters() const { return parameters_; }
    std::vector<StateInfo> const& states() const { return states_; }
    /// Elements of the array that holds all parameters, gaps for alignment included.
    std::int64_t extent() const { return extent_; }
    /// Number of trainable scalars.
    std::int64_t count() const {
        std::int64_t total = 0;
        for (auto const& parameter : parameters_) {
            total += parameter.size();
        }
        return total;
    }
    /// The parameter of that name; throws Error that lists the names there are.
    ParameterInfo const& find(std::string_view name) const {
        std::string names;
        for (auto const& parameter : parameters_) {
            if (parameter.name == name) {
                return parameter;
            }
            names += (names.empty() ? "" : ", ") + parameter.name;
        }
        throw Error("no parameter is called \"" + std::string(name) + "\"; the layout has: " + names);
    }

private:
    ParameterInfo const& add(std::string name, ParameterKind kind, std::int64_t out, std::int64_t in, Initial initial) {
        EGGROLL_EXPECTS(out > 0 && in > 0, "parameter \"" + name + "\" has shape (" + std::to_string(out) + ", " +
                                               std::to_string(in) + "); give it positive extents");
        for (auto const& other : parameters_) {
            EGGROLL_EXPECTS(other.name != name,
                            "two parameters are called \"" + name + "\"; names must differ, checkpoints use them");
        }
        parameters_.push_back({std::move(name), kind, out, in, extent_, initial});
        extent_ += (out * in + alignment - 1) / alignment * alignment;
        return parameters_.back();
    }
    std::uint32_t last_id() const { return static_cast<std::uint32_t>(parameters_.size() - 1); }

    std::vector<ParameterInfo> parameters_;
    std::vector<StateInfo> states_;
    std::int64_t extent_ = 0;
};

/// The values of all parameters of a layout, one array in MemorySpace. Copies share it, as Views do.
template <class Storage, class MemorySpace = Kokkos::HostSpace>
class Parameters {
public:
    using storage_type = Storage;
    using view_type = Kokkos::View<Storage*, MemorySpace>;

    Parameters() = default;
    explicit Parameters(ParameterLayout const& layout) : values_("eggroll::parameters", layout.extent()) {}

    view_type const& values() const { return values_; }
    Storage* data() const { return values_.data(); }
    std::int64_t extent() const { return static_cast<std::int64_t>(values_.extent(0)); }

    /// (out, in)
    Array2<Storage> operator[](Matrix const& matrix) const {
        return {data() + matrix.offset, matrix.out, matrix.in, matrix.in};
    }
    /// (rows, columns)
    Array2<Storage> operator[](Embedding const& table) const { return (*this)[static_cast<Matrix>(table)]; }
    /// (1, length)
    Array2<Storage> operator[](Vector const& vector) const {
        return {data() + vector.offset, 1, vector.length, vector.length};
    }
    /// (out, in), or (1, length)
    Array2<Storage> operator[](ParameterInfo const& info) const {
        return {data() + info.offset, info.out, info.in, info.in};
    }

private:
    view_type values_;
};

} // namespace eggroll
