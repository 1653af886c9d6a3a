// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cmath>
#include <cstdint>

namespace eggroll {

/// Adds sign * sigma * E of one direction to one parameter's real values: what kernels never form, for black-box
/// objectives and as the tests' oracle. `values` (out, in); integer noise counts in sixteenths, as its weights do.
template <class Storage, class Source>
void add_noise(GenerationNoise<Storage, Source> const& noise, std::uint32_t parameter, std::int64_t direction, int sign,
               Array2<float> values) {
    auto const& bound = noise.parameters[parameter];
    auto const real = [&](Factor factor, std::int64_t column, std::int64_t length, std::int64_t element) -> double {
        auto const value = noise.source.value(parameter, factor, direction, column, length, element);
        if constexpr (StorageTraits<Storage>::integer) {
            return StorageTraits<Storage>::unit * value;
        } else {
            return noise_cast<float>(value);
        }
    };
    double scale = sign * bound.sigma;
    if (bound.kind == NoiseKind::low_rank) {
        double const root = std::sqrt(bound.rank);
        scale /= StorageTraits<Storage>::integer ? std::round(root) : root;
    }
    for (std::int64_t i = 0; i < values.rows; ++i) {
        for (std::int64_t j = 0; j < values.columns; ++j) {
            double entry = 0;
            switch (bound.kind) {
            case NoiseKind::low_rank:
                for (int k = 0; k < bound.rank; ++k) {
                    entry += real(Factor::a, k, values.rows, i) * real(Factor::b, k, values.columns, j);
                }
                break;
            case NoiseKind::full:
                entry = real(Factor::full, i, values.columns, j);
                break;
            case NoiseKind::product:
                entry = real(Factor::a, 0, values.columns, j) * real(Factor::b, 0, values.columns, j);
                break;
            case NoiseKind::none:
                break;
            }
            values(i, j) = static_cast<float>(static_cast<double>(values(i, j)) + scale * entry);
        }
    }
}

} // namespace eggroll
