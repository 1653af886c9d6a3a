// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace pretrain {

/// What makes one run differ from another; saved in checkpoints, and taken from there by --resume.
struct Settings {
    std::string text; // empty: the C++ standard library's headers
    std::int64_t population = 1024;
    std::int64_t layers = 2;
    std::int64_t width = 64;
    std::int64_t tokens_per_update = 100;
    std::int64_t group_size = 0; // 0: see choose_group_size
    int sigma_shift = 4;
    double alpha = 4;
    double alpha_decay = 1000;
    std::uint64_t noise_reuse = 1;
    std::uint64_t seed = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settings, text, population, layers, width, tokens_per_update, group_size,
                                   sigma_shift, alpha, alpha_decay, noise_reuse, seed)

/// How long a run is and what it writes; free to change on --resume.
struct Run {
    std::uint64_t generations = 300;
    std::uint64_t validate_every = 10;
    std::int64_t validation_bytes = 65536;
    std::string checkpoint = "pretrain-checkpoint";
    std::uint64_t checkpoint_every = 50;
    bool resume = false;
    bool overwrite = false;
    std::string log;
    std::int64_t sample = 400;
    std::string device; // empty: see device::choose
};

/// The command line. given: the names of settings that it sets.
struct CommandLine {
    Settings settings;
    Run run;
    std::set<std::string> given;
};

/// Declares every option on `app`; the values are there after app.parse().
inline void declare(CLI::App& app, CommandLine& line) {
    app.option_defaults()->take_last();
    auto const setting = [&](char const* flag, auto& value, char const* help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("Model and training");
    };
    auto& s = line.settings;
    setting("--text", s.text,
            "File or directory to learn from, any bytes; without it, the C++ standard library's headers");
    setting("--population", s.population, "Members of a generation, an even number");
    setting("--layers", s.layers, "Recurrent layers");
    setting("--width", s.width, "Width of the model; 64 and 256 make all divisions shifts");
    setting("--tokens-per-update", s.tokens_per_update, "Bytes that each member reads in a generation");
    setting("--group-size", s.group_size,
            "Members that read the same stream of text; it divides the population. 0: 64 streams, or fewer");
    setting("--sigma-shift", s.sigma_shift, "Noise is scaled by 2^-S");
    setting("--alpha", s.alpha, "Share of weights moved: 1 / ((2^alpha - 1) t / decay + 1); constant if alpha <= 1");
    setting("--alpha-decay", s.alpha_decay, "The decay of --alpha, in generations");
    setting("--noise-reuse", s.noise_reuse, "Generations that share their noise");
    setting("--seed", s.seed, "Seed of everything random");

    auto& r = line.run;
    auto const option = [&](char const* flag, auto& value, char const* help) {
        return app.add_option(flag, value, help)->capture_default_str()->group("This run");
    };
    option("--generations", r.generations, "Generations in all, those of a resumed run included");
    option("--validate-every", r.validate_every, "Generations between validations; 0: never");
    option("--validation-bytes", r.validation_bytes, "Bytes of the held-out text that a validation reads at most");
    option("--checkpoint", r.checkpoint, "Directory of the checkpoint; empty: none is written");
    option("--checkpoint-every", r.checkpoint_every, "Generations between checkpoints; 0: at the end only");
    app.add_flag("--resume", r.resume, "Go on from the checkpoint; its settings hold")->group("This run");
    app.add_flag("--overwrite", r.overwrite, "Begin anew although the directory has a checkpoint")->group("This run");
    option("--log", r.log, "File of JSON lines to write");
    option("--sample", r.sample, "Bytes to generate at the end");
    option("--device", r.device, "cpu or cuda, the same integers on both; without it cuda where the build has it");
}

/// Which settings the command line set.
inline std::set<std::string> given_settings(CLI::App const& app) {
    std::set<std::string> given;
    for (CLI::Option const* option : app.get_options()) {
        if (option->count() > 0 && option->get_group() == "Model and training") {
            std::string name = option->get_lnames().front();
            for (char& character : name) {
                character = character == '-' ? '_' : character;
            }
            given.insert(name);
        }
    }
    return given;
}

/// The settings of a resumed run: the saved ones; throws eggroll::Error where the command line says otherwise.
inline Settings resumed(CommandLine const& line, std::string const& saved_text) {
    nlohmann::json const saved = nlohmann::json::parse(saved_text, nullptr, false);
    EGGROLL_EXPECTS(saved.is_object(), "the checkpoint's settings are damaged: " + saved_text);
    nlohmann::json const asked = line.settings;
    for (auto const& name : line.given) {
        EGGROLL_EXPECTS(saved.value(name, nlohmann::json()) == asked.at(name),
                        "--resume: the checkpoint was made with " + name + " = " +
                            saved.value(name, nlohmann::json()).dump() + ", the command line says " +
                            asked.at(name).dump() + "; leave the option out, or start another --checkpoint");
    }
    try {
        return saved.get<Settings>();
    } catch (nlohmann::json::exception const& exception) {
        throw eggroll::Error(std::string("the checkpoint's settings are damaged: ") + exception.what());
    }
}

/// The group size that gives 64 streams, or the most below that the population can be divided into.
inline std::int64_t choose_group_size(std::int64_t population) {
    for (std::int64_t streams = 64; streams > 1; --streams) {
        if (population % (2 * streams) == 0) {
            return population / streams;
        }
    }
    return population;
}

/// Throws eggroll::Error for settings that can't be.
inline void check(Settings const& s, Run const& r) {
    auto const positive = [](char const* flag, auto value) {
        EGGROLL_EXPECTS(value > 0, std::string(flag) + " is " + std::to_string(value) + "; it must be positive");
    };
    positive("--tokens-per-update", s.tokens_per_update);
    EGGROLL_EXPECTS(s.group_size >= 0, "--group-size is " + std::to_string(s.group_size) + "; give 0 or more members");
    positive("--alpha", s.alpha);
    positive("--alpha-decay", s.alpha_decay);
    positive("--validation-bytes", r.validation_bytes);
    EGGROLL_EXPECTS(s.sigma_shift >= 0 && s.sigma_shift <= 12,
                    "--sigma-shift is " + std::to_string(s.sigma_shift) + "; give 0 to 12 (4 is the published value)");
    EGGROLL_EXPECTS(r.sample >= 0, "--sample is " + std::to_string(r.sample) + "; give 0 bytes or more");
}

} // namespace pretrain
