// SPDX-License-Identifier: Apache-2.0
// "No allocation in a step after the first", and "memory is parameters, optimizer, the members' declared state and
// fitness, and one slice's work per thread".

#include "support/counting_new.hpp"
#include "support/small_egg.hpp"

#include <eggroll/eggroll.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

using Slices = eggroll::HostSlices<>;

TEST_CASE("integer training allocates nothing after its first step") {
    test::SmallEgg<Slices> egg(64, 8, Slices{.slice_members = 8});
    egg.step();
    std::int64_t const before = test::allocations;
    for (int generation = 0; generation < 100; ++generation) {
        egg.step();
    }
    CHECK(test::allocations == before);
}

TEST_CASE("float training allocates nothing after its first step") {
    eggroll::EvolutionStrategy es{
        eggroll::Mlp<float>({3, 20, 2}), eggroll::LowRank<2>{}, eggroll::Adam{}, {.population = 64}};
    using Members = decltype(es)::members_type;
    std::vector<float> const data(3, 0.5F);
    eggroll::Array2<float const> const x{data.data(), 1, 3, 3};
    auto const step = [&] {
        es.step([&](Members const& members, Members::fitness_type fitness) {
            auto const y = es.model().forward(members, members.shared(x));
            for (std::int64_t i = 0; i < members.size(); ++i) {
                fitness(i) = y(i, 0) - y(i, 1);
            }
        });
    };
    step();
    std::int64_t const before = test::allocations;
    for (int generation = 0; generation < 100; ++generation) {
        step();
    }
    CHECK(test::allocations == before);
}

namespace {

/// The most bytes that two generations of a population hold.
std::int64_t peak_of(std::int64_t population) {
    std::int64_t const base = test::live_bytes;
    test::peak_bytes = base;
    test::SmallEgg<Slices> egg(population, 4, Slices{.workers = 2, .slice_members = 16});
    egg.step();
    egg.step();
    return test::peak_bytes - base;
}

} // namespace

TEST_CASE("a larger population costs its declared state and its fitness, nothing else") {
    constexpr std::int64_t small = 1 << 10;
    constexpr std::int64_t large = 1 << 16;
    constexpr std::int64_t state = 2 * 16;           // layers x width, int8
    constexpr std::int64_t fitness = sizeof(double); // as reported
    constexpr std::int64_t shaped = sizeof(float);   // as shaped
    peak_of(small);                                  // what is made once in a process
    std::int64_t const difference = peak_of(large) - peak_of(small);
    // Half a byte is the direction's weight. The slack, a quarter of a byte a member, is for scratch: which slices a
    // worker meets first decides how its arena grows.
    std::int64_t const declared = (large - small) * (2 * (state + fitness + shaped) + 1) / 2;
    CHECK(std::abs(difference - declared) < (large - small) / 4);
}
