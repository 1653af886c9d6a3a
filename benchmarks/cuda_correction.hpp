// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/linear.hpp>

#include <cstdint>

namespace benchmarks {

/// The other way to a perturbed product, as a baseline: a library has computed y (row, out) = x W^T, and kernels of
/// their own add the noise. They read x and y once more than the fused product, and write y once more.
///
/// \param x  (row, in), a row of its own for each of y
/// \param t  room for (row, component)
/// \param y  dense
template <class Launcher, class Noise>
void add_noise(eggroll::kernels::cuda::On<Launcher> const& place, Noise const& noise, eggroll::Input<float> const& x,
               eggroll::MemberRows const& members, float* t, eggroll::Array2<float> const& y) {
    namespace cuda = eggroll::kernels::cuda;
    cuda::detail::project(place, noise, x, members, y.rows, x.data.columns, t, static_cast<float*>(nullptr), false);
    auto const a = cuda::detail::factor_a(noise, y.columns);
    cuda::LowRankTerms const terms{{members, y.rows}, t, noise.rank, noise.scale.factor};
    cuda::AddLowRank<decltype(cuda::detail::factor_a(noise, 0))> const kernel{{terms, a, y}, x, y.data};
    launch(place, "benchmarks::add_noise", kernel.blocks(), 0, kernel);
}

} // namespace benchmarks
