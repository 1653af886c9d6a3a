// SPDX-License-Identifier: Apache-2.0

// Rows of whole_strategy.hpp whose storage is half.

#include "whole_strategy.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/optimizer/stochastic_rounding.hpp>

using namespace eggroll;
using eggroll::testing::check;
using eggroll::testing::Setting;
using eggroll::testing::sigma;
using Decay = Setting::Decay;
using Groups = Setting::Groups;
using Overrides = Setting::Overrides;

TEST_CASE("half: LowRank<3>, GroupStandardize of own deviation, StochasticRounding<Adam>", "[strategies]") {
    using P = LowRank<3>;
    for (auto const& setting : {Setting{Decay::cosine, true, 1, VectorPerturbation::automatic,
                                        UpdateConvention::hyperscale, Overrides::none, Groups::eights},
                                Setting{Decay::linear, false, 2, VectorPerturbation::none, UpdateConvention::textbook,
                                        Overrides::own, Groups::eights}}) {
        check<half, P>(setting, StochasticRounding{Adam{.learning_rate = setting.scheduled(0.05)}},
                       GroupStandardize{GroupStandardize::Deviation::own}, 0.5);
    }
}

TEST_CASE("half: mixed distributions, dynamic rank, GroupStandardize, StochasticRounding<Sgd>", "[strategies]") {
    using P = LowRank<dynamic_rank, Uniform, Rademacher>;
    for (auto const& setting : {Setting{Decay::inverse_time, true, 2, VectorPerturbation::none,
                                        UpdateConvention::hyperscale, Overrides::none, Groups::eights},
                                Setting{Decay::warm_up, false, 1, VectorPerturbation::full, UpdateConvention::textbook,
                                        Overrides::own, Groups::eights}}) {
        check<half, P>(setting,
                       StochasticRounding{Sgd{.learning_rate = setting.scheduled_with_scale(0.02, sigma<half>)}},
                       GroupStandardize{}, 0.5);
    }
}

TEST_CASE("half: LowRank<1> of FixedPointGaussian, CentredRank, Adam", "[strategies]") {
    using P = LowRank<1, FixedPointGaussian>;
    for (auto const& setting : {Setting{Decay::inverse_time, false, 2, VectorPerturbation::product,
                                        UpdateConvention::hyperscale, Overrides::own, Groups::one},
                                Setting{Decay::exponential, true, 1, VectorPerturbation::none,
                                        UpdateConvention::hyperscale, Overrides::frozen, Groups::one}}) {
        check<half, P>(setting, Adam{.learning_rate = setting.scheduled(0.05)}, CentredRank{}, 0.5);
    }
}
