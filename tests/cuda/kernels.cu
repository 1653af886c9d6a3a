// SPDX-License-Identifier: Apache-2.0
// The bodies of the CUDA kernels, instantiated for what the library launches, without Kokkos' run-time part: compiled for every
// architecture that has code of its own, and read by scripts/check-sass.

#include <eggroll/kernels/cuda/advance_step.hpp>
#include <eggroll/kernels/cuda/block.hpp>
#include <eggroll/kernels/cuda/fill_columns.hpp>
#include <eggroll/kernels/cuda/row_kernels.hpp>

namespace eggroll::kernels::cuda {

#define EGGROLL_INSTANTIATE(...) template __global__ void run_kernel<__VA_ARGS__>(__VA_ARGS__ const __grid_constant__)

EGGROLL_INSTANTIATE(AdvanceStep);
EGGROLL_INSTANTIATE(FillColumns<Gaussian, float>);
EGGROLL_INSTANTIATE(FillColumns<FixedPointGaussian, std::int8_t>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::AddVector<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::AddVector<std::int8_t>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::Relu<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::Tanh<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::SumOfThree>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::GatedState>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::BlendState>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::ResetRows>);
EGGROLL_INSTANTIATE(IntegerLayerNormOfRows);
EGGROLL_INSTANTIATE(LayerNormReluOfRows);
EGGROLL_INSTANTIATE(LogLikelihoodOfRows);

#undef EGGROLL_INSTANTIATE

} // namespace eggroll::kernels::cuda
