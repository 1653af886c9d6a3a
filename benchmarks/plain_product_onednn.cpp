// SPDX-License-Identifier: Apache-2.0
#include "plain_product.hpp"

#include <oneapi/dnnl/dnnl.h>

#include <omp.h>

#include <stdexcept>

namespace benchmarks {

void multiply_by_onednn(ProductOperands const& p) {
    int const threads = omp_get_max_threads();
    omp_set_num_threads(1);
    auto const status = dnnl_sgemm('N', 'T', p.rows, p.out, p.in, 1.0F, p.x, p.in, p.w, p.in, 0.0F, p.y, p.out);
    omp_set_num_threads(threads);
    if (status != dnnl_success) {
        throw std::runtime_error("dnnl_sgemm failed with status " + std::to_string(status));
    }
}

} // namespace benchmarks
