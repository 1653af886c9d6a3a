// SPDX-License-Identifier: Apache-2.0
// What a profiler sees: every kernel and allocation of ours is labelled, nothing of Kokkos is called inside a host
// slice, where it would deadlock, and a device is neither waited for nor asked for memory within a generation.

#include "support/emulated_gpu.hpp"
#include "support/small_egg.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/kernels/launch.hpp>

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace {

std::mutex mutex;
std::set<std::string> labels;        // of kernels and allocations
std::set<std::string> inside_slices; // of anything
std::vector<std::string> allocations;
std::vector<std::string> fences;

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
        forget();
        namespace Tools = Kokkos::Tools::Experimental;
        Tools::set_begin_parallel_for_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_begin_parallel_reduce_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_begin_parallel_scan_callback(
            [](char const* name, std::uint32_t, std::uint64_t*) { note(name, true); });
        Tools::set_allocate_data_callback(
            [](Kokkos_Profiling_SpaceHandle, char const* name, void const*, std::uint64_t) {
                note(name, true);
                allocations.emplace_back(name);
            });
        Tools::set_begin_fence_callback([](char const* name, std::uint32_t, std::uint64_t*) {
            note(name, false);
            fences.emplace_back(name);
        });
        Tools::set_begin_deep_copy_callback([](Kokkos_Profiling_SpaceHandle, char const*, void const*,
                                               Kokkos_Profiling_SpaceHandle, char const*, void const*,
                                               std::uint64_t) { note("deep_copy", false); });
    }
    static void forget() {
        allocations.clear();
        fences.clear();
    }
    ~Watch() { Kokkos::Tools::Experimental::pause_tools(); }
};

struct FirstOutput {
    eggroll::Array2<float const> output; // (member, feature)
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        fitness(member) = static_cast<double>(output(member, 0));
    }
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

namespace {

/// Generations after the first allocate nothing and wait only where it is said, each as often as in `waits`.
template <class Step>
void check_generations(Step const& step, std::vector<std::string> const& waits) {
    Kokkos::Tools::Experimental::resume_tools();
    Watch const watch;
    step();
    for (int generation = 1; generation < 4; ++generation) {
        Watch::forget();
        step();
        CHECK(allocations == std::vector<std::string>{});
        std::erase_if(fences, [](auto const& name) { // the watcher's own, and of a copy of memory to itself
            return name.starts_with("Kokkos::Tools::") || name.starts_with("Kokkos::deep_copy");
        });
        CHECK(fences == waits);
    }
}

template <class Execution>
void check_integer(std::int64_t population, Execution const& execution) {
    test::SmallEgg<Execution> egg(population, 6, execution);
    check_generations([&] { egg.step(); }, {"eggroll::evaluate", "eggroll::update"});
}

} // namespace

TEST_CASE("whole population: no allocation and no waiting within a generation") {
    using Device = eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>;
    using Cuda = eggroll::WholePopulation<Kokkos::Serial, eggroll::testing::EmulatedGpu>;
    INFO("a chunk to measure, then larger ones");
    check_integer(256, Device{.arena_bytes = 1 << 18});
    check_integer(256, Device{});
    INFO("recorded and replayed");
    check_integer(16, Cuda{});
}

TEST_CASE("whole population: an optimizer that measures is waited for once more") {
    using Device = eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>;
    eggroll::EvolutionStrategy es{eggroll::Mlp<float>({3, 20, 2}),
                                  eggroll::LowRank<2>{},
                                  eggroll::ClipNorm<eggroll::Adam>{},
                                  {.population = 64},
                                  eggroll::CentredRank{},
                                  Device{}};
    using Members = decltype(es)::members_type;
    std::vector<float> const data(3, 0.5F);
    eggroll::Array2<float const> const x{data.data(), 1, 3, 3};
    check_generations(
        [&] {
            es.step([&](Members const& members, Members::fitness_type fitness) {
                members.for_each(members.size(), FirstOutput{es.model().forward(members, members.shared(x)), fitness});
            });
        },
        {"eggroll::evaluate", "eggroll::measure", "eggroll::update"});
}
