// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>
#include <eggroll/error.hpp>
#include <eggroll/kernels/operands.hpp>

#include <concepts>
#include <cstdint>

namespace eggroll {

namespace detail {
[[noreturn]] inline void refuse_step_on_host() {
    throw Error("the number of a step of members.repeat() was read on the host, but its body is recorded once and "
                "replayed by the device; read it in a functor of members.for_each, or give it to members.column");
}
} // namespace detail

/// The number of a step of repeat(), readable where kernels run. `step + 1` is a handle of the same kind.
///
/// On a host, and in a loop of one's own, it is `index`. Where a step is recorded once and replayed, it is `index` more
/// than a number in the device's memory; then reading it elsewhere than in a kernel throws eggroll::Error.
struct Step {
    std::int64_t index = 0;
    std::int64_t const* number = nullptr; // of the step that the device runs, or null
    bool const* in_host_kernel = nullptr; // whether the host is running a kernel, where it may; null elsewhere

    KOKKOS_FUNCTION operator std::int64_t() const {
        if (number == nullptr) {
            return index;
        }
        KOKKOS_IF_ON_HOST((if (in_host_kernel == nullptr || !*in_host_kernel) { detail::refuse_step_on_host(); }))
        return *number + index;
    }

    template <std::integral Count>
    KOKKOS_FUNCTION Step operator+(Count later) const {
        return {index + static_cast<std::int64_t>(later), number, in_host_kernel};
    }
    template <std::integral Count>
    KOKKOS_FUNCTION Step operator-(Count earlier) const {
        return {index - static_cast<std::int64_t>(earlier), number, in_host_kernel};
    }
};

namespace kernels {

/// to (row, 1) = column `step` of from (row, column).
template <class T>
struct CopyColumn {
    Array2<T const> from;
    Step step;
    Array2<T> to;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const { to(row, 0) = from(row, step); }
};

} // namespace kernels

} // namespace eggroll
