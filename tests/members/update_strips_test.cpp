// SPDX-License-Identifier: Apache-2.0
#include <eggroll/evolution_strategy.hpp>
#include <eggroll/members/update_strips.hpp>
#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace {

using namespace eggroll;

/// Parameters of many tiles and blocks of columns, of one tile, and of one long row.
struct Net {
    using storage_type = float;
    ParameterLayout layout;
    Matrix large = layout.matrix("large", 1200, 520);
    Matrix narrow = layout.matrix("narrow", 300, 40);
    Vector vector = layout.vector("vector", 20'000);
};

/// Steps by the sum, and measures what adds up differently in another order.
struct Recorder {
    double* measured;

    template <class Storage, class MemorySpace>
    struct state {
        static constexpr int measurements = 1;
        struct Measure {
            Measurements<1> operator()(std::int64_t element, Storage, float sum) const {
                return {sum * (element % 3 == 0 ? 1e15 : 1.0)};
            }
        };
        struct Rule {
            Storage operator()(std::int64_t, Storage current, float sum) const { return current + sum; }
        };
        double* total;

        state(Recorder const& options, std::int64_t) : total(options.measured) {}
        Measure measure(UpdateContext const&) const { return {}; }
        void measured(Measurements<1> const& totals) { *total = totals[0]; }
        Rule rule(UpdateContext const&) const { return {}; }
        template <class Visitor>
        void for_each_array(Visitor&&) const {}
    };
};

struct Outcome {
    std::vector<float> parameters;
    double measured;
    double norm;
    bool operator==(Outcome const&) const = default;
};

template <class Perturbation>
Outcome updated(int workers) {
    double measured = 0;
    EvolutionStrategy<Net, Perturbation, Recorder, Identity, HostSlices<>> es(
        Net{}, Perturbation{.sigma = 0.5F}, Recorder{&measured}, {.population = 4, .seed = 3}, Identity{},
        {.workers = workers});
    auto const report = es.tell(std::vector<double>{1, 0.25, -0.5, 3});
    auto const parameters = es.host_parameters();
    std::vector<float> const stored(parameters.data(), parameters.data() + parameters.extent());
    return {stored, measured, report.update_norm};
}

} // namespace

TEST_CASE("Strips cover all rows with whole tiles, and a worker has several", "[update_strips]") {
    Net const net;
    auto const& parameters = net.layout.parameters();
    for (std::int64_t const workers : {1, 2, 5, 1000}) {
        UpdateStrips const plan(net.layout, workers);
        std::vector<std::int64_t> rows(parameters.size());
        for (auto const& strip : plan.strips) {
            auto const& info = parameters[strip.parameter];
            CHECK(strip.begin == rows[strip.parameter]);
            CHECK(strip.begin < strip.end);
            CHECK(strip.begin * info.in % strip.tile_elements == 0);
            CHECK(strip.first_tile + (strip.end * info.in - 1) / strip.tile_elements < plan.tiles);
            rows[strip.parameter] = strip.end;
        }
        for (std::size_t id = 0; id < parameters.size(); ++id) {
            CHECK(rows[id] == parameters[id].out);
        }
        CHECK(plan.tiles == 39 + 1 + 1); // of 31 rows of 520, of 300 rows, of the vector
        CHECK(static_cast<std::int64_t>(plan.strips.size()) >= std::min<std::int64_t>(4 * workers, plan.tiles));
    }
}

TEMPLATE_TEST_CASE("Parameters, tallies and measurements don't depend on the number of workers", "[update_strips]",
                   LowRank<1>, FullRank<>) {
    auto const one = updated<TestType>(1);
    REQUIRE(one.norm > 0);
    REQUIRE(one.measured != 0);
    for (int const workers : {2, 3, 7}) {
        CHECK((updated<TestType>(workers) == one));
    }
}
