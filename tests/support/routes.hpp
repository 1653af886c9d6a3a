// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The routes by which a model can run, as type parameters of tests that all of them must pass.

#include "emulated_gpu.hpp"
#include "instruction_sets.hpp"

#include <eggroll/members/host_slices.hpp>
#include <eggroll/members/whole_population.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <string>
#include <tuple>

namespace eggroll::testing {

/// kernels::host::Thread with an instruction set that the test chooses, not the environment.
struct ChosenThread : kernels::host::Thread {
    static inline kernels::host::Isa chosen = kernels::host::Isa::scalar;
    ChosenThread() : Thread{chosen} {}
};

/// Members in a slice, or in a chunk: one pair, or the default.
inline std::int64_t each_slice_size() {
    return GENERATE(std::int64_t{2}, std::int64_t{0});
}

/// Naive loops.
struct ReferenceRoute {
    static std::string description() { return "reference"; }
    using place_type = kernels::reference::Place;
    using execution_type = HostSlices<Kokkos::DefaultHostExecutionSpace, place_type>;
    static place_type each_place() { return {}; }
    static execution_type each_execution() { return {.workers = 0, .slice_members = 0}; }
};

/// SIMD kernels, with every instruction set in turn.
struct HostRoute {
    static std::string description() { return std::string("host ") + kernels::host::name(ChosenThread::chosen); }
    using place_type = ChosenThread;
    using execution_type = HostSlices<Kokkos::DefaultHostExecutionSpace, place_type>;
    static place_type each_place() {
        ChosenThread::chosen = each_instruction_set().isa;
        return {};
    }
    static execution_type each_execution() {
        each_place();
        return {.workers = 0, .slice_members = each_slice_size()};
    }
};

/// Kernels launched on an execution space.
template <class Space>
struct DeviceRoute {
    static std::string description() { return std::string("device ") + Space::name(); }
    using place_type = kernels::DevicePlace<Space>;
    using execution_type = WholePopulation<Space>;
    static place_type each_place() { return {}; }
    static execution_type each_execution() { return {.chunk_members = each_slice_size()}; }
};

/// The kernels of thread blocks, emulated.
struct CudaRoute {
    static std::string description() { return "emulated CUDA"; }
    using place_type = EmulatedGpu;
    using execution_type = WholePopulation<Kokkos::Serial, EmulatedGpu>;
    static place_type each_place() { return {}; }
    static execution_type each_execution() { return {.chunk_members = each_slice_size()}; }
};

using Routes = std::tuple<ReferenceRoute, HostRoute,
#if defined(KOKKOS_ENABLE_SERIAL)
                          DeviceRoute<Kokkos::Serial>, CudaRoute,
#endif
                          DeviceRoute<Kokkos::DefaultExecutionSpace>>;

} // namespace eggroll::testing

template <>
struct eggroll::PlaceTraits<eggroll::testing::ChosenThread> : eggroll::PlaceTraits<eggroll::kernels::host::Thread> {};
