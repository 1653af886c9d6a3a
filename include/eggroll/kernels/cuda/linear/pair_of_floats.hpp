// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// Two neighbours of a row, moved by one instruction.
struct alignas(8) PairOfFloats {
    float first = 0;
    float second = 0;
};

/// Elements `at` (even) and the next of a row of `length` elements, zero beyond its end.
KOKKOS_FORCEINLINE_FUNCTION PairOfFloats load_pair(float const* row, std::int64_t at, std::int64_t length) {
    auto const aligned = reinterpret_cast<std::uintptr_t>(row) % sizeof(PairOfFloats) == 0;
    if (aligned && at + 1 < length) {
        return *reinterpret_cast<PairOfFloats const*>(row + at);
    }
    return {at < length ? row[at] : 0.0f, at + 1 < length ? row[at + 1] : 0.0f};
}

/// The same elements written, as far as the row goes.
KOKKOS_FORCEINLINE_FUNCTION void store_pair(float* row, std::int64_t at, std::int64_t length, PairOfFloats pair) {
    auto const aligned = reinterpret_cast<std::uintptr_t>(row) % sizeof(PairOfFloats) == 0;
    if (aligned && at + 1 < length) {
        *reinterpret_cast<PairOfFloats*>(row + at) = pair;
        return;
    }
    if (at < length) {
        row[at] = pair.first;
    }
    if (at + 1 < length) {
        row[at + 1] = pair.second;
    }
}

/// The same rounded to 16-bit floats. `length` is even and the row aligned to 4 bytes.
template <class Stored>
KOKKOS_FORCEINLINE_FUNCTION void store_rounded(Stored* row, std::int64_t at, std::int64_t length, PairOfFloats pair) {
    using Traits = StorageTraits<Stored>;
    if (at < length) {
        std::uint32_t const lower = Traits::from_real(pair.first).bits();
        std::uint32_t const upper = Traits::from_real(pair.second).bits();
        *reinterpret_cast<std::uint32_t*>(row + at) = upper << 16 | lower;
    }
}

} // namespace eggroll::kernels::cuda
