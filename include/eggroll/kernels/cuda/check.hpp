// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>

#include <Kokkos_Core.hpp>

#include <string>

#if defined(KOKKOS_ENABLE_CUDA)

namespace eggroll::kernels::cuda {

/// Throws eggroll::Error unless a call of the CUDA runtime succeeded.
inline void check(cudaError_t result, char const* what) {
    EGGROLL_EXPECTS(result == cudaSuccess, std::string(what) + ": CUDA says \"" + cudaGetErrorString(result) + "\"");
}

} // namespace eggroll::kernels::cuda

#endif
