// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What linear operations must give, by forming each member's perturbed matrix: in double for float, and for int8 as
/// exact integers, (W << shift) + g A B^T and a 64-bit product. The comparison knows how far a float may be off.

#include "kernel_cases.hpp"

#include <eggroll/kernels/integer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace eggroll::testing {

/// Expected values with the largest permitted distance from them (0 for int8).
struct Expected {
    std::int64_t columns = 0;
    std::vector<double> values;     // (row, column)
    std::vector<double> tolerances; // (row, column)
};

/// The first element that is farther off than permitted, as an index, or -1.
template <class T>
std::int64_t first_difference(Result<T> const& result, Expected const& expected) {
    for (std::size_t n = 0; n < expected.values.size(); ++n) {
        auto const index = static_cast<std::int64_t>(n);
        double const found = static_cast<double>(result(index / expected.columns, index % expected.columns));
        // Written so that NaN is a difference.
        if (!(std::abs(found - expected.values[n]) <= expected.tolerances[n])) {
            return index;
        }
    }
    return -1;
}

/// Integer products at rank 1 and full rank: sum_k x_k ((W << shift) + g E)_k >> shift. At rank r every component is
/// shifted, and its product divided by round(sqrt(r)), by itself; the oracle does so with the component's own matrix.
inline Expected expected_linear(KernelOperands<std::int8_t> const& operands, bool transposed = false) {
    KernelCase const& c = operands.description();
    auto const w = operands.weights();
    auto const x = operands.input();
    auto const members = operands.member_rows();
    auto const scale = operands.scale();
    std::int64_t const components = c.noise == full_rank ? 1 : c.rank();
    Expected expected{operands.results(), {}, {}};
    for (std::int64_t row = 0; row < c.rows(); ++row) {
        std::int8_t const* const features = x.data.row(x.data_row(row));
        std::int64_t const direction = members.direction(row);
        for (std::int64_t result = 0; result < operands.results(); ++result) {
            std::int64_t mean = 0;
            for (std::int64_t k = 0; k < operands.features(); ++k) {
                mean += features[k] * w.data[transposed ? k * c.in + result : result * c.in + k];
            }
            std::int64_t total = components == 0 ? mean : 0;
            for (std::int64_t component = 0; component < components; ++component) {
                std::int64_t sum = 0;
                if (c.noise == full_rank || scale.divisor == 1) {
                    for (std::int64_t k = 0; k < operands.features(); ++k) {
                        std::int64_t const i = transposed ? k : result;
                        std::int64_t const j = transposed ? result : k;
                        auto const e = static_cast<std::int64_t>(operands.noise(direction, component, i, j));
                        std::int64_t const weight = component == 0 ? w.data[i * c.in + j] : 0;
                        sum += features[k] * ((weight << scale.shift) + members.sign(row) * e);
                    }
                } else {
                    std::int64_t t = 0;
                    for (std::int64_t k = 0; k < operands.features(); ++k) {
                        t += features[k] * std::int64_t{transposed ? operands.a(direction, component, k)
                                                                   : operands.b(direction, component, k)};
                    }
                    t = static_cast<std::int64_t>(std::floor(static_cast<double>(t) / scale.divisor));
                    sum = (component == 0 ? mean << scale.shift : 0) +
                          t * members.sign(row) *
                              (transposed ? operands.b(direction, component, result)
                                          : operands.a(direction, component, result));
                }
                total += sum >> scale.shift;
            }
            double const divisor = 16.0 * std::floor(std::sqrt(static_cast<double>(operands.features())));
            expected.values.push_back(std::clamp(std::floor(static_cast<double>(total) / divisor), -127.0, 127.0));
            expected.tolerances.push_back(0.0);
        }
    }
    return expected;
}

/// Float products: 2 n eps times the sum of the absolute products, n the number of roundings of the longest chain.
inline Expected expected_linear(KernelOperands<float> const& operands, bool transposed = false) {
    KernelCase const& c = operands.description();
    auto const w = operands.weights();
    auto const x = operands.input();
    auto const members = operands.member_rows();
    double const factor = static_cast<double>(operands.scale().factor);
    std::int64_t const components = c.noise == full_rank ? 1 : c.rank();
    double const eps = static_cast<double>(std::numeric_limits<float>::epsilon()) / 2;
    double const roundings = static_cast<double>(operands.features() + components * (operands.features() + 2) + 2);
    Expected expected{operands.results(), {}, {}};
    for (std::int64_t row = 0; row < c.rows(); ++row) {
        float const* const features = x.data.row(x.data_row(row));
        std::int64_t const direction = members.direction(row);
        for (std::int64_t result = 0; result < operands.results(); ++result) {
            double sum = 0;
            double absolute = 0;
            for (std::int64_t k = 0; k < operands.features(); ++k) {
                std::int64_t const i = transposed ? k : result;
                std::int64_t const j = transposed ? result : k;
                double const feature = static_cast<double>(features[k]);
                double weight = static_cast<double>(w.data[i * c.in + j]);
                absolute += std::abs(feature * weight);
                for (std::int64_t component = 0; component < components; ++component) {
                    double const e = factor * members.sign(row) * operands.noise(direction, component, i, j);
                    weight += e;
                    absolute += std::abs(feature * e);
                }
                sum += feature * weight;
            }
            expected.values.push_back(sum);
            expected.tolerances.push_back(2 * roundings * eps * absolute);
        }
    }
    return expected;
}

} // namespace eggroll::testing
