// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "environments.hpp"
#include "settings.hpp"

#include "../choices.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/io/checkpoint.hpp>
#include <eggroll/io/parameter_hash.hpp>
#include <eggroll/tasks/rollout_statistics.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rl {

using choices::NamedShaping;

/// A policy that learns to act in an environment. The perturbation is all in which EGGROLL and OpenES differ.
template <class Perturbation, class Optimizer>
class Trainer {
    using Strategy =
        eggroll::EvolutionStrategy<eggroll::Mlp<>, Perturbation, Optimizer, NamedShaping, eggroll::HostSlices<>>;
    using Members = typename Strategy::members_type;

public:
    Trainer(Settings const& settings, Perturbation perturbation, Optimizer optimizer, std::int64_t slice_members)
        : settings_(settings), game_(game<Members>(settings.environment, settings.view == "actions",
                                                   rollout_of(settings), action_choice_of(settings.test_actions))),
          strategy_(eggroll::Mlp<>(widths(), activation_of(settings.activation)), std::move(perturbation),
                    std::move(optimizer), {.population = settings.population, .seed = settings.seed},
                    choices::shaping_of(settings.shaping), {.slice_members = slice_members}),
          statistics_(settings.population, settings.normalize ? game_.observations : 0) {}

    Strategy const& strategy() const { return strategy_; }
    bool has_goal() const { return game_.has_goal; }
    /// Of the environment, that training has taken.
    std::uint64_t steps() const { return steps_; }
    /// Of training, since the start of the program.
    eggroll::tasks::RolloutSeconds rollout_seconds() const { return statistics_.seconds(); }

    /// One generation.
    eggroll::Report step() {
        eggroll::tasks::Chance const chance{eggroll::Seed(settings_.seed).key(),
                                            eggroll::generation_word(strategy_.generation())};
        auto const report = strategy_.step([&](Members const& members, eggroll::Fitness fitness) {
            game_.train(strategy_.model(), members, chance, fitness, statistics_.scale(), statistics_.record());
        });
        steps_ += static_cast<std::uint64_t>(statistics_.absorb());
        return report;
    }

    /// Returns of the mean policy in episodes that training doesn't meet.
    std::vector<double> test(std::int64_t episodes) { return play(game_.test, episodes); }

    /// An episode of the mean policy.
    Film film() {
        Film film;
        play(game_.film(film), 1);
        return film;
    }

    void save(std::filesystem::path const& path) const {
        eggroll::io::CheckpointExtras extras;
        extras.strings["settings"] = nlohmann::json(settings_).dump();
        extras.numbers["steps"] = {steps_};
        extras.reals["observations"] = statistics_.saved();
        eggroll::io::save_checkpoint(path, strategy_, extras);
    }
    void load(std::filesystem::path const& path) {
        auto const extras = eggroll::io::load_checkpoint(path, strategy_);
        statistics_.restore(extras.reals.at("observations"));
        steps_ = extras.numbers.at("steps").at(0);
    }

    std::string parameter_hash() const {
        return eggroll::io::parameter_hash(strategy_.layout(), strategy_.host_parameters());
    }

private:
    std::vector<double> play(typename Game<Members>::Play const& how, std::int64_t episodes) {
        eggroll::tasks::Chance const chance{eggroll::Seed(~settings_.seed).key(),
                                            eggroll::generation_word(strategy_.generation())};
        return strategy_.evaluate_mean(
            [&](Members const& members, eggroll::Fitness fitness) {
                how(strategy_.model(), members, chance, fitness, statistics_.scale(), {});
            },
            episodes);
    }

    std::vector<std::int64_t> widths() const {
        std::vector<std::int64_t> widths = {game_.inputs};
        widths.insert(widths.end(), settings_.hidden.begin(), settings_.hidden.end());
        widths.push_back(game_.outputs);
        return widths;
    }

    Settings settings_;
    Game<Members> game_;
    Strategy strategy_;
    eggroll::tasks::RolloutStatistics<> statistics_;
    std::uint64_t steps_ = 0;
};

} // namespace rl
