// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

#include <eggroll/kernels/operands.hpp>
#include <eggroll/members.hpp>

#include <cmath>
#include <cstdint>

namespace digits {

/// What a member is rewarded for. The last has no gradient, which is all the same to evolution.
enum class Reward { log_likelihood, squared_error, accuracy };

/// A member's mean reward over its digits, from the network's outputs.
struct Score {
    eggroll::Array2<float const> outputs; // (member x digit, class)
    std::uint8_t const* labels = nullptr; // (digit)
    std::int64_t digits = 0;
    Reward reward = Reward::accuracy;
    eggroll::Fitness fitness; // (member)

    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        double sum = 0;
        for (std::int64_t digit = 0; digit < digits; ++digit) {
            float const* const output = outputs.row(member * digits + digit);
            sum += static_cast<double>(of_digit(output, labels[digit]));
        }
        fitness(member) = sum / static_cast<double>(digits);
    }

    KOKKOS_FUNCTION float of_digit(float const* output, std::uint8_t label) const {
        switch (reward) {
        case Reward::log_likelihood: {
            float const largest = output[best(output)];
            float total = 0;
            for (std::int64_t k = 0; k < classes; ++k) {
                total += std::exp(output[k] - largest);
            }
            return output[label] - largest - std::log(total);
        }
        case Reward::squared_error: {
            float total = 0;
            for (std::int64_t k = 0; k < classes; ++k) {
                float const error = output[k] - (k == label ? 1.0F : 0.0F);
                total += error * error;
            }
            return -total;
        }
        case Reward::accuracy:
            break;
        }
        return best(output) == label ? 1.0F : 0.0F;
    }

    KOKKOS_FUNCTION static std::int64_t best(float const* output) {
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < classes; ++k) {
            best = output[k] > output[best] ? k : best;
        }
        return best;
    }
};

} // namespace digits
