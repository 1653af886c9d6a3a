// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>
#include <eggroll/kernels/step.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll::kernels::rows {

/// Draws each row's byte after the step's, behind the prompt, with probability proportional to EGG's integer powers
/// E[logit + 128], so to 2^(logit / 16). All integer: the same draw on every backend.
struct DrawByte {
    Array2<std::int8_t const> logits; // (row, 256)
    Array2<std::uint8_t> text;        // (row, byte)
    std::int64_t prompt = 1;          // bytes that are given
    PhiloxKey key;                    // of the seed
    Step step;                        // of the sequence: each has its own draw
    std::int64_t first_row = 0;       // global number of row 0

    KOKKOS_FUNCTION void operator()(std::int64_t row) const {
        std::int64_t const position = step;
        if (position + 1 < prompt) {
            return;
        }
        std::int8_t const* const values = logits.row(row);
        std::uint64_t total = 0;
        for (std::int64_t byte = 0; byte < LogLikelihood::bytes; ++byte) {
            total += weight(values[byte]);
        }
        PhiloxBlock const counter{{static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(first_row + row),
                                   parameter_word(NoiseDomain::sampling, 0, Factor::a), 0}};
        std::uint64_t const uniform = philox4x32_10(counter, key).word[0];
        std::uint64_t const drawn = uniform * total >> 32; // total is below 2^28
        std::uint64_t reached = 0;
        std::int64_t byte = -1;
        do {
            ++byte;
            reached += weight(values[byte]);
        } while (reached <= drawn);
        text(row, position + 1) = static_cast<std::uint8_t>(byte);
    }

private:
    static KOKKOS_FUNCTION std::uint64_t weight(int logit) {
        return static_cast<std::uint64_t>(power_of_two(logit + 128));
    }
};

} // namespace eggroll::kernels::rows
