// SPDX-License-Identifier: Apache-2.0

// Whole strategies with 16-bit storage and the optimizers made for it: the same on all workers, slices and chunks, and
// after a checkpoint.

#include "tiled.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/float_masters.hpp>
#include <eggroll/optimizer/stochastic_rounding.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>

using namespace eggroll;
using namespace eggroll::testing;

namespace {

ClipUp const clip_up{.learning_rate = 4.0F, .max_speed = 6.0F};

} // namespace

TEST_CASE("16-bit optimizers give the same bits on any cut", "[optimizer][sixteen_bit]") {
    check_cuts<half>(FloatMasters<ClipUp>{clip_up});
    auto const rounded = check_cuts<bfloat16>(StochasticRounding<Adam>{{.learning_rate = 1e-3F}});
    INFO("host and device round with the same bits: only where their sums differ do a few elements");
    auto const device =
        floats(trained<bfloat16>(StochasticRounding<Adam>{{.learning_rate = 1e-3F}}, WholePopulation<Threads>{}));
    CHECK(fraction_apart(rounded, device, 0.0F) < 1e-3);
}

TEST_CASE("exact resume in 16 bits", "[optimizer][sixteen_bit]") {
    check_resume<half>(FloatMasters<Adam>{{.learning_rate = 1e-4F}});
    check_resume<bfloat16>(
        StochasticRounding<ClipNorm<Adam>>{{.max_norm = 1.0F, .optimizer = {.learning_rate = 0.02F}}});
}
