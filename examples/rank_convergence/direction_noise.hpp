// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/plan.hpp>
#include <eggroll/random/noise.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace theory {

/// The noise E that a perturbation gives to a matrix (rows, columns) that is a model's first parameter, direction by
/// direction, of unit variance and in double precision: what a member's parameters are shifted by sigma times of.
/// Factors are drawn once, so a direction costs rank (rows + columns) random values at low rank.
template <class Perturbation>
class DirectionNoise {
public:
    DirectionNoise(Perturbation const& perturbation, std::int64_t rows, std::int64_t columns, eggroll::Seed seed,
                   std::uint64_t generation = 0)
        : source_(perturbation.source(seed, generation)), rows_(rows), columns_(columns) {
        eggroll::ParameterLayout layout;
        layout.matrix("x", rows, columns);
        plan_ = perturbation.plan(layout)[0];
        entries_.resize(static_cast<std::size_t>(rows * columns));
        a_.resize(static_cast<std::size_t>(rows));
        b_.resize(static_cast<std::size_t>(columns));
    }

    /// E (rows, columns), row-major; valid until the next call.
    std::span<double const> operator()(std::int64_t direction) {
        if (plan_.kind == eggroll::NoiseKind::full) {
            for (std::int64_t i = 0; i < rows_; ++i) {
                fill(eggroll::Factor::full, direction, i,
                     std::span(entries_).subspan(static_cast<std::size_t>(i * columns_), b_.size()));
            }
            return entries_;
        }
        entries_.assign(entries_.size(), 0.0);
        double const scale = 1 / std::sqrt(plan_.rank);
        for (int k = 0; k < plan_.rank; ++k) {
            fill(eggroll::Factor::a, direction, k, a_);
            fill(eggroll::Factor::b, direction, k, b_);
            double* entry = entries_.data();
            for (double const a : a_) {
                double const scaled = scale * a;
                for (double const b : b_) {
                    *entry++ += scaled * b;
                }
            }
        }
        return entries_;
    }

private:
    void fill(eggroll::Factor factor, std::int64_t direction, std::int64_t column, std::span<double> out) const {
        auto const length = static_cast<std::int64_t>(out.size());
        for (std::int64_t element = 0; element < length; ++element) {
            out[static_cast<std::size_t>(element)] = static_cast<double>(
                eggroll::noise_cast<float>(source_.value(0, factor, direction, column, length, element)));
        }
    }

    typename Perturbation::source_type source_;
    eggroll::ParameterPlan plan_;
    std::int64_t rows_;
    std::int64_t columns_;
    std::vector<double> entries_; // (rows, columns)
    std::vector<double> a_;       // (rows)
    std::vector<double> b_;       // (columns)
};

} // namespace theory
