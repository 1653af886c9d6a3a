// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The baseline of perturbed products: the plain fp32 product, by every library that the build found, on the calling
/// thread. All start from plain row-major operands, so that packing counts for each.

#include <cstdint>
#include <string>
#include <vector>

namespace benchmarks {

/// y (row, out) = x (row, in) times the transpose of w (out, in).
struct ProductOperands {
    std::int64_t rows;
    std::int64_t out;
    std::int64_t in;
    float const* x;
    float const* w;
    float* y;
};

struct PlainProduct {
    std::string library;
    void (*multiply)(ProductOperands const&);
};

/// What the build has: Eigen and this library's own rank 0 always, OpenBLAS and oneDNN where they were found.
std::vector<PlainProduct> plain_products();

void multiply_by_eigen(ProductOperands const& operands);
void multiply_by_eggroll(ProductOperands const& operands);
void multiply_by_openblas(ProductOperands const& operands);
void multiply_by_onednn(ProductOperands const& operands);

/// Registers plain_product/rows:R/out:O/in:I/library:L for each library, which counts GFLOP/s.
void register_plain_products(std::int64_t rows, std::int64_t out, std::int64_t in);

} // namespace benchmarks
