// SPDX-License-Identifier: Apache-2.0
// Eigen chooses its instructions when it is compiled: this file and plain_mlp_eigen.cpp get -march=native, nothing else
// does.
#include "plain_product.hpp"

#include <Eigen/Core>

namespace benchmarks {

void multiply_by_eigen(ProductOperands const& p) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<Matrix const> const x(p.x, p.rows, p.in);
    Eigen::Map<Matrix const> const w(p.w, p.out, p.in);
    Eigen::Map<Matrix>(p.y, p.rows, p.out).noalias() = x * w.transpose();
}

} // namespace benchmarks
