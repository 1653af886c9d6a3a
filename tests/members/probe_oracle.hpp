// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the operations of Members must give, from each member's perturbed parameters: in double for floating storage,
/// with how far a float may be off; in exact integers for int8, as int64 sums of x ((W << shift) + g A B).

#include <eggroll/initialize.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace eggroll::testing {

/// Parameters of each kind; extents that no vector length divides.
template <class Storage>
struct ProbeModel {
    static constexpr std::int64_t out = 19;
    static constexpr std::int64_t in = 35;
    static constexpr std::int64_t tokens = 11;

    ParameterLayout layout;
    Matrix weight = layout.matrix("weight", out, in, Initial::normal(0.75F));
    Vector bias = layout.vector("bias", out, Initial::normal(1.0F));
    Embedding table = layout.embedding("table", tokens, in);
    Vector gain = layout.vector("gain", in, Initial::value(1.0F));
};

/// A value and how far a result may be off it.
struct ExpectedValue {
    double value = 0;
    double tolerance = 0;
};

/// One generation's noise on initialised parameters.
template <class Storage, class Perturbation>
class Oracle {
public:
    using Source = typename Perturbation::source_type;

    /// `mean`: the members are unperturbed.
    Oracle(Perturbation const& perturbation, bool mean) : mean_(mean), parameters_(model_.layout) {
        initialize(model_.layout, 5, parameters_);
        noise_.source = perturbation.source(17, 3);
        noise_.members_per_direction = perturbation.antithetic ? 2 : 1;
        noise_.bind(model_.layout, perturbation.plan(model_.layout), 3);
    }

    /// Every parameter becomes what `Other` storage would keep of it.
    template <class Other>
    void round_parameters_to() {
        for (std::int64_t i = 0; i < parameters_.extent(); ++i) {
            float& value = parameters_.data()[i];
            value = StorageTraits<Other>::to_real(StorageTraits<Other>::from_real(value));
        }
    }

    ProbeModel<Storage> const& model() const { return model_; }
    Parameters<Storage> const& parameters() const { return parameters_; }
    GenerationNoise<Storage, Source> const& noise() const { return noise_; }
    bool mean() const { return mean_; }

    /// Row times perturbed matrix: result i of x W'^T, or of x W' when transposed.
    template <bool transposed>
    ExpectedValue product(std::int64_t member, ValueOf<Storage> const* x, std::int64_t result) const {
        Matrix const& w = model_.weight;
        std::int64_t const length = transposed ? w.out : w.in;
        auto const& scale = noise_.parameters[w.id].scale;
        auto const weights = parameters_[w];
        auto const row = [&](std::int64_t k) { return transposed ? k : result; };
        auto const column = [&](std::int64_t k) { return transposed ? result : k; };
        if constexpr (integer) {
            std::int64_t const g = sign(member);
            std::int64_t total = 0;
            for (int component = 0; component < rank(w.id); ++component) {
                std::int64_t exact = 0; // sum of x ((W << shift) + g E), W with the first component
                std::int64_t inner = 0; // x . B, or x . A when transposed
                std::int64_t mean = 0;
                for (std::int64_t k = 0; k < length; ++k) {
                    std::int64_t const weight = component == 0 ? weights(row(k), column(k)) : 0;
                    mean += x[k] * weight;
                    exact += x[k] * ((weight << scale.shift) + g * entry(w, member, component, row(k), column(k)));
                    if (kind(w.id) == NoiseKind::low_rank) {
                        inner += x[k] * (transposed ? drawn(w.id, Factor::a, member, component, w.out, k)
                                                    : drawn(w.id, Factor::b, member, component, w.in, k));
                    }
                }
                if (kind(w.id) == NoiseKind::low_rank && scale.divisor > 1) {
                    auto const quotient =
                        static_cast<std::int64_t>(std::floor(static_cast<double>(inner) / scale.divisor));
                    std::int64_t const other = transposed ? drawn(w.id, Factor::b, member, component, w.in, result)
                                                          : drawn(w.id, Factor::a, member, component, w.out, result);
                    exact = (mean << scale.shift) + quotient * g * other;
                }
                total += exact >> scale.shift;
            }
            double const divisor = 16 * std::floor(std::sqrt(static_cast<double>(length)));
            return {clipped(std::floor(static_cast<double>(total) / divisor)), 0};
        } else {
            double const factor = sign(member) * static_cast<double>(scale.factor);
            double value = 0;
            double absolute = 0;
            for (std::int64_t k = 0; k < length; ++k) {
                double const feature = x[k];
                double weight = weights(row(k), column(k));
                absolute += std::abs(feature * weight);
                for (int component = 0; component < rank(w.id); ++component) {
                    double const e = factor * entry(w, member, component, row(k), column(k));
                    weight += e;
                    absolute += std::abs(feature * e);
                }
                value += feature * weight;
            }
            double const roundings = static_cast<double>(length + rank(w.id) * (length + 2) + 2);
            return {value, 2 * roundings * unit * absolute};
        }
    }

