// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

enum class TensorElement : std::uint8_t { half, bfloat16, int8 };

template <class Element>
inline constexpr TensorElement tensor_element = TensorElement::int8;
template <>
inline constexpr TensorElement tensor_element<half> = TensorElement::half;
template <>
inline constexpr TensorElement tensor_element<bfloat16> = TensorElement::bfloat16;

/// A row-major matrix of which whole tiles are copied to shared memory, as it stands in a kernel's struct: tiles of
/// `tile_rows` rows of 128 bytes, swizzled (HopperBlock::copy_tile says how). `opaque` is what the copy engine reads,
/// made of the rest by the launcher's `encode` on the host.
struct TensorMap {
    void const* data = nullptr; // a multiple of 16
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t stride_bytes = 0; // from one row to the next, a multiple of 16
    std::int32_t tile_rows = 0;    // at most 256
    TensorElement element = TensorElement::bfloat16;
#if defined(KOKKOS_ENABLE_CUDA)
    alignas(64) std::byte opaque[128] = {};
#endif

    /// Of a row of a tile: 128 bytes.
    static KOKKOS_FUNCTION constexpr int tile_columns(TensorElement element) {
        return element == TensorElement::int8 ? 128 : 64;
    }
};

} // namespace eggroll::kernels::cuda
