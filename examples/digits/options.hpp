// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "recipes.hpp"
#include "settings.hpp"
#include "trainer.hpp"

#include "../choices.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace digits {

/// What a run reads and writes, and how long it may take.
struct Run {
    std::string data;
    std::string recipe;
    std::int64_t train_limit = 0;
    std::int64_t validation = 0;
    double seconds = 0;
    std::int64_t slice_members = 64;
    std::uint64_t measurements = 10;
    std::string json;
};

struct CommandLine {
    Settings settings;
    Run run;
};

/// Declares every option on `app`; the values are there after parse().
inline void declare(CLI::App& app, CommandLine& line) {
    app.option_defaults()->take_last();
    auto const setting = [&](char const* flag, auto& value, std::string const& help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("Model and training");
    };
    auto& s = line.settings;
    setting("--perturbation", s.perturbation, "EGGROLL or OpenES")->check(CLI::IsMember({"lowrank", "fullrank"}));
    setting("--rank", s.rank, "Rank of lowrank's noise");
    setting("--sigma", s.sigma, "Deviation of the noise");
    setting("--sigma-end", s.sigma_end, "The last generation's sigma, as a share of the first's");
    setting("--population", s.population, "Members of a generation, an even number");
    setting("--batch", s.batch, "Digits that all members of a generation see");
    setting("--input", s.input, "How members get them: one copy for all, or, to see what that saves, a copy each")
        ->check(CLI::IsMember({"shared", "per_member"}));
    setting("--hidden", s.hidden, "Widths of the hidden layers")->delimiter(',');
    setting("--activation", s.activation, "What follows them")->check(CLI::IsMember({"relu", "tanh"}));
    setting("--reward", s.reward, "What members are selected by")
        ->check(CLI::IsMember({"log_likelihood", "squared_error", "accuracy"}));
    setting("--shaping", s.shaping, "From rewards to weights")
        ->check(CLI::IsMember({"identity", "standardize", "centred_rank", "pair_sign"}));
    setting("--optimizer", s.optimizer, "What applies the gradient's estimate")
        ->check(CLI::IsMember({"adam", "sgd", "momentum"}));
    setting("--learning-rate", s.learning_rate, "Learning rate of the first generation");
    setting("--learning-rate-end", s.learning_rate_end, "The last generation's, as a share of the first's");
    setting("--generations", s.generations, "Updates; the schedules end with the last");
    setting("--seed", s.seed, "Seed of everything random");

    auto& r = line.run;
    auto const option = [&](char const* flag, auto& value, std::string const& help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("This run");
    };
    option("--data", r.data, "Directory of the MNIST files; with the t10k files alone, the last fifth is held out")
        ->required();
    option("--recipe", r.recipe, "Settings that were found by search; other options override. " + recipe_list())
        ->check(CLI::IsMember(recipe_names()));
    option("--train-limit", r.train_limit, "Digits to learn from at most; 0: all");
    option("--validation", r.validation,
           "To choose settings: the last N digits to learn from are held out instead of the others");
    option("--seconds", r.seconds, "Stop after so long; 0: no limit. The schedules do not know of it");
    option("--slice-members", r.slice_members,
           "Members that a thread works on at once: many share more, few fit the cache; results do not depend on it");
    option("--measurements", r.measurements, "How often the accuracy is printed, evenly over the generations");
    option("--json", r.json, "File to write the result to, one JSON object");
}

/// Fills in the recipe, then what else the command line says. Throws CLI::ParseError.
inline void parse(CLI::App& app, CommandLine& line, int argc, char const* const* argv) {
    app.parse(argc, argv);
    if (!line.run.recipe.empty()) {
        line.settings = recipe(line.run.recipe).settings;
        app.parse(argc, argv); // options that are not given leave their values as they are
    }
}

/// Throws eggroll::Error for settings that can't be. What the library checks is not repeated here.
inline void check(Settings const& s, Run const& r) {
    choices::check_positive("--sigma", s.sigma);
    choices::check_positive("--sigma-end", s.sigma_end);
    choices::check_positive("--batch", s.batch);
    choices::check_positive("--learning-rate", s.learning_rate);
    choices::check_positive("--learning-rate-end", s.learning_rate_end);
    choices::check_positive("--generations", s.generations);
    choices::check_positive("--slice-members", r.slice_members);
    for (std::int64_t const width : s.hidden) {
        choices::check_positive("--hidden", width);
    }
    EGGROLL_EXPECTS(r.train_limit >= 0 && r.validation >= 0,
                    "--train-limit and --validation count digits; give 0 or more");
}

/// Applies --train-limit and --validation.
inline void limit(Split& split, Run const& r) {
    if (r.validation > 0) {
        std::int64_t const rest = split.train.size() - r.validation;
        EGGROLL_EXPECTS(rest > 0, "--validation " + std::to_string(r.validation) + " leaves none of " +
                                      std::to_string(split.train.size()) + " digits to learn from");
        split.held_out = split.train.part(rest, split.train.size());
        split.train = split.train.part(0, rest);
    }
    if (r.train_limit > 0 && r.train_limit < split.train.size()) {
        split.train = split.train.part(0, r.train_limit);
    }
}

} // namespace digits
