// SPDX-License-Identifier: Apache-2.0
#include "plain_product.hpp"

#include <cblas.h>

namespace benchmarks {

void multiply_by_openblas(ProductOperands const& p) {
    static bool const one_thread = (openblas_set_num_threads(1), true);
    (void)one_thread;
    auto const rows = static_cast<blasint>(p.rows);
    auto const out = static_cast<blasint>(p.out);
    auto const in = static_cast<blasint>(p.in);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, out, in, 1.0F, p.x, in, p.w, in, 0.0F, p.y, out);
}

} // namespace benchmarks
