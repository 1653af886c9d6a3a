// SPDX-License-Identifier: Apache-2.0
// members.repeat where a step is recorded once and replayed: the emulated stream keeps launches instead of running
// them, so whatever depends on the body being called for every step is wrong here.

#include "support/emulated_gpu.hpp"
#include "support/small_egg.hpp"
#include "support/toy.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/io/parameter_hash.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <vector>

using namespace eggroll;
using eggroll::testing::EmulatedGpu;
using eggroll::testing::Recording;
using eggroll::testing::Toy;

namespace {

using Emulated = WholePopulation<Kokkos::Serial, EmulatedGpu>;
using Strategy = EvolutionStrategy<Toy, LowRank<2>, Sgd, CentredRank, Emulated>;
using GpuMembers = Strategy::members_type;

/// sums(i) = 10 sums(i) + the step's number, or the element of a row that column() gave.
struct Append {
    std::int64_t* sums;
    Step step;
    Array2<std::int64_t const> column = {};
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        sums[i] = 10 * sums[i] + (column.data != nullptr ? column(i, 0) : step);
    }
};
struct SetFitness {
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { fitness(i) = 0; }
};

/// Generations of 4 members, the first of which only measures: what(members) is the objective.
void generations(int count, std::function<void(GpuMembers const&)> const& what) {
    Strategy es(Toy{}, {}, {}, {.population = 4}, {}, {});
    for (int generation = 0; generation < count; ++generation) {
        es.step([&](GpuMembers const& members, Fitness fitness) {
            what(members);
            members.for_each(members.size(), SetFitness{fitness});
        });
    }
}

} // namespace

TEST_CASE("steps are numbered where kernels run", "[repeat]") {
    std::vector<std::int64_t> sums(4);
    std::vector<std::int64_t> backwards{9, 8, 7, 6, 5, 4, 3};
    std::int64_t calls = 0;
    std::int64_t const graphs = Recording::graphs;
    std::int64_t const replays = Recording::replays;
    generations(3, [&](GpuMembers const& members) {
        std::fill(sums.begin(), sums.end(), 0);
        calls = 0;
        members.repeat(7, [&](GpuMembers::step_type step) {
            ++calls;
            members.for_each(members.size(), Append{sums.data(), step});
        });
        CHECK(sums == std::vector<std::int64_t>(4, 123456));
        members.repeat(3, [&](GpuMembers::step_type step) { members.for_each(4, Append{sums.data(), step + 7}); });
        CHECK(sums == std::vector<std::int64_t>(4, 123456789));

        std::fill(sums.begin(), sums.end(), 0);
        Array2<std::int64_t const> const text{backwards.data(), 4, 7, 0};
        members.repeat(6, [&](GpuMembers::step_type step) {
            members.for_each(4, Append{sums.data(), step, members.column(text, step + 1)});
        });
        CHECK(sums == std::vector<std::int64_t>(4, 876543));
        members.repeat(0, [&](GpuMembers::step_type) { FAIL_CHECK("a step of none"); });
    });
    CHECK(calls == 2); // as it is, and recorded
    CHECK(Recording::graphs - graphs == 2 * 2);
    CHECK(Recording::replays - replays == 2 * (6 + 5));
}

TEST_CASE("a loop in a recorded step is part of it", "[repeat]") {
    std::vector<std::int64_t> sums(4);
    generations(2, [&](GpuMembers const& members) {
        std::fill(sums.begin(), sums.end(), 0);
        members.repeat(4, [&](GpuMembers::step_type outer) {
            members.for_each(4, Append{sums.data(), outer});
            members.repeat(2, [&](GpuMembers::step_type inner) {
                members.for_each(4, Append{sums.data(), inner + 5});
            });
        });
        CHECK(sums == std::vector<std::int64_t>(4, 56156256356));
    });
}

TEST_CASE("what can't be recorded is refused", "[repeat]") {
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::MessageMatches;
    auto const body = [](auto const& what) {
        return [what](GpuMembers const& members) {
            members.repeat(5, [&](GpuMembers::step_type step) { what(members, step); });
        };
    };
    std::int64_t read = 0;
    CHECK_THROWS_MATCHES(generations(1, body([&](GpuMembers const&, Step step) { read += step; })), Error,
                         MessageMatches(ContainsSubstring("read on the host") && ContainsSubstring("members.column")));
    CHECK_THROWS_AS(generations(2, body([](GpuMembers const& members, Step) { members.place().space.fence(); })),
                    std::runtime_error);
    INFO("and leaves the place as it was");
    std::vector<std::int64_t> sums(4);
    generations(2, body([&](GpuMembers const& members, Step step) { members.for_each(4, Append{sums.data(), step}); }));
    CHECK(sums[0] != 0);
}

TEST_CASE("training and writing by replayed steps are the host's", "[repeat]") {
    std::int64_t const replays = Recording::replays;
    auto const trained = [](auto execution) {
        test::SmallEgg<decltype(execution)> egg(8, 5, execution);
        for (int generation = 0; generation < 3; ++generation) {
            egg.step();
        }
        std::vector<std::uint8_t> text(2 * 9);
        auto const write = [&] {
            std::iota(text.begin(), text.end(), std::uint8_t{40});
            using Of = typename test::SmallEgg<decltype(execution)>::Strategy::members_type;
            egg.strategy.evaluate_mean(
                [&](Of const& members, Fitness fitness) {
                    egg.strategy.model().generate(members, {text.data() + members.begin() * 9, members.size(), 9, 9}, 3,
                                                  5);
                    members.for_each(members.size(), SetFitness{fitness});
                },
                2);
        };
        write();
        auto const first = text;
        write(); // now in scratch that fits
        CHECK(text == first);
        CHECK(text[11] == 51); // the prompt
        return std::pair{text, io::parameter_hash(egg.strategy.layout(), egg.strategy.host_parameters())};
    };
    auto const expected = trained(HostSlices<>{});
    CHECK(trained(Emulated{}) == expected);
    CHECK(trained(Emulated{.chunk_members = 2}) == expected);
    CHECK(Recording::replays > replays);
}
