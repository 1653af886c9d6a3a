// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The functions that optimizers are usually tried on. Each is to be minimised, is 0 at its minimum, and has it at
/// (1, ..., 1): not at 0, where floats are finest.

#include <eggroll/config.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

namespace test_functions {

enum class Function { sphere, rosenbrock, rastrigin };

/// f(x) for x of `dimension` elements.
KOKKOS_INLINE_FUNCTION double value(Function function, float const* x, std::int64_t dimension) {
    double sum = 0;
    if (function == Function::rosenbrock) { // a curved valley; every coordinate hangs on the one before
        for (std::int64_t i = 0; i + 1 < dimension; ++i) {
            auto const a = static_cast<double>(x[i]);
            double const across = static_cast<double>(x[i + 1]) - a * a;
            sum += 100 * across * across + (1 - a) * (1 - a);
        }
        return sum;
    }
    for (std::int64_t i = 0; i < dimension; ++i) {
        float const z = x[i] - 1.0F;
        sum += static_cast<double>(z * z);
        if (function == Function::rastrigin) { // a bowl with a local minimum near every point of whole numbers
            sum += 10 - 10 * static_cast<double>(Kokkos::cos(6.2831853F * z));
        }
    }
    return sum;
}

} // namespace test_functions
