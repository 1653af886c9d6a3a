// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Entries of E = A B^T / sqrt(r) from the library's noise. The entries (i, i) of one square perturbation share no row
/// of A and none of B, so they are independent: one direction gives as many samples as the matrix has rows, and the
/// rest of E is never formed.

#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/launch.hpp>
#include <eggroll/random/noise.hpp>

#include <Kokkos_Core.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rank_convergence {

/// The variance of Gaussian over its 2^16 fields, in double: within 1e-7 of 1. The kurtosis is 2.99983, which moves
/// the biases below by 2e-4 of their size.
inline double gaussian_variance() {
    double sum = 0;
    for (std::uint32_t field = 0; field < 65536; ++field) {
        auto const value = static_cast<double>(eggroll::Gaussian::value(field));
        sum += value * value;
    }
    return sum / 65536;
}

/// A run's noise of one point. The upper word of the key is the point's, so no two points share noise.
inline eggroll::Seed point_seed(std::uint64_t seed, std::uint64_t point) {
    return {(seed & 0xffffffffU) | point << 32};
}

/// The diagonal of one direction's perturbation after the other.
class DiagonalEntries {
public:
    static constexpr int rows = 256;

    DiagonalEntries(eggroll::Seed seed, int rank)
        : stream_{seed.key()}, rank_(rank), place_{eggroll::kernels::host::selected_isa()},
          a_(static_cast<std::size_t>(rank * rows)), b_(a_.size()) {}

    /// (row); valid until the next call.
    std::span<float const, rows> operator()(std::int64_t direction) {
        using eggroll::Factor;
        namespace host = eggroll::kernels::host;
        host::fill(place_, stream_, 0, Factor::a, direction, 1, 0, rank_, rows, a_.data());
        host::fill(place_, stream_, 0, Factor::b, direction, 1, 0, rank_, rows, b_.data());
        float* __restrict const entry = entries_.data();
        entries_.fill(0.0F);
        for (int k = 0; k < rank_; ++k) {
            float const* __restrict const a = a_.data() + k * rows;
            float const* __restrict const b = b_.data() + k * rows;
            for (int i = 0; i < rows; ++i) {
                entry[i] += a[i] * b[i];
            }
        }
        auto const scale = static_cast<float>(1 / std::sqrt(rank_));
        for (int i = 0; i < rows; ++i) {
            entry[i] *= scale;
        }
        return entries_;
    }

private:
    eggroll::NoiseStream<eggroll::Gaussian> stream_;
    int rank_;
    eggroll::kernels::host::Thread place_;
    std::vector<float> a_; // (component, row)
    std::vector<float> b_; // (component, row)
    std::array<float, rows> entries_{};
};

inline constexpr std::int64_t directions_per_task = 64;

/// use(result, entries of a direction) for every direction of tasks [first, first + tasks), on all threads. Results of
/// tasks are added in their order, so the threads' number doesn't show in them.
template <class Result, class Use>
Result over_entries(eggroll::Seed seed, int rank, std::int64_t first, std::int64_t tasks, Result const& zero,
                    Use const& use) {
    Kokkos::DefaultHostExecutionSpace const space;
    std::vector<Result> results(static_cast<std::size_t>(tasks), zero);
    auto const task = [&](int, std::int64_t index) {
        DiagonalEntries entries(seed, rank);
        Result result = zero;
        for (std::int64_t d = 0; d < directions_per_task; ++d) {
            use(result, entries((first + index) * directions_per_task + d));
        }
        results[static_cast<std::size_t>(index)] = result;
    };
    eggroll::kernels::run_workers(space, space.concurrency(), tasks, task);
    Result total = zero;
    for (Result const& result : results) {
        total += result;
    }
    return total;
}

} // namespace rank_convergence
