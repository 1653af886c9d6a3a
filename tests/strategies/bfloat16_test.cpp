// SPDX-License-Identifier: Apache-2.0

// Rows of whole_strategy.hpp whose storage is bfloat16.

#include "whole_strategy.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/float_masters.hpp>
#include <eggroll/optimizer/sgd.hpp>

using namespace eggroll;
using eggroll::testing::check;
using eggroll::testing::Setting;
using eggroll::testing::sigma;
using Decay = Setting::Decay;
using Groups = Setting::Groups;
using Overrides = Setting::Overrides;

TEST_CASE("bfloat16: FullRank, Standardize, FloatMasters<Sgd> with momentum", "[strategies]") {
    using P = FullRank<>;
    for (auto const& setting : {Setting{Decay::constant, true, 2, VectorPerturbation::product,
                                        UpdateConvention::hyperscale, Overrides::none, Groups::one},
                                Setting{Decay::exponential, false, 1, VectorPerturbation::none,
                                        UpdateConvention::textbook, Overrides::own, Groups::eights}}) {
        Sgd const optimizer{setting.scheduled_with_scale(0.01, sigma<bfloat16>), 0.8F};
        check<bfloat16, P>(setting, FloatMasters{optimizer}, Standardize{}, 0.5);
    }
}

TEST_CASE("bfloat16: mixed distributions, LowRank<1>, PairSign, FloatMasters<AdamW>", "[strategies]") {
    using P = LowRank<1, Rademacher, Gaussian>;
    for (auto const& setting : {Setting{Decay::cosine, true, 2, VectorPerturbation::automatic,
                                        UpdateConvention::textbook, Overrides::own, Groups::one},
                                Setting{Decay::linear, true, 1, VectorPerturbation::full, UpdateConvention::hyperscale,
                                        Overrides::frozen, Groups::eights}}) {
        check<bfloat16, P>(setting, FloatMasters{AdamW{.learning_rate = setting.scheduled(0.05)}}, PairSign{}, 0.5);
    }
}
