// SPDX-License-Identifier: Apache-2.0
// What a profiler sees: every kernel and allocation of ours is labelled, and nothing of Kokkos is called inside a host
// slice, where it would deadlock.

#include "support/small_egg.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/kernels/launch.hpp>

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <set>
#include <string>

namespace {

std::mutex mutex;
std::set<std::string> labels;        // of kernels and allocations
std::set<std::string> inside_slices; // of anything

void note(std::string const& label, bool labelled) {
    std::scoped_lock const lock(mutex);
    if (labelled) {
        labels.insert(label);
    }
    if (eggroll::kernels::inside_host_slice()) {
        inside_slices.insert(label);
    }
}

/// Callbacks for as long as it lives.
class Watch {
public:
    Watch() {
        labels.clear();
        inside_slices.clear();
        namespace Tools = Kokkos::Tools::Experimental;
        Tools::set_begin_parallel_for_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_begin_parallel_reduce_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_begin_parallel_scan_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_allocate_data_callback(
            [](Kokkos_Profiling_SpaceHandle, char const* name, void const*, std::uint64_t) { note(name, true); });
        Tools::set_begin_fence_callback([](char const* name, std::uint32_t, std::uint64_t*) { note(name, false); });
        Tools::set_begin_deep_copy_callback([](Kokkos_Profiling_SpaceHandle, char const*, void const*,
                                               Kokkos_Profiling_SpaceHandle, char const*, void const*,
                                               std::uint64_t) { note("deep_copy", false); });
    }
    ~Watch() { Kokkos::Tools::Experimental::pause_tools(); }
};

void check_labels() {
    REQUIRE(!labels.empty());
    for (auto const& label : labels) {
        INFO(label);
        CHECK((label.starts_with("eggroll::") || label.starts_with("Kokkos::")));
    }
    for (auto const& label : inside_slices) {
        FAIL_CHECK("Kokkos was called inside a host slice: " << label);
    }
}

} // namespace

TEST_CASE("host slices: labels, and no Kokkos call inside") {
    Watch const watch;
    test::SmallEgg<eggroll::HostSlices<>> egg;
    egg.step();
    egg.step();
    CHECK(labels.contains("eggroll::slices"));
    check_labels();
}

TEST_CASE("whole population: labels") {
    Kokkos::Tools::Experimental::resume_tools();
    Watch const watch;
    test::SmallEgg<eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>> egg;
    egg.step();
    egg.step();
    CHECK(labels.size() > 5);
    check_labels();
}
