// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace benchmarks {

/// One layer of a multi-layer perceptron.
struct PlainLayer {
    std::int64_t out;
    std::int64_t in;
    std::vector<float> weight; // (out, in)
    std::vector<float> bias;   // (out)
};

/// The sum of the outputs for x (row, in of the first layer), tanh between the layers; Eigen, on the calling thread.
float run_mlp_by_eigen(std::vector<PlainLayer> const& layers, std::vector<float> const& x);

} // namespace benchmarks
