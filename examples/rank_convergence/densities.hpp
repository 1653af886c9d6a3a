// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How the law of an entry approaches the normal law: histograms of the library's entries.

#include "closed_forms.hpp"
#include "entries.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rank_convergence {

/// Entries in bins of equal width over [-limit, limit).
struct Histogram {
    static constexpr int bins = 80;
    static constexpr double limit = 4;
    static constexpr double width = 2 * limit / bins;

    int rank = 1;
    double samples = 0;
    std::array<double, bins> counts{}; // (bin)

    void add(float entry) {
        samples += 1;
        double const bin = (static_cast<double>(entry) + limit) / width;
        if (bin >= 0 && bin < bins) {
            counts[static_cast<std::size_t>(bin)] += 1;
        }
    }
    Histogram& operator+=(Histogram const& other) {
        samples += other.samples;
        for (std::size_t bin = 0; bin < bins; ++bin) {
            counts[bin] += other.counts[bin];
        }
        return *this;
    }

    double left(int bin) const { return -limit + bin * width; }
    double density(int bin) const { return counts[static_cast<std::size_t>(bin)] / samples / width; }
    /// The closed form's mean over the bin.
    double expected(int bin) const {
        return (theory::entry_cdf(left(bin + 1), rank) - theory::entry_cdf(left(bin), rank)) / width;
    }
    /// The standard error of the density if the closed form holds.
    double error(int bin) const {
        double const p = expected(bin) * width;
        return std::sqrt(p * (1 - p) / samples) / width;
    }
    /// The largest deviation from the closed form over all bins, in standard errors.
    double largest_deviation() const {
        double largest = 0;
        for (int bin = 0; bin < bins; ++bin) {
            largest = std::max(largest, std::abs(density(bin) - expected(bin)) / error(bin));
        }
        return largest;
    }
};

inline constexpr std::array<int, 4> density_ranks = {1, 2, 4, 16};

/// 2^22 entries of each rank, about.
inline Histogram measure_density(int rank, eggroll::Seed seed) {
    constexpr std::int64_t samples_per_task = directions_per_task * DiagonalEntries::rows;
    return over_entries(seed, rank, 0, (std::int64_t{1} << 22) / samples_per_task, Histogram{.rank = rank},
                        [](Histogram& histogram, std::span<float const, DiagonalEntries::rows> entries) {
                            for (float const entry : entries) {
                                histogram.add(entry);
                            }
                        });
}

} // namespace rank_convergence
