// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/random/noise.hpp>

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
        : rows_(rows), columns_(columns), entries_(static_cast<std::size_t>(rows * columns)),
          a_(static_cast<std::size_t>(rows)), b_(static_cast<std::size_t>(columns)) {
        eggroll::ParameterLayout layout;
        layout.matrix("x", rows, columns);
        noise_.source = perturbation.source(seed, generation);
        noise_.bind(layout, perturbation.plan(layout), generation);
    }

    /// E (rows, columns), row-major; valid until the next call.
    std::span<double const> operator()(std::int64_t direction) {
        auto const& bound = noise_.parameters[0];
        if (bound.kind == eggroll::NoiseKind::full) {
            for (std::int64_t i = 0; i < rows_; ++i) {
                fill(eggroll::Factor::full, direction, i,
                     std::span(entries_).subspan(static_cast<std::size_t>(i * columns_), b_.size()));
            }
            return entries_;
        }
        entries_.assign(entries_.size(), 0.0);
        double const scale = static_cast<double>(bound.scale.factor) / bound.sigma; // as kernels have it
        for (int k = 0; k < bound.rank; ++k) {
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
                eggroll::noise_cast<float>(noise_.source.value(0, factor, direction, column, length, element)));
        }
    }

    eggroll::GenerationNoise<float, typename Perturbation::source_type> noise_;
    std::int64_t rows_;
    std::int64_t columns_;
    std::vector<double> entries_; // (rows, columns)
    std::vector<double> a_;       // (rows)
    std::vector<double> b_;       // (columns)
};

} // namespace theory
