// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Operands for the tests of linear operations and look-ups: every combination of shape, noise, row map and antithesis
/// that the kernels distinguish, filled with numbers that depend on the case alone.

#include "test_noise.hpp"

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/scratch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <type_traits>
#include <vector>

namespace eggroll::testing {

inline constexpr int no_noise = 0;
inline constexpr int full_rank = -1;

/// One case. `noise` is a rank, `no_noise` or `full_rank`.
struct KernelCase {
    std::int64_t out = 1;
    std::int64_t in = 1;
    int noise = no_noise;
    std::int64_t members = 6;
    std::int64_t rows_per_member = 1;
    std::int64_t members_per_block = 1;
    std::int64_t members_per_direction = 2;
    std::int64_t padding = 0; // elements between the rows of x and y
    int shift = 8;            // int8 only
    bool extreme = false;     // int8 only: all values are +-127, and even rows of x parallel to all columns of B

    [[nodiscard]] std::int64_t rows() const { return members * rows_per_member; }
    [[nodiscard]] std::int64_t directions() const {
        return (members + members_per_direction - 1) / members_per_direction;
    }
    [[nodiscard]] std::int64_t data_rows() const {
        return (members_per_block >= members ? 1 : (members + members_per_block - 1) / members_per_block) *
               rows_per_member;
    }
    [[nodiscard]] int rank() const { return noise > 0 ? noise : 0; }
};

inline std::ostream& operator<<(std::ostream& stream, KernelCase const& c) {
    return stream << "out " << c.out << ", in " << c.in << ", noise " << c.noise << " (0 none, -1 full rank), members "
                  << c.members << ", rows per member " << c.rows_per_member << ", members per block "
                  << c.members_per_block << ", members per direction " << c.members_per_direction << ", padding "
                  << c.padding << ", shift " << c.shift << (c.extreme ? ", extreme" : "");
}

/// All combinations (1200, and some tall ones), of which `every` takes one in so many; an odd `every` meets all values
/// of each property.
inline std::vector<KernelCase> kernel_cases(int every = 1) {
    std::vector<KernelCase> cases;
    int number = 0;
    for (std::int64_t const out : {1, 17, 64, 100}) {
        for (std::int64_t const in : {1, 16, 20, 33, 256}) {
            for (int const noise : {no_noise, 1, 2, 5, full_rank}) {
                for (std::int64_t const members_per_block :
                     {std::int64_t{1}, std::int64_t{4}, Input<float>::whole_slice}) {
                    for (std::int64_t const rows_per_member : {1, 3}) {
                        for (std::int64_t const members_per_direction : {1, 2}) {
                            if (number++ % every == 0) {
                                cases.push_back({out, in, noise, 6, rows_per_member, members_per_block,
                                                 members_per_direction, number % 4, 4 + number % 5});
                            }
                        }
                    }
                }
            }
        }
    }
    for (int const noise : {no_noise, 2, full_rank}) { // more rows of a direction than a tile may have
        cases.push_back({17, 33, noise, 6, 21, 1, 2, 1, 6});
        cases.push_back({17, 33, noise, 6, 21, 4, 1, 1, 6});
    }
    return cases;
}

/// int8 cases with all values at +-127: around the fan-in 1048, where products of three values pass 32 bits.
inline std::vector<KernelCase> extreme_cases() {
    std::vector<KernelCase> cases;
    for (std::int64_t const in : {64, 1048, 1049, 2048, 4099}) {
        for (int const noise : {no_noise, 1, 3, full_rank}) {
            for (int const shift : {0, 4, 8}) {
                cases.push_back({19, in, noise, 4, 2, 1, 2, 0, shift, true});
            }
        }
    }
    return cases;
}

/// Owns the operands of a case. For `linear` the input has `in` features; `transposed` asks for `out` of them.
template <class T>
class KernelOperands {
public:
    using Source = HashNoise<T>;

