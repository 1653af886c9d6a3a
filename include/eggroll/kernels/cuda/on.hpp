// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/device/on.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace eggroll::kernels::cuda {

/// A place whose kernels are written in thread blocks (block.hpp). It is a device place as well: an operation that has
/// no overload for it runs as the generic Kokkos kernel. `Launcher` runs a grid of blocks: CudaLauncher on a GPU, a
/// test's emulator on the host.
template <class Launcher>
struct On : device::On<typename Launcher::space_type> {
    using space_type = typename Launcher::space_type;

    Launcher launcher{};

    device::On<space_type> const& generic() const { return *this; }
};

/// The kernel on a grid of `blocks` blocks, each with `shared_bytes` of shared memory, in the order of the place's
/// space; not fenced.
template <class Launcher, class Kernel>
void launch(On<Launcher> const& place, char const* label, std::int64_t blocks, std::size_t shared_bytes,
            Kernel const& kernel) {
    static_assert(std::is_trivially_copyable_v<Kernel>,
                  "A kernel is copied to the device: it must be trivially copyable.");
    static_assert(Kernel::threads % 32 == 0 && Kernel::threads <= 1024,
                  "A block has whole warps, at most 1024 threads.");
    if (blocks > 0) {
        place.launcher.run(place.space, label, blocks, shared_bytes, kernel);
    }
}

} // namespace eggroll::kernels::cuda
