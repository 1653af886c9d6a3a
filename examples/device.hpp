// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// --device: whether a program runs on the host's threads or on the GPU that its build is for.

#include <eggroll/eggroll.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <type_traits>

namespace device {

/// Where the build's Kokkos runs kernels unless told otherwise.
using Space = Kokkos::DefaultExecutionSpace;
inline constexpr bool gpu_build = !std::is_same_v<Space, Kokkos::DefaultHostExecutionSpace>;

/// "cuda" in a build for CUDA.
inline std::string gpu_name() {
    std::string name = Space::name();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name;
}

/// The device that `asked` names, the GPU if it is empty and the build has one: "cpu" or gpu_name(). May be called
/// before Kokkos is initialised. Throws eggroll::Error where that device isn't.
inline std::string choose(std::string const& asked) {
    if constexpr (gpu_build) {
        // Kokkos can't start without one, whatever runs on it.
        EGGROLL_EXPECTS(Kokkos::num_devices() > 0, "this program was built for " + gpu_name() +
                                                       " and finds no GPU: look at the driver and "
                                                       "CUDA_VISIBLE_DEVICES, or build without EGGROLL_ENABLE_CUDA");
        std::string name = asked.empty() ? gpu_name() : asked;
        EGGROLL_EXPECTS(name == "cpu" || name == gpu_name(),
                        "--device " + name + ": this build has cpu and " + gpu_name());
        return name;
    } else {
        EGGROLL_EXPECTS(asked.empty() || asked == "cpu",
                        "--device " + asked + ": this build has cpu alone" +
                            (asked == "cuda" ? "; build with the preset cuda, or -D EGGROLL_ENABLE_CUDA=ON" : ""));
        return "cpu";
    }
}

/// use(execution policy) of a device that choose() returned.
template <class Use>
auto with_execution(std::string const& name, Use const& use) {
    if constexpr (gpu_build) {
        if (name != "cpu") {
            return use(eggroll::WholePopulation<Space>{});
        }
    }
    return use(eggroll::HostSlices<>{});
}

/// An array that the host writes and reads, and kernels too, each in its own memory, which may be the same.
template <class T, class MemorySpace>
class Shared {
public:
    explicit Shared(std::size_t size = 0) : device_("array", size), host_(Kokkos::create_mirror_view(device_)) {}

    std::size_t size() const { return device_.extent(0); }
    T* begin() const { return host_.data(); }
    T* end() const { return host_.data() + size(); }
    /// Where kernels run.
    T* data() const { return device_.data(); }

    /// What the host wrote goes where kernels run.
    void give() const { Kokkos::deep_copy(device_, host_); }
    /// What kernels wrote comes to the host.
    void take() const { Kokkos::deep_copy(host_, device_); }

private:
    Kokkos::View<T*, MemorySpace> device_;
    typename Kokkos::View<T*, MemorySpace>::host_mirror_type host_;
};

} // namespace device
