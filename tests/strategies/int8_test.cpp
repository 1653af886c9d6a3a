// SPDX-License-Identifier: Apache-2.0

// Rows of whole_strategy.hpp whose storage is int8.

#include "whole_strategy.hpp"

#include <eggroll/optimizer/threshold_step.hpp>

using namespace eggroll;
using eggroll::testing::check;
using eggroll::testing::Setting;
using Decay = Setting::Decay;
using Groups = Setting::Groups;
using Overrides = Setting::Overrides;

TEST_CASE("int8: LowRank<1>", "[strategies]") {
    using P = LowRank<1, FixedPointGaussian>;
    for (auto const& setting : {Setting{Decay::warm_up, true, 1, VectorPerturbation::none, UpdateConvention::textbook,
                                        Overrides::none, Groups::eights},
                                Setting{Decay::constant, true, 1, VectorPerturbation::none, UpdateConvention::textbook,
                                        Overrides::own, Groups::eights}}) {
        check<std::int8_t, P>(setting, ThresholdStep{.alpha = setting.scheduled(0.5)}, PairSign{}, 0.7);
    }
}

TEST_CASE("int8: LowRank<3>", "[strategies]") {
    using P = LowRank<3, FixedPointGaussian>;
    for (auto const& setting : {Setting{Decay::exponential, true, 1, VectorPerturbation::product,
                                        UpdateConvention::textbook, Overrides::none, Groups::eights},
                                Setting{Decay::inverse_time, true, 2, VectorPerturbation::automatic,
                                        UpdateConvention::hyperscale, Overrides::frozen, Groups::eights}}) {
        check<std::int8_t, P>(setting, ThresholdStep{.alpha = setting.scheduled(0.5)}, PairSign{}, 0.7);
    }
}

TEST_CASE("int8: dynamic rank", "[strategies]") {
    using P = LowRank<dynamic_rank, FixedPointGaussian>;
    for (auto const& setting : {Setting{Decay::exponential, true, 1, VectorPerturbation::full,
                                        UpdateConvention::textbook, Overrides::own, Groups::one},
                                Setting{Decay::linear, true, 2, VectorPerturbation::product,
                                        UpdateConvention::hyperscale, Overrides::frozen, Groups::one}}) {
        check<std::int8_t, P>(setting, ThresholdStep{.alpha = setting.scheduled(0.5)}, PairSign{}, 0.7);
    }
}

TEST_CASE("int8: FullRank", "[strategies]") {
    using P = FullRank<FixedPointGaussian>;
    for (auto const& setting : {Setting{Decay::cosine, true, 2, VectorPerturbation::product, UpdateConvention::textbook,
                                        Overrides::frozen, Groups::eights},
                                Setting{Decay::inverse_time, true, 2, VectorPerturbation::full,
                                        UpdateConvention::textbook, Overrides::none, Groups::one}}) {
        check<std::int8_t, P>(setting, ThresholdStep{.alpha = setting.scheduled(0.5)}, PairSign{}, 0.7);
    }
}