    explicit KernelOperands(KernelCase const& c, bool transposed = false)
        : case_(c), features_(transposed ? c.out : c.in),
          results_(transposed ? c.in : c.out), source_{static_cast<std::uint64_t>(c.out * 1009 + c.in * 31 + c.noise +
                                                                                  7),
                                                       c.extreme},
          weights_(drawn(c.out * c.in, 101)), x_(drawn((c.data_rows() + 1) * (features_ + c.padding), 102)),
          a_(drawn(c.directions() * c.rank() * c.out, 103)), b_(drawn(c.directions() * c.rank() * c.in, 104)) {
        if (c.extreme && !transposed) {
            for (std::size_t n = 0; n < x_.size(); ++n) {
                auto const stride = static_cast<std::size_t>(c.in + c.padding);
                if (n / stride % 2 == 0) {
                    x_[n] = parallel(n % stride);
                }
            }
            for (std::size_t n = 0; n < b_.size(); ++n) {
                b_[n] = parallel(n % static_cast<std::size_t>(c.in));
            }
        }
    }

    [[nodiscard]] KernelCase const& description() const { return case_; }
    [[nodiscard]] std::int64_t features() const { return features_; }
    [[nodiscard]] std::int64_t results() const { return results_; }
    [[nodiscard]] Weights<T> weights() const { return {weights_.data(), case_.out, case_.in, nullptr}; }
    [[nodiscard]] MemberRows member_rows() const { return {case_.rows_per_member, case_.members_per_direction}; }
    /// One row more than is read: a slice sees the rest of a larger input.
    [[nodiscard]] Input<T> input() const {
        return {{x_.data(), case_.data_rows() + 1, features_, features_ + case_.padding},
                case_.rows_per_member,
                case_.members_per_block};
    }
    /// sigma 0.05 / sqrt(rank); or the case's shift with round(sqrt(rank)).
    [[nodiscard]] typename ScaleOf<T>::type scale() const {
        double const root_of_rank = std::sqrt(std::max(1.0, static_cast<double>(case_.rank())));
        if constexpr (std::is_same_v<T, float>) {
            return {static_cast<float>(0.05 / root_of_rank)};
        } else {
            return {case_.shift, static_cast<int>(std::lround(root_of_rank))};
        }
    }
    [[nodiscard]] LowRankNoise<T> low_rank() const { return {a_.data(), b_.data(), case_.rank(), scale()}; }
    [[nodiscard]] FullRankNoise<Source, T> full_rank_noise() const { return {source_, 5, 11, scale()}; }

    /// Calls `f(noise)` with the case's kind of noise.
    template <class F>
    void with_noise(F&& f) const {
        if (case_.noise == no_noise) {
            f(NoNoise{});
        } else if (case_.noise == full_rank) {
            f(full_rank_noise());
        } else {
            f(low_rank());
        }
    }

    /// A token for each data row: a row of the weights, as a table to be looked up in.
    [[nodiscard]] std::vector<std::uint8_t> tokens() const {
        std::vector<std::uint8_t> tokens(static_cast<std::size_t>(case_.data_rows()));
        for (std::size_t n = 0; n < tokens.size(); ++n) {
            tokens[n] = static_cast<std::uint8_t>(hash(n) % static_cast<std::uint64_t>(case_.out));
        }
        return tokens;
    }

    /// Scratch of the size that the contract states, and not one element more.
    [[nodiscard]] std::vector<Accumulator<T>> scratch() const {
        return std::vector<Accumulator<T>>(static_cast<std::size_t>(
            linear_scratch(case_.rows(), case_.data_rows(), results_, case_.rank(), case_.members_per_block > 1)));
    }

