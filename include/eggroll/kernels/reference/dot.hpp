// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <array>
#include <cmath>
#include <cstdint>

namespace eggroll::kernels::reference {

/// sum_j x[j] v[j] over `length` elements, in the order that every host route follows: lane l of 16 takes the elements
/// j = l (mod 16) in increasing order by fma from zero, then the lanes are halved, 16 to 8, 4, 2, 1.
inline float dot(float const* x, float const* v, std::int64_t length) {
    std::array<float, 16> lanes{};
    for (std::int64_t j = 0; j < length; ++j) {
        float& lane = lanes[static_cast<std::size_t>(j % 16)];
        lane = std::fma(x[j], v[j], lane);
    }
    for (std::size_t half = 8; half != 0; half /= 2) {
        for (std::size_t l = 0; l < half; ++l) {
            lanes[l] += lanes[l + half];
        }
    }
    return lanes[0];
}

/// sum_j x[j] v[j], exact up to `largest_integer_fan_in` elements.
inline std::int32_t dot(std::int8_t const* x, std::int8_t const* v, std::int64_t length) {
    std::int32_t sum = 0;
    for (std::int64_t j = 0; j < length; ++j) {
        sum += x[j] * v[j];
    }
    return sum;
}

/// sum_i x[i] v[i] in increasing i: for float by one fma chain from zero.
inline float chain(float const* x, float const* v, std::int64_t length) {
    float sum = 0;
    for (std::int64_t i = 0; i < length; ++i) {
        sum = std::fma(x[i], v[i], sum);
    }
    return sum;
}
inline std::int32_t chain(std::int8_t const* x, std::int8_t const* v, std::int64_t length) {
    return dot(x, v, length);
}

} // namespace eggroll::kernels::reference
