// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Which place a device's execution space has: the generic kernels, or on CUDA those of this folder before them.

#include <eggroll/kernels/device/kernels.hpp>

#if defined(KOKKOS_ENABLE_CUDA)
#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/kernels/cuda/launcher.hpp>
#endif

namespace eggroll::kernels {

template <class Space>
struct PlaceOfSpace {
    using type = device::On<Space>;
};

#if defined(KOKKOS_ENABLE_CUDA)
template <>
struct PlaceOfSpace<Kokkos::Cuda> {
    using type = cuda::On<cuda::CudaLauncher>;
};
#endif

/// The default place of WholePopulation.
template <class Space>
using DevicePlace = typename PlaceOfSpace<Space>::type;

} // namespace eggroll::kernels
