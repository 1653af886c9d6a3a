// SPDX-License-Identifier: Apache-2.0

#include <eggroll/kernels/launch.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kernels = eggroll::kernels;

TEMPLATE_TEST_CASE("every task runs once, and a worker runs one at a time", "[launch]", Kokkos::Serial,
                   Kokkos::DefaultHostExecutionSpace) {
    int const workers = GENERATE(1, 2, 4);
    std::int64_t const tasks = GENERATE(0, 1, 3, 500);
    std::vector<int> runs(static_cast<std::size_t>(tasks), 0);
    std::vector<std::atomic<int>> busy(static_cast<std::size_t>(workers));
    std::atomic<int> overlaps = 0;
    std::atomic<int> outside = 0;
    kernels::run_workers(TestType(), workers, tasks, [&](int worker, std::int64_t index) {
        overlaps += busy[static_cast<std::size_t>(worker)]++ == 0 ? 0 : 1;
        outside += kernels::inside_host_slice() ? 0 : 1;
        ++runs[static_cast<std::size_t>(index)];
        --busy[static_cast<std::size_t>(worker)];
    });
    CHECK(runs == std::vector<int>(static_cast<std::size_t>(tasks), 1));
    CHECK(overlaps == 0);
    CHECK(outside == 0);
    CHECK_FALSE(kernels::inside_host_slice());
}

TEMPLATE_TEST_CASE("the exception of the lowest task is rethrown and the rest abandoned", "[launch]", Kokkos::Serial,
                   Kokkos::DefaultHostExecutionSpace) {
    int const workers = GENERATE(1, 2, 4);
    std::atomic<std::int64_t> started = 0;
    auto const failing = [&](int, std::int64_t index) {
        ++started;
        if (index == 7 || index == 8 || index == 9) {
            throw std::runtime_error("task " + std::to_string(index));
        }
    };
    CHECK_THROWS_MATCHES(kernels::run_workers(TestType(), workers, 100000, failing), std::runtime_error,
                         Catch::Matchers::Message("task 7"));
    CHECK(started >= 8);
    CHECK(started < 100000);
    CHECK_FALSE(kernels::inside_host_slice());

    std::atomic<int> later = 0; // the space is usable afterwards
    kernels::run_workers(TestType(), workers, 10, [&](int, std::int64_t) { ++later; });
    CHECK(later == 10);
}

TEST_CASE("an earlier task's exception wins though it comes later", "[launch]") {
    Kokkos::DefaultHostExecutionSpace const space;
    if (space.concurrency() < 2) {
        SKIP("needs two threads");
    }
    std::atomic<bool> second_fails = false;
    auto const failing = [&](int, std::int64_t index) {
        if (index == 1) {
            second_fails = true;
            throw std::runtime_error("task 1");
        }
        while (!second_fails) {
            std::this_thread::yield();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        throw std::runtime_error("task 0");
    };
    CHECK_THROWS_MATCHES(kernels::run_workers(space, 2, 2, failing), std::runtime_error,
                         Catch::Matchers::Message("task 0"));
}

TEST_CASE("a launch from inside a task is refused, not deadlocked", "[launch]") {
    using Space = Kokkos::DefaultHostExecutionSpace;
    Space const space;
    auto const nested = [&](int, std::int64_t) { kernels::run_workers(space, 1, 1, [](int, std::int64_t) {}); };
    CHECK_THROWS_AS(kernels::run_workers(space, 2, 2, nested), eggroll::Error);
    auto const step = [](int, std::int64_t) { kernels::refuse_inside_host_slice("EvolutionStrategy::step"); };
    CHECK_THROWS_MATCHES(kernels::run_workers(space, 1, 1, step), eggroll::Error,
                         Catch::Matchers::MessageMatches(Catch::Matchers::StartsWith("EvolutionStrategy::step was")));
    CHECK_NOTHROW(kernels::refuse_inside_host_slice("EvolutionStrategy::step"));
}

TEST_CASE("no workers are an error", "[launch]") {
    CHECK_THROWS_AS(kernels::run_workers(Kokkos::Serial(), 0, 1, [](int, std::int64_t) {}), eggroll::Error);
}
