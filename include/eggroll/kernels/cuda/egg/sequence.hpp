// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// An Egg as kernels of the whole model take it (models/egg.hpp has the model, in operations).

#include <eggroll/kernels/operands.hpp>
#include <eggroll/kernels/rows/exact_log_loss.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// A matrix with its noise of rank 1.
struct EggMatrix {
    std::int8_t const* weights = nullptr; // (out, in)
    std::int8_t const* a = nullptr;       // (direction, out), or null: no noise
    std::int8_t const* b = nullptr;       // (direction, in)
    int shift = 0;
};

/// A vector as its members have it.
struct EggVector {
    std::int8_t const* values = nullptr; // (member, width)
    std::int32_t stride = 0;             // 0: all members have the same
};

struct EggLayer {
    static constexpr int gate_input = 0, gate_state = 1, candidate_input = 2, candidate_state = 3, expand = 4,
                         contract = 5;
    EggMatrix matrix[6]; // Wf, Uf, Wh, Uh (D, D), W1 (4D, D), W2 (D, 4D)
    EggVector norm1, norm2, gate_bias, state_bias;
    std::int8_t* state = nullptr; // (member, D)
};

/// What `Egg::score` computes: the model over a text, summed log-likelihoods.
struct EggSequence {
    static constexpr int max_layers = 12; // a kernel's parameters have 4 KiB

    std::int64_t width = 0; // D
    int layers = 0;
    EggMatrix embedding; // (256, D)
    EggMatrix head;      // (256, D)
    EggVector norm;
    EggLayer layer[max_layers];
    Input<std::uint8_t> text; // (data row, tokens + 1)
    MemberRows members;
    std::int32_t size = 0;               // members
    std::int64_t* sums = nullptr;        // (member): written
    rows::ExactLogLoss* exact = nullptr; // (member): added to; or null

    KOKKOS_FUNCTION std::int64_t tokens() const { return text.data.columns - 1; }
};

} // namespace eggroll::kernels::cuda