    /// E[i, j] of a row's member, with its sign, as real numbers: unit variance for float, units of 1/16 for int8 (and
    /// without the scale).
    [[nodiscard]] double noise(std::int64_t direction, std::int64_t component, std::int64_t i, std::int64_t j) const {
        if (case_.noise == full_rank) {
            return static_cast<double>(noise_cast<T>(source_.value(5, Factor::full, 11 + direction, i, case_.in, j)));
        }
        return static_cast<double>(a(direction, component, i)) * static_cast<double>(b(direction, component, j));
    }
    [[nodiscard]] T a(std::int64_t direction, std::int64_t component, std::int64_t i) const {
        return a_[static_cast<std::size_t>((direction * case_.rank() + component) * case_.out + i)];
    }
    [[nodiscard]] T b(std::int64_t direction, std::int64_t component, std::int64_t j) const {
        return b_[static_cast<std::size_t>((direction * case_.rank() + component) * case_.in + j)];
    }

private:
    static T parallel(std::size_t j) { return static_cast<T>(hash(j) % 2 == 0 ? 127 : -127); }
    [[nodiscard]] std::vector<T> drawn(std::int64_t count, std::uint32_t what) const {
        std::vector<T> values(static_cast<std::size_t>(count));
        for (std::int64_t n = 0; n < count; ++n) {
            values[static_cast<std::size_t>(n)] = source_.value(what, Factor::a, 0, 0, count, n);
        }
        return values;
    }

    KernelCase case_;
    std::int64_t features_;
    std::int64_t results_;
    Source source_;
    std::vector<T> weights_; // (out, in)
    std::vector<T> x_;       // (data row, feature)
    std::vector<T> a_;       // (direction, component, out)
    std::vector<T> b_;       // (direction, component, in)
};

/// The result of a kernel, (row, column), with a sentinel between its rows that `intact` looks for.
template <class T>
class Result {
public:
    Result(std::int64_t rows, std::int64_t columns, std::int64_t padding)
        : rows_(rows), columns_(columns), stride_(columns + padding),
          data_(static_cast<std::size_t>(rows * (columns + padding)), sentinel) {}

    [[nodiscard]] std::int64_t rows() const { return rows_; }
    [[nodiscard]] std::int64_t columns() const { return columns_; }
    [[nodiscard]] Array2<T> view() { return {data_.data(), rows_, columns_, stride_}; }
    [[nodiscard]] T operator()(std::int64_t row, std::int64_t column) const {
        return data_[static_cast<std::size_t>(row * stride_ + column)];
    }
    [[nodiscard]] bool intact() const {
        for (std::int64_t n = 0; n < rows_ * stride_; ++n) {
            if (n % stride_ >= columns_ && data_[static_cast<std::size_t>(n)] != sentinel) {
                return false;
            }
        }
        return true;
    }
    /// Equal elements (no NaN occurs in these tests, and -0 equals 0).
    friend bool operator==(Result const& x, Result const& y) { return x.data_ == y.data_; }

private:
    static constexpr T sentinel = static_cast<T>(-128);
    std::int64_t rows_;
    std::int64_t columns_;
    std::int64_t stride_;
    std::vector<T> data_; // (row, column)
};

/// (row, column), without the padding.
template <class T>
std::vector<T> values(Result<T> const& result) {
    std::vector<T> all;
    for (std::int64_t row = 0; row < result.rows(); ++row) {
        for (std::int64_t column = 0; column < result.columns(); ++column) {
            all.push_back(result(row, column));
        }
    }
    return all;
}

/// The first element, as an index into (row, column), that is farther from the expected one than `tolerance` (int8:
/// unequal), or -1. NaN is a difference.
template <class T>
std::int64_t first_difference(Result<T> const& result, Result<T> const& expected, double tolerance) {
    for (std::int64_t row = 0; row < result.rows(); ++row) {
        for (std::int64_t column = 0; column < result.columns(); ++column) {
            double const distance =
                std::abs(static_cast<double>(result(row, column)) - static_cast<double>(expected(row, column)));
            if (!(distance <= (std::is_same_v<T, float> ? tolerance : 0.0))) {
                return row * result.columns() + column;
            }
        }
    }
    return -1;
}

} // namespace eggroll::testing
