// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/egg/score_kernel.hpp>
#include <eggroll/kernels/cuda/on.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

namespace detail {

inline bool aligned(void const* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}
inline bool aligned(EggMatrix const& matrix) {
    return aligned(matrix.weights) && aligned(matrix.a) && aligned(matrix.b);
}
inline bool aligned(EggVector const& vector) {
    return aligned(vector.values) && vector.stride % 16 == 0;
}
inline bool aligned(EggLayer const& layer) {
    bool all = aligned(layer.norm1) && aligned(layer.norm2) && aligned(layer.gate_bias) && aligned(layer.state_bias) &&
               aligned(layer.state);
    for (auto const& matrix : layer.matrix) {
        all = all && aligned(matrix);
    }
    return all;
}

} // namespace detail

/// Writes the sums of an Egg over a text in one kernel, and advances the states. False, with nothing done, where the
/// kernel doesn't fit: for an empty text, widths other than 64, 128 and 256, members without antithesis, arrays that
/// aren't aligned.
template <class Launcher>
bool score_sequence(On<Launcher> const& place, EggSequence const& egg) {
    bool fits = egg.tokens() > 0 && egg.members.members_per_direction == 2 && detail::aligned(egg.embedding) &&
                detail::aligned(egg.head) && detail::aligned(egg.norm);
    for (int l = 0; l < egg.layers; ++l) {
        fits = fits && detail::aligned(egg.layer[l]);
    }
    auto const run = [&](auto const& kernel) {
        launch(place, "eggroll::egg_score", kernel.blocks(), kernel.shared_bytes, kernel);
        return true;
    };
    if (!fits) {
        return false;
    }
    switch (egg.width) {
    case 64:
        return run(ScoreEgg<64>{egg});
    case 128:
        return run(ScoreEgg<128>{egg});
    case 256:
        return run(ScoreEgg<256>{egg});
    default:
        return false;
    }
}

} // namespace eggroll::kernels::cuda
