// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The one place that starts threads for host slices. Inside a slice nothing may call Kokkos: it holds a lock that is
/// not recursive, so a nested `parallel_for`, `fence` or View would wait for ever.

#include <eggroll/error.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>

namespace eggroll::kernels {

namespace detail {

inline bool& inside_host_slice_flag() {
    thread_local bool inside = false;
    return inside;
}

/// Sets the calling thread's flag for as long as it lives.
class HostSliceScope {
public:
    HostSliceScope() : before_(inside_host_slice_flag()) { inside_host_slice_flag() = true; }
    ~HostSliceScope() { inside_host_slice_flag() = before_; }
    HostSliceScope(HostSliceScope const&) = delete;
    HostSliceScope& operator=(HostSliceScope const&) = delete;

private:
    bool before_;
};

/// What the workers of one launch share.
template <class Task>
struct TaskQueue {
    Task* task = nullptr;
    std::int64_t tasks = 0;
    std::atomic<std::int64_t> next{0};
    std::mutex mutex; // of what follows
    std::int64_t failed_task = 0;
    std::exception_ptr failure;

    void work(int worker) {
        HostSliceScope const scope;
        for (std::int64_t index = next++; index < tasks; index = next++) {
            try {
                (*task)(worker, index);
            } catch (...) {
                std::scoped_lock const lock(mutex);
                // Tasks are handed out in order, so all before the first that fails have been started: which exception
                // is kept doesn't depend on the threads' timing.
                if (!failure || index < failed_task) {
                    failed_task = index;
                    failure = std::current_exception();
                }
                next = tasks;
            }
        }
    }
};

template <class Task>
struct Worker {
    TaskQueue<Task>* queue;
    void operator()(int worker) const { queue->work(worker); }
};

} // namespace detail

/// Whether the calling thread runs a task of `run_workers`.
inline bool inside_host_slice() {
    return detail::inside_host_slice_flag();
}

/// Throws eggroll::Error inside a host slice. `operation` is what the user called.
inline void refuse_inside_host_slice(std::string_view operation) {
    EGGROLL_EXPECTS(!inside_host_slice(),
                    std::string(operation) +
                        " was called from inside an objective that runs on host slices, where it would wait "
                        "for ever; call it outside, or use the WholePopulation execution policy");
}

/// Throws eggroll::Error unless Kokkos is initialised; the library never does it.
inline void check_kokkos_initialized() {
    EGGROLL_EXPECTS(Kokkos::is_initialized() && !Kokkos::is_finalized(),
                    "Kokkos is not initialised: put `Kokkos::ScopeGuard kokkos(argc, argv);` first in main, and use "
                    "eggroll while it lives");
}

/// Calls task(worker, index) for index = 0 .. tasks - 1, on `workers` workers of a host space, in parallel as far as
/// the space has threads. Each worker takes the next index when it is done with one; it has one thread to itself while
/// it works, so whatever belongs to a worker (an arena) needs no lock. Returns when all tasks are done.
///
/// After an exception no further task is started; the one of the lowest index is rethrown here.
/// \throws eggroll::Error when called from inside a task, or before Kokkos is initialised.
template <class Space, class Task>
void run_workers(Space const& space, int workers, std::int64_t tasks, Task&& task) {
    static_assert(Kokkos::SpaceAccessibility<Space, Kokkos::HostSpace>::accessible,
                  "run_workers: host slices run on an execution space of the host");
    refuse_inside_host_slice("run_workers");
    check_kokkos_initialized();
    EGGROLL_EXPECTS(workers > 0, "run_workers: " + std::to_string(workers) + " workers; use at least one");
    using Queue = detail::TaskQueue<std::remove_reference_t<Task>>;
    Queue queue;
    queue.task = &task;
    queue.tasks = tasks;
    int const used = static_cast<int>(std::min<std::int64_t>(workers, std::max<std::int64_t>(tasks, 1)));
    using Policy = Kokkos::RangePolicy<Space, Kokkos::Schedule<Kokkos::Static>, Kokkos::IndexType<int>>;
    Kokkos::parallel_for("eggroll::slices", Policy(space, 0, used, Kokkos::ChunkSize(1)),
                         detail::Worker<std::remove_reference_t<Task>>{&queue});
    space.fence("eggroll::slices");
    if (queue.failure) {
        std::rethrow_exception(queue.failure);
    }
}

} // namespace eggroll::kernels
