// SPDX-License-Identifier: Apache-2.0
// What CUDA's own library needs for a product without noise: the yardstick.

#include "cuda_plain_product.hpp"

#include <cublasLt.h>

#include <algorithm>
#include <limits>

namespace benchmarks {

namespace {

void check(cublasStatus_t result) {
    if (result != CUBLAS_STATUS_SUCCESS) {
        throw std::runtime_error(std::string("cuBLASLt: ") + cublasLtGetStatusString(result));
    }
}

/// A row-major matrix, which is its transpose to cuBLASLt.
cublasLtMatrixLayout_t layout(std::int64_t rows, std::int64_t columns) {
    cublasLtMatrixLayout_t result = nullptr;
    check(cublasLtMatrixLayoutCreate(&result, CUDA_R_16BF, static_cast<std::uint64_t>(columns),
                                     static_cast<std::uint64_t>(rows), columns));
    return result;
}

} // namespace

double median(std::vector<double> values) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double plain_product(cudaStream_t stream, std::int64_t rows, std::int64_t out, std::int64_t in,
                     std::vector<void const*> const& x, void const* w, std::vector<void*> const& y) {
    constexpr int proposals = 16;
    constexpr int runs = 20;
    std::size_t workspace_bytes = std::size_t{1} << 26;

    cublasLtHandle_t handle = nullptr;
    check(cublasLtCreate(&handle));
    void* workspace = nullptr;
    check_cuda(cudaMalloc(&workspace, workspace_bytes));
    cublasLtMatmulDesc_t product = nullptr;
    check(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F));
    cublasOperation_t const transposed = CUBLAS_OP_T;
    check(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed));
    auto const weights = layout(out, in);
    auto const input = layout(rows, in);
    auto const result = layout(rows, out);

    cublasLtMatmulPreference_t preference = nullptr;
    check(cublasLtMatmulPreferenceCreate(&preference));
    check(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace_bytes,
                                               sizeof workspace_bytes));
    cublasLtMatmulHeuristicResult_t algorithms[proposals];
    int found = 0;
    check(cublasLtMatmulAlgoGetHeuristic(handle, product, weights, input, result, result, preference, proposals,
                                         algorithms, &found));

    float const one = 1;
    float const zero = 0;
    double best = std::numeric_limits<double>::infinity();
    for (int proposal = 0; proposal < found; ++proposal) {
        auto const run = [&](int i) {
            auto const turn = static_cast<std::size_t>(i);
            void* const to = y[turn % y.size()];
            check(cublasLtMatmul(handle, product, &one, w, weights, x[turn % x.size()], input, &zero, to, result, to,
                                 result, &algorithms[proposal].algo, workspace, workspace_bytes, stream));
        };
        run(0);
        run(1);
        Marks marks(stream);
        marks.set();
        for (int i = 0; i < runs; ++i) {
            run(i);
            marks.set();
        }
        best = std::min(best, median(marks.milliseconds()));
    }

    cublasLtMatmulPreferenceDestroy(preference);
    for (auto const matrix : {weights, input, result}) {
        cublasLtMatrixLayoutDestroy(matrix);
    }
    cublasLtMatmulDescDestroy(product);
    cudaFree(workspace);
    cublasLtDestroy(handle);
    return best;
}

} // namespace benchmarks
