// SPDX-License-Identifier: Apache-2.0

// "Rank r never forms A B^T": the most memory that a generation holds beyond the parameters, at a size where one dense
// E per member of a slice would need 50 times what is allowed.
//
// A matrix of n x n floats, n = 1152, rank r = 16, 256 members in one slice, 128 antithetic directions:
//   a dense E                     n n 4         =    5.3 MB
//   ... for every member          256 n n 4     = 1358.9 MB, half of that for every direction
//   factors A and B, all of them  128 r 2n 4    =   18.9 MB
//   the host's packed weights     n n 4         =    5.3 MB
//   results                       256 n 4       =    1.2 MB
//   projections x . B             256 r 4       =    0.02 MB
//   device update                 n n 4 of sums and all factors = 24.2 MB
//   host update                   tiles, less than the slack
// The slack is a fifth of one dense E, so forming a single one fails too.

#include "support/counting_new.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace {

constexpr std::int64_t n = 1152;
constexpr std::int64_t rank = 16;
constexpr std::int64_t population = 256;
constexpr std::int64_t directions = population / 2;

constexpr std::int64_t dense = n * n * 4; // bytes, as all of these
constexpr std::int64_t factors = directions * rank * 2 * n * 4;
constexpr std::int64_t results = population * n * 4;
constexpr std::int64_t projections = population * rank * 4;
constexpr std::int64_t slack = dense / 5;

/// The most bytes that a route may hold at a time.
struct Bounds {
    std::int64_t forward;
    std::int64_t update; // beyond what is left of the forward pass
};
constexpr std::int64_t forward = factors + results + projections + slack;
constexpr Bounds host{dense + forward, slack}; // the dense one is the packed weights
constexpr Bounds device{forward, dense + factors + slack};
static_assert(50 * host.forward <= population * dense);
static_assert(50 * device.forward <= population * dense);
static_assert(50 * device.update <= population * dense);

struct Wide {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", n, n);
};

/// fitness = the first result.
struct Take {
    eggroll::Array2<float const> y;
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { fitness(i) = static_cast<double>(y(i, 0)); }
};

/// The most bytes held since the last call, beyond what was held then.
class Peak {
public:
    std::int64_t beyond_start() const { return test::peak_bytes - start_; }
    void restart() {
        start_ = test::live_bytes;
        test::peak_bytes = start_;
    }

private:
    std::int64_t start_ = 0;
};

template <class Execution>
void check_memory(Execution const& execution, Bounds const& bounds) {
    using Strategy =
        eggroll::EvolutionStrategy<Wide, eggroll::LowRank<rank>, eggroll::Sgd, eggroll::CentredRank, Execution>;
    std::vector<float> const data(static_cast<std::size_t>(population * n), 0.5F); // (member, n)
    Strategy es(Wide{}, {}, {}, {.population = population, .seed = 1}, {}, execution);
    Peak peak;
    std::int64_t held = 0;
    std::int64_t slices = 0;
    peak.restart();
    es.step([&](typename Strategy::members_type const& members, eggroll::Fitness fitness) {
        auto const y = members.linear(es.model().weight, eggroll::Array2<float const>{data.data(), population, n, n});
        members.for_each(members.size(), Take{y, fitness});
        held = peak.beyond_start();
        peak.restart(); // all that follows is the update
        ++slices;
    });
    CHECK(slices == 1);
    CHECK(held <= bounds.forward);
    CHECK(held >= factors); // what is measured is the whole slice
    CHECK(peak.beyond_start() <= bounds.update);
}

} // namespace

TEST_CASE("rank 16 forms no dense noise in a host slice") {
    check_memory(eggroll::HostSlices<>{.workers = 1, .slice_members = population}, host);
}

TEST_CASE("rank 16 forms no dense noise in the whole population at once") {
    check_memory(eggroll::WholePopulation<Kokkos::DefaultHostExecutionSpace>{.chunk_members = population}, device);
}
