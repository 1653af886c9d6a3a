// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/block.hpp>
#include <eggroll/kernels/cuda/check.hpp>
#include <eggroll/kernels/cuda/graph.hpp>
#include <eggroll/kernels/cuda/hopper/encode.hpp>
#include <eggroll/kernels/step.hpp>

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <cstdint>

#if defined(KOKKOS_ENABLE_CUDA)

namespace eggroll::kernels::cuda {

/// Never launched: its static shared memory tells which code of the program a device has loaded. Only that for sm_90a
/// has Hopper's instructions; a program built for sm_90 alone runs on the same devices without them.
inline constexpr int hopper_marker_bytes = 8192; // more than a system reserves for itself
template <class = void>
__global__ void hopper_probe() {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    __shared__ char volatile marker[hopper_marker_bytes];
    marker[threadIdx.x] = 0;
#endif
}

/// Runs kernels on the stream of a Kokkos::Cuda.
struct CudaLauncher {
    using space_type = Kokkos::Cuda;
    using graph_type = CudaGraph;

    template <class Kernel>
    void run(Kokkos::Cuda const& space, char const* label, std::int64_t blocks, std::size_t shared_bytes,
             Kernel const& kernel) const {
        constexpr std::size_t always_granted = 48 * 1024;
        if (shared_bytes > always_granted) {
            check(cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                       static_cast<int>(shared_bytes)),
                  label);
        }
        run_kernel<Kernel><<<static_cast<unsigned>(blocks), static_cast<unsigned>(Kernel::threads), shared_bytes,
                             space.cuda_stream()>>>(kernel);
        check(cudaGetLastError(), label);
    }

    /// The step whose number is in the device's memory.
    Step step(std::int64_t const* number) const { return {0, number, nullptr}; }

    /// For grids that stay: one block for each, or a few.
    int multiprocessors(Kokkos::Cuda const& space) const { return space.cuda_device_prop().multiProcessorCount; }

    /// Whether kernels that need HopperBlock can run: on devices of capability 9.0, in programs with code for sm_90a.
    bool runs_hopper_code(Kokkos::Cuda const& space) const {
        cudaDeviceProp const& device = space.cuda_device_prop();
        if (device.major != 9 || device.minor != 0) {
            return false;
        }
        static bool const loaded = [] {
            cudaFuncAttributes attributes{};
            check(cudaFuncGetAttributes(&attributes, hopper_probe<>), "asking for code for sm_90a");
            return attributes.sharedSizeBytes >= hopper_marker_bytes;
        }();
        return loaded;
    }
    /// Of a member of a kernel, before it is launched.
    void encode(TensorMap& map) const { cuda::encode(map); }
};

} // namespace eggroll::kernels::cuda

#endif
