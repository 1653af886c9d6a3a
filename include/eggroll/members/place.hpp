// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/device/on.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/kernels/reference/place.hpp>
#include <eggroll/members/arena.hpp>

namespace eggroll {

/// What Members needs to know of a place where kernels run: whose memory its scratch is, whether its kernels read
/// packed weights, whether they have run when they return, and whether they regenerate noise of low rank themselves
/// (float values; where an operation is repeated it is generated once all the same).
template <class Place>
struct PlaceTraits;

template <>
struct PlaceTraits<kernels::host::Thread> {
    using arena_type = Arena<HostSliceMemory>;
    static constexpr bool packs_weights = true;
    static constexpr bool synchronous = true;
    static constexpr bool regenerates_low_rank = false;
};

template <>
struct PlaceTraits<kernels::reference::Place> {
    using arena_type = Arena<HostSliceMemory>;
    static constexpr bool packs_weights = false;
    static constexpr bool synchronous = true;
    static constexpr bool regenerates_low_rank = false;
};

template <class Space>
struct PlaceTraits<kernels::device::On<Space>> {
    using arena_type = Arena<ChunkMemory<typename Space::memory_space>>;
    static constexpr bool packs_weights = false;
    static constexpr bool synchronous = false;
    static constexpr bool regenerates_low_rank = false;
};

template <class Launcher>
struct PlaceTraits<kernels::cuda::On<Launcher>> : PlaceTraits<kernels::device::On<typename Launcher::space_type>> {
    static constexpr bool regenerates_low_rank = true;
};

} // namespace eggroll
