// SPDX-License-Identifier: Apache-2.0

// Rows of whole_strategy.hpp whose storage is float.

#include "whole_strategy.hpp"

#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/sgd.hpp>

using namespace eggroll;
using eggroll::testing::check;
using eggroll::testing::Setting;
using eggroll::testing::sigma;
using Decay = Setting::Decay;
using Groups = Setting::Groups;
using Overrides = Setting::Overrides;

TEST_CASE("float: LowRank<1>, Identity, Nesterov", "[strategies]") {
    using P = LowRank<1>;
    for (auto const& setting : {Setting{Decay::warm_up, false, 2, VectorPerturbation::automatic,
                                        UpdateConvention::hyperscale, Overrides::own, Groups::one},
                                Setting{Decay::inverse_time, true, 1, VectorPerturbation::none,
                                        UpdateConvention::textbook, Overrides::frozen, Groups::eights}}) {
        // Without pairs the fitness' mean is noise in the estimate.
        Sgd const optimizer{setting.scheduled_with_scale(setting.antithetic ? 0.05 : 0.003, sigma<float>), 0.8F, true};
        check<float, P>(setting, optimizer, Identity{}, setting.antithetic ? 0.6 : 0.9);
    }
}

TEST_CASE("float: dynamic rank, Winsorize, Adam", "[strategies]") {
    using P = LowRank<dynamic_rank>;
    for (auto const& setting : {Setting{Decay::constant, true, 1, VectorPerturbation::automatic,
                                        UpdateConvention::textbook, Overrides::frozen, Groups::one},
                                Setting{Decay::cosine, false, 2, VectorPerturbation::full, UpdateConvention::hyperscale,
                                        Overrides::none, Groups::eights}}) {
        check<float, P>(setting, Adam{.learning_rate = setting.scheduled(0.05)}, Winsorize{.fraction = 0.1}, 0.5);
    }
}

TEST_CASE("float: mixed distributions, LowRank<3>, CentredRank, ClipUp", "[strategies]") {
    using P = LowRank<3, Gaussian, Rademacher>;
    for (auto const& setting : {Setting{Decay::constant, false, 2, VectorPerturbation::full,
                                        UpdateConvention::hyperscale, Overrides::frozen, Groups::one},
                                Setting{Decay::linear, true, 1, VectorPerturbation::automatic,
                                        UpdateConvention::textbook, Overrides::none, Groups::eights}}) {
        check<float, P>(setting, ClipUp{.learning_rate = setting.scheduled(0.15), .max_speed = 0.3}, CentredRank{},
                        0.5);
    }
}

TEST_CASE("float: FullRank<Uniform>, Baseline, ClipNorm<AdamW>", "[strategies]") {
    using P = FullRank<Uniform>;
    for (auto const& setting : {Setting{Decay::warm_up, false, 1, VectorPerturbation::product,
                                        UpdateConvention::textbook, Overrides::frozen, Groups::eights},
                                Setting{Decay::exponential, true, 2, VectorPerturbation::automatic,
                                        UpdateConvention::hyperscale, Overrides::own, Groups::eights}}) {
        check<float, P>(setting,
                        ClipNorm<AdamW>{.max_norm = 1, .optimizer = {.learning_rate = setting.scheduled(0.05)}},
                        Baseline{}, 0.5);
    }
}
