// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/hopper/tensor_map.hpp>

#include <cstring>
#include <string>

#if defined(KOKKOS_ENABLE_CUDA)

#include <cuda.h>
#include <cuda_runtime_api.h>

namespace eggroll::kernels::cuda {

/// The driver's function that encodes tensor maps, asked for at run time, so that programs need not link the driver's
/// library.
inline auto tensor_map_encoder() {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found{};
#if CUDART_VERSION >= 12050
    auto const result =
        cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found);
#else
    auto const result = cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &function, cudaEnableDefault, &found);
#endif
    EGGROLL_EXPECTS(result == cudaSuccess && found == cudaDriverEntryPointSuccess,
                    "the CUDA driver has no cuTensorMapEncodeTiled: kernels for Hopper need a driver for CUDA 12.0 or "
                    "newer.");
    return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
}

/// Fills in `map.opaque`. Throws eggroll::Error if the driver refuses the description.
inline void encode(TensorMap& map) {
    static auto const encoder = tensor_map_encoder();
    CUtensorMap encoded;
    static_assert(sizeof(encoded) == sizeof(map.opaque));
    CUtensorMapDataType const types[] = {CU_TENSOR_MAP_DATA_TYPE_FLOAT16, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16,
                                         CU_TENSOR_MAP_DATA_TYPE_UINT8};
    // The fastest dimension first. Along it no stride is given.
    cuuint64_t const extents[] = {static_cast<cuuint64_t>(map.columns), static_cast<cuuint64_t>(map.rows)};
    cuuint64_t const strides[] = {static_cast<cuuint64_t>(map.stride_bytes)};
    cuuint32_t const tile[] = {static_cast<cuuint32_t>(TensorMap::tile_columns(map.element)),
                               static_cast<cuuint32_t>(map.tile_rows)};
    cuuint32_t const steps[] = {1, 1};
    CUresult const result =
        encoder(&encoded, types[static_cast<int>(map.element)], 2, const_cast<void*>(map.data), extents, strides, tile,
                steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    EGGROLL_EXPECTS(result == CUDA_SUCCESS, "the CUDA driver refuses to copy tiles of " +
                                                std::to_string(map.tile_rows) + " rows from a " +
                                                std::to_string(map.rows) + " x " + std::to_string(map.columns) +
                                                " matrix with rows " + std::to_string(map.stride_bytes) +
                                                " bytes apart (error " + std::to_string(static_cast<int>(result)) +
                                                "): pointers and strides must be multiples of 16 bytes.");
    std::memcpy(map.opaque, &encoded, sizeof(encoded));
}

} // namespace eggroll::kernels::cuda

#endif
