// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What kernels never form: a member's dense parameters, for black-box objectives and as the tests' oracle. Host code.

#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace eggroll {

/// Adds sign * sigma * E of one direction to one parameter's real values. `values` (out, in); integer noise counts in
/// sixteenths, as its weights do.
template <class Storage, class Source>
void add_noise(GenerationNoise<Storage, Source> const& noise, std::uint32_t parameter, std::int64_t direction, int sign,
               Array2<float> values) {
    auto const& bound = noise.parameters[parameter];
    auto const draw = [&](Factor factor, std::int64_t column, std::int64_t length) { // as real numbers
        std::vector<double> drawn(static_cast<std::size_t>(length));
        for (std::int64_t element = 0; element < length; ++element) {
            auto const value = noise.source.value(parameter, factor, direction, column, length, element);
            if constexpr (StorageTraits<Storage>::integer) {
                drawn[static_cast<std::size_t>(element)] = StorageTraits<Storage>::unit * value;
            } else {
                drawn[static_cast<std::size_t>(element)] = noise_cast<float>(value);
            }
        }
        return drawn;
    };
    double scale = sign * bound.sigma;
    auto const add = [&](std::int64_t row, std::vector<double> const& entries) {
        float* const into = values.row(row);
        for (std::size_t j = 0; j < entries.size(); ++j) {
            into[j] = static_cast<float>(static_cast<double>(into[j]) + scale * entries[j]);
        }
    };
    switch (bound.kind) {
    case NoiseKind::low_rank: {
        double const root = std::sqrt(bound.rank);
        scale /= StorageTraits<Storage>::integer ? std::round(root) : root;
        std::vector<std::vector<double>> a; // (component, out)
        std::vector<std::vector<double>> b; // (component, in)
        for (int k = 0; k < bound.rank; ++k) {
            a.push_back(draw(Factor::a, k, values.rows));
            b.push_back(draw(Factor::b, k, values.columns));
        }
        for (std::int64_t i = 0; i < values.rows; ++i) {
            std::vector<double> row(static_cast<std::size_t>(values.columns), 0.0);
            for (std::size_t k = 0; k < a.size(); ++k) {
                double const left = a[k][static_cast<std::size_t>(i)];
                std::transform(row.begin(), row.end(), b[k].begin(), row.begin(),
                               [left](double sum, double right) { return sum + left * right; });
            }
            add(i, row);
        }
        break;
    }
    case NoiseKind::full:
        for (std::int64_t i = 0; i < values.rows; ++i) {
            add(i, draw(Factor::full, i, values.columns));
        }
        break;
    case NoiseKind::product: {
        auto row = draw(Factor::a, 0, values.columns);
        auto const second = draw(Factor::b, 0, values.columns);
        std::transform(row.begin(), row.end(), second.begin(), row.begin(), std::multiplies<>());
        add(0, row);
        break;
    }
    case NoiseKind::none:
        break;
    }
}

/// into = the parameters that member `member` of the population is evaluated with, as real numbers (int8: weight / 16).
template <class Storage, class Source>
void materialize(ParameterLayout const& layout, Parameters<Storage> const& mean,
                 GenerationNoise<Storage, Source> const& noise, std::int64_t member, Parameters<float> const& into) {
    std::uint32_t id = 0;
    for (auto const& info : layout.parameters()) {
        std::transform(mean.data() + info.offset, mean.data() + info.offset + info.size(), into.data() + info.offset,
                       [](Storage stored) { return StorageTraits<Storage>::to_real(stored); });
        add_noise(noise, id++, member / noise.members_per_direction, noise.sign(member), into[info]);
    }
}

} // namespace eggroll
