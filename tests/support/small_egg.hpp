// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/models/egg.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace test {

using EggPerturbation = eggroll::LowRank<1, eggroll::FixedPointGaussian>;

/// A small Egg on a made-up text: everything that integer training does, in milliseconds.
template <class Execution>
struct SmallEgg {
    using Strategy =
        eggroll::EvolutionStrategy<eggroll::Egg, EggPerturbation, eggroll::ThresholdStep, eggroll::PairSign, Execution>;

    std::int64_t tokens;
    std::int64_t streams;
    std::vector<std::uint8_t> text; // (stream, tokens + 1)
    Strategy strategy;

    explicit SmallEgg(std::int64_t population = 64, std::int64_t tokens_per_update = 8, Execution execution = {},
                      eggroll::EggOptions model = {.layers = 2, .width = 16}, std::uint64_t seed = 3)
        : tokens(tokens_per_update), streams(4), text(static_cast<std::size_t>(streams * (tokens + 1))),
          strategy(eggroll::Egg(model), EggPerturbation{.sigma = 1.0 / 16}, eggroll::ThresholdStep{},
                   {.population = population, .seed = seed, .group_size = population / streams}, {},
                   std::move(execution)) {}

    eggroll::Report step() {
        auto const generation = static_cast<std::int64_t>(strategy.generation());
        for (std::size_t i = 0; i < text.size(); ++i) { // a period of 11, with zeros that reset the states
            text[i] = static_cast<std::uint8_t>((static_cast<std::int64_t>(i) + generation * 5) % 11 * 9);
        }
        eggroll::Array2<std::uint8_t const> const segment{text.data(), streams, tokens + 1, tokens + 1};
        using Members = typename Strategy::members_type;
        return strategy.step([&](Members const& members, typename Members::fitness_type fitness) {
            strategy.model().score(members, segment, fitness);
        });
    }
};

} // namespace test
