// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a CUDA stream that is being recorded does, on the host: launches are kept, not run, and run when they are
/// replayed. So a step that works only because its body is called for every step shows as a wrong result.

#include <eggroll/kernels/device/on.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace eggroll::testing {

/// Where launches go.
struct Recording {
    using Launches = std::vector<std::function<void()>>;

    static inline Launches* open = nullptr; // of the graph that is being recorded
    static inline bool in_kernel = false;
    static inline std::int64_t graphs = 0;  // recorded so far
    static inline std::int64_t replays = 0; // of graphs so far

    /// Runs a launch, or keeps it.
    static void submit(std::function<void()> launch) {
        if (open != nullptr) {
            open->push_back(std::move(launch));
            return;
        }
        struct Inside {
            Inside() { in_kernel = true; }
            ~Inside() { in_kernel = false; }
        } const inside;
        launch();
    }
};

/// Kokkos::Serial, but that kernels of the generic device route are recorded as well, and that waiting is refused while
/// they are.
class RecordedSerial : public Kokkos::Serial {
public:
    void fence(std::string const& name = "eggroll::test") const {
        if (Recording::open != nullptr) {
            throw std::runtime_error("the host waits for a stream that is being recorded");
        }
        Kokkos::Serial::fence(name);
    }
};

/// Found by argument before the library's own.
template <class Functor>
void launch(kernels::device::On<RecordedSerial> const& place, char const* label, std::int64_t count,
            Functor const& functor) {
    Kokkos::Serial const space = place.space;
    Recording::submit([=] { launch(kernels::device::On<Kokkos::Serial>{space}, label, count, functor); });
}

/// A graph: see kernels/cuda/graph.hpp.
class EmulatedGraph {
public:
    bool recording() const { return Recording::open == &launches_; }

    template <class Body>
    void record(RecordedSerial const&, Body const& body) {
        struct Open {
            explicit Open(Recording::Launches& launches) { Recording::open = &launches; }
            ~Open() { Recording::open = nullptr; }
        };
        launches_.clear();
        ++Recording::graphs;
        Open const open(launches_);
        body();
    }

    void replay(RecordedSerial const&, std::int64_t times) const {
        for (; times > 0; --times, ++Recording::replays) {
            for (auto const& launch : launches_) {
                Recording::submit(launch);
            }
        }
    }

private:
    Recording::Launches launches_;
};

} // namespace eggroll::testing
