// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "environments.hpp"
#include "recipes.hpp"
#include "settings.hpp"

#include "../choices.hpp"

#include <eggroll/io/safetensors.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rl {

/// What a run reads and writes, and how long it may take.
struct Run {
    std::uint64_t seeds = 1;
    double seconds = 0;
    std::int64_t test_episodes = 100;
    std::uint64_t measurements = 10;
    std::int64_t slice_members = 64;
    std::string json;
    std::string curve;
    std::string checkpoint;
    std::string load;
    bool render = false;
};

struct CommandLine {
    Settings settings;
    Run run;
};

/// Declares every option on `app`; the values are there after parse().
inline void declare(CLI::App& app, CommandLine& line) {
    app.option_defaults()->take_last();
    auto const setting = [&](char const* flag, auto& value, std::string const& help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("Policy and training");
    };
    std::string names;
    for (auto const& name : environment_names()) {
        names += (names.empty() ? "" : ", ") + name;
    }
    auto& s = line.settings;
    setting("--environment", s.environment,
            "What to learn, with the settings that were found for it; other options override. One of: " + names);
    setting("--algorithm", s.algorithm, "EGGROLL, or OpenES")->check(CLI::IsMember({"eggroll", "openes"}));
    setting("--rank", s.rank, "Rank of EGGROLL's noise");
    setting("--view", s.view, "What the policy sees of a board game: all of it, or what each action leads to")
        ->check(CLI::IsMember({"board", "actions"}));
    setting("--hidden", s.hidden, "Widths of the policy's hidden layers; 0: none")->delimiter(',');
    setting("--activation", s.activation, "What follows them")
        ->check(CLI::IsMember({"relu", "tanh", "layer_norm_relu"}));
    setting("--normalize", s.normalize, "Observations by their running mean and variance: true or false");
    setting("--population", s.population, "Members of a generation, an even number");
    setting("--sigma", s.sigma, "Deviation of the noise");
    setting("--sigma-end", s.sigma_end, "The last generation's sigma, as a share of the first's");
    setting("--optimizer", s.optimizer, "What applies the gradient's estimate")
        ->check(CLI::IsMember({"adam", "adamw", "sgd", "momentum"}));
    setting("--weight-decay", s.weight_decay, "Of adamw: the share of a weight, times the learning rate");
    setting("--learning-rate", s.learning_rate, "Learning rate of the first generation");
    setting("--learning-rate-end", s.learning_rate_end, "The last generation's, as a share of the first's");
    setting("--shaping", s.shaping, "From returns to weights")
        ->check(CLI::IsMember({"identity", "standardize", "centred_rank", "pair_sign"}));
    setting("--episodes", s.episodes, "Episodes that a member plays in a generation");
    setting("--in-turn", s.in_turn,
            "How many of them one after another, which takes less time where they are short; 0: all");
    setting("--common-random-numbers", s.common_random_numbers, "Who plays the same episodes")
        ->check(CLI::IsMember({"none", "pair", "population"}));
    setting("--actions", s.actions, "How members choose discrete actions in training")
        ->check(CLI::IsMember({"greedy", "sampled"}));
    setting("--test-actions", s.test_actions, "How the mean policy chooses them in tests")
        ->check(CLI::IsMember({"greedy", "sampled"}));
    setting("--discount", s.discount, "Of rewards, in training");
    setting("--max-steps", s.max_steps, "Of an episode, in training; 0: the environment's");
    setting("--generations", s.generations, "Updates; the schedules end with the last");
    setting("--seed", s.seed, "Seed of everything random");

    auto& r = line.run;
    auto const option = [&](char const* flag, auto& value, std::string const& help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("This run");
    };
    option("--seeds", r.seeds, "Runs, from --seed on; then the median is told");
    option("--seconds", r.seconds, "Stop each after so long; 0: no limit. The schedules do not know of it");
    option("--test-episodes", r.test_episodes, "Fresh episodes of the mean policy that measure it");
    option("--measurements", r.measurements, "How often that is done on the way, evenly over the generations");
    option("--slice-members", r.slice_members, "Members that a thread works on at once; results do not depend on it");
    option("--json", r.json, "File to write the results to, a JSON object for each seed");
    option("--curve", r.curve, "File to write the measurements to, CSV");
    option("--checkpoint", r.checkpoint, "File to write the state to at the end, or when interrupted");
    option("--load", r.load, "Checkpoint to go on from, with its settings; other options override");
    app.add_flag("--render", r.render, "Shows an episode of the mean policy at the end")->group("This run");
}

/// Fills in the recipe, or a checkpoint's settings, then what else the command line says. Throws CLI::ParseError, or
/// eggroll::Error for a checkpoint that can't be read.
inline void parse(CLI::App& app, CommandLine& line, int argc, char const* const* argv) {
    app.parse(argc, argv);
    if (!line.run.load.empty()) {
        std::string const saved = eggroll::io::SafetensorsFile(line.run.load).metadata("extra/settings");
        line.settings = nlohmann::json::parse(saved).get<Settings>();
    } else {
        line.settings = recipe(line.settings.environment);
    }
    app.parse(argc, argv); // options that are not given leave their values as they are
    if (line.settings.hidden == std::vector<std::int64_t>{0}) {
        line.settings.hidden.clear();
    }
}

/// Throws eggroll::Error for settings that can't be. What the library checks is not repeated here.
inline void check(Settings const& s, Run const& r) {
    choices::check_positive("--sigma", s.sigma);
    choices::check_positive("--sigma-end", s.sigma_end);
    EGGROLL_EXPECTS(s.weight_decay >= 0,
                    "--weight-decay is " + std::to_string(s.weight_decay) + "; it must not be negative");
    choices::check_positive("--learning-rate", s.learning_rate);
    choices::check_positive("--learning-rate-end", s.learning_rate_end);
    choices::check_positive("--episodes", s.episodes);
    choices::check_positive("--generations", s.generations);
    choices::check_positive("--slice-members", r.slice_members);
    choices::check_positive("--test-episodes", r.test_episodes);
    choices::check_positive("--seeds", r.seeds);
    for (std::int64_t const width : s.hidden) {
        choices::check_positive("--hidden", width);
    }
    EGGROLL_EXPECTS(r.seeds == 1 || (r.checkpoint.empty() && r.load.empty()),
                    "--checkpoint and --load are for one seed, not for --seeds " + std::to_string(r.seeds));
}

} // namespace rl