    /// Row `token` of the perturbed table.
    ExpectedValue embedded(std::int64_t member, std::int64_t token, std::int64_t j) const {
        Matrix const table = model_.table;
        auto const& scale = noise_.parameters[table.id].scale;
        double value = static_cast<double>(parameters_[table](token, j));
        double absolute = std::abs(value);
        for (int component = 0; component < rank(table.id); ++component) {
            auto const e = sign(member) * entry(table, member, component, token, j);
            if constexpr (integer) {
                std::int64_t const quotient = static_cast<std::int64_t>(
                    std::floor(static_cast<double>(e) / (kind(table.id) == NoiseKind::low_rank ? scale.divisor : 1)));
                value += static_cast<double>(quotient >> scale.shift);
            } else {
                value += static_cast<double>(scale.factor) * e;
                absolute += std::abs(static_cast<double>(scale.factor) * e);
            }
        }
        return integer ? ExpectedValue{clipped(value), 0}
                       : ExpectedValue{value, 2 * (2 * rank(table.id) + 1) * unit * absolute};
    }

    /// Element of the member's perturbed vector.
    ExpectedValue vector(Vector const& handle, std::int64_t member, std::int64_t i) const {
        auto const value = static_cast<double>(parameters_[handle](0, i));
        if (kind(handle.id) == NoiseKind::none) {
            return {value, 0};
        }
        bool const product = kind(handle.id) == NoiseKind::product;
        auto e = drawn(handle.id, product ? Factor::a : Factor::full, member, 0, handle.length, i);
        if (product) {
            e *= drawn(handle.id, Factor::b, member, 0, handle.length, i);
        }
        auto const& scale = noise_.parameters[handle.id].scale;
        if constexpr (integer) {
            return {clipped(value + static_cast<double>((sign(member) * e) >> scale.shift)), 0};
        } else {
            double const noise = sign(member) * static_cast<double>(scale.factor) * e;
            return {value + noise, 4 * unit * (std::abs(value) + 2 * std::abs(noise))};
        }
    }

    static ExpectedValue sum(ExpectedValue const& x, ExpectedValue const& y) {
        double const value = x.value + y.value;
        if constexpr (integer) {
            return {clipped(value), 0};
        }
        double const inherited = x.tolerance + y.tolerance;
        return {value, inherited + unit * (std::abs(value) + inherited)};
    }

private:
    static constexpr bool integer = std::is_same_v<Storage, std::int8_t>;
    static constexpr double unit = 0x1p-24; // half an ulp, relative

    int sign(std::int64_t member) const { return noise_.members_per_direction == 2 && member % 2 != 0 ? -1 : 1; }
    auto drawn(std::uint32_t id, Factor factor, std::int64_t member, std::int64_t column, std::int64_t length,
               std::int64_t element) const {
        auto const value =
            noise_.source.value(id, factor, member / noise_.members_per_direction, column, length, element);
        if constexpr (integer) {
            return static_cast<std::int64_t>(value);
        } else {
            return static_cast<double>(noise_cast<float>(value));
        }
    }
    NoiseKind kind(std::uint32_t id) const { return mean_ ? NoiseKind::none : noise_.parameters[id].kind; }
    int rank(std::uint32_t id) const { return kind(id) == NoiseKind::low_rank ? noise_.parameters[id].rank : 1; }

    /// Component k of the noise of a matrix's entry (i, j): unscaled, without sign.
    auto entry(Matrix const& matrix, std::int64_t member, int k, std::int64_t i, std::int64_t j) const {
        using Number = decltype(drawn(0, Factor::a, 0, 0, 1, 0));
        switch (kind(matrix.id)) {
        case NoiseKind::low_rank:
            return drawn(matrix.id, Factor::a, member, k, matrix.out, i) *
                   drawn(matrix.id, Factor::b, member, k, matrix.in, j);
        case NoiseKind::full:
            return drawn(matrix.id, Factor::full, member, i, matrix.in, j);
        default:
            return Number{0};
        }
    }

    static double clipped(double value) { return std::clamp(value, -127.0, 127.0); }

    ProbeModel<Storage> model_;
    bool mean_;
    Parameters<Storage> parameters_;
    GenerationNoise<Storage, Source> noise_;
};

} // namespace eggroll::testing
