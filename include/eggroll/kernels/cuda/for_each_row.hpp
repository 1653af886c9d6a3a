// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/cuda/rows/row_kernels.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Kernel::rows_of_block rows by each block.
template <class Kernel, class Launcher, class RowFunctor>
void launch_rows(On<Launcher> const& place, char const* label, std::int64_t rows, std::int64_t columns,
                 RowFunctor const& functor) {
    launch(place, label, (rows + Kernel::rows_of_block - 1) / Kernel::rows_of_block, 0, Kernel{functor, rows, columns});
}

// Rows by warps, for functors that are known; all others run as the generic device kernel, a thread for each row.

template <class Launcher, class RowFunctor>
requires requires(RowFunctor const& functor) {
    at_column(functor, 0).y;
}
void for_each_row(On<Launcher> const& place, std::int64_t rows, RowFunctor const& functor) {
    launch_rows<ElementsOfRows<RowFunctor>>(place, "eggroll::elements", rows, functor.y.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::GatedState const& functor) {
    launch_rows<ElementsOfRows<rows::GatedState>>(place, "eggroll::gated_state", rows, functor.q.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::BlendState const& functor) {
    launch_rows<ElementsOfRows<rows::BlendState>>(place, "eggroll::blend_state", rows, functor.s.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::ResetRows const& functor) {
    launch_rows<ElementsOfRows<rows::ResetRows>>(place, "eggroll::reset_rows", rows, functor.state.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::LayerNormRelu const& functor) {
    launch_rows<LayerNormReluOfRows>(place, "eggroll::layer_norm_relu", rows, functor.y.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::IntegerLayerNorm const& functor) {
    launch_rows<IntegerLayerNormOfRows>(place, "eggroll::integer_layer_norm", rows, functor.y.columns, functor);
}
template <class Launcher>
void for_each_row(On<Launcher> const& place, std::int64_t rows, rows::LogLikelihood const& functor) {
    launch_rows<LogLikelihoodOfRows>(place, "eggroll::log_likelihood", rows, rows::LogLikelihood::bytes, functor);
}

} // namespace eggroll::kernels::cuda
