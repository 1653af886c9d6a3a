// SPDX-License-Identifier: Apache-2.0
#include "plain_mlp.hpp"

#include <Eigen/Core>

namespace benchmarks {

float run_mlp_by_eigen(std::vector<PlainLayer> const& layers, std::vector<float> const& x) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    std::int64_t const in = layers.front().in;
    Matrix y = Eigen::Map<Matrix const>(x.data(), static_cast<std::int64_t>(x.size()) / in, in);
    for (auto const& layer : layers) {
        if (&layer != &layers.front()) {
            y = y.array().tanh().matrix().eval();
        }
        Eigen::Map<Matrix const> const w(layer.weight.data(), layer.out, layer.in);
        Eigen::Map<Eigen::RowVectorXf const> const bias(layer.bias.data(), layer.out);
        Matrix next(y.rows(), layer.out);
        next.noalias() = y * w.transpose();
        next.rowwise() += bias;
        y.swap(next);
    }
    return y.sum();
}

} // namespace benchmarks
