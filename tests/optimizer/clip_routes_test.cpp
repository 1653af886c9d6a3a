// SPDX-License-Identifier: Apache-2.0

// Whole strategies with optimizers that measure the gradient: the same on all workers, slices and chunks, near each
// other on the host and device routes, and the same after a checkpoint.

#include "tiled.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>

using namespace eggroll;
using namespace eggroll::testing;

namespace {

using Reference = HostSlices<Threads, kernels::reference::Place>;

ClipUp const clip_up{.learning_rate = 4.0F, .max_speed = 6.0F};
ClipNorm<Adam> const clipped_adam{.max_norm = 1.0F, .optimizer = {.learning_rate = 0.02F}};

} // namespace

TEST_CASE("optimizers that measure the gradient give the same bits on any cut", "[optimizer][clip]") {
    check_cuts<float>(clip_up);
    check_cuts<float>(clipped_adam);
}

TEST_CASE("their routes agree within rounding", "[optimizer][clip]") {
    auto const host = trained<float>(clip_up, HostSlices<Threads>{});
    auto const reference = trained<float>(clip_up, Reference{});
    auto const device = trained<float>(clip_up, WholePopulation<Threads>{});
    // Four steps of at most 6 over 40,000 elements: each moves by well below 1, and sums of 64 terms differ by some
    // units in the 24th bit.
    CHECK(fraction_apart(host, reference, 1e-5F) == 0);
    CHECK(fraction_apart(host, device, 1e-5F) == 0);
    auto const start = stored(make<float>(clip_up, HostSlices<Threads>{}));
    CHECK(fraction_apart(start, host, 1e-4F) > 0.9);
}

TEST_CASE("ClipUp moves all parameters together by max_speed", "[optimizer][clip]") {
    auto es = make<float>(ClipUp{.learning_rate = 4.0F, .max_speed = 1.5F}, HostSlices<Threads>{});
    for (std::uint32_t t = 0; t < 4; ++t) {
        CHECK(std::abs(es.tell(some_fitness(tiled_population, t)).update_norm - 1.5) < 1e-4);
    }
    auto device = make<float>(ClipUp{.learning_rate = 4.0F, .max_speed = 1.5F}, WholePopulation<Threads>{});
    CHECK(std::abs(device.tell(some_fitness(tiled_population)).update_norm - 1.5) < 1e-4);
}

TEST_CASE("ClipUp is indifferent to the update convention", "[optimizer][clip]") {
    // Its gradient is normalised, and one sigma makes the conventions' ratio, sigma^2 sqrt(N), the same everywhere.
    auto const with = [](UpdateConvention convention) {
        TiledStrategy<float, ClipUp, HostSlices<Threads>> es(
            Tiled<float>{}, {.sigma = 0.1F}, clip_up,
            {.population = tiled_population, .seed = 11, .convention = convention});
        for (std::uint32_t t = 0; t < 4; ++t) {
            es.tell(some_fitness(tiled_population, t));
        }
        return stored(es);
    };
    CHECK(fraction_apart(with(UpdateConvention::textbook), with(UpdateConvention::hyperscale), 1e-6F) == 0);
}
TEST_CASE("exact resume with an optimizer that measures the gradient", "[optimizer][clip]") {
    check_resume<float>(clip_up);
}
