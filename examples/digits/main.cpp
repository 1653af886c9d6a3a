// SPDX-License-Identifier: Apache-2.0
// A network learns handwritten digits by evolution: EGGROLL, or OpenES on equal terms.

#include "options.hpp"
#include "trainer.hpp"

#include "../program.hpp"

#include <eggroll/io/json_lines.hpp>
#include <eggroll/io/progress.hpp>

#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

namespace {

using namespace digits;

using program::format;
using program::interrupted;

char const* measured_name(Run const& run) {
    return run.validation > 0 ? "validation" : "held-out";
}

/// How far a run got; seconds are those of generations, without the measurements.
struct Progress {
    std::uint64_t generations = 0;
    double seconds = 0;
    double evaluate_seconds = 0;
    double update_seconds = 0;
};

/// Trains up to the last generation, an interruption or the end of the time.
template <class Trainer>
Progress learn(Trainer& trainer, CommandLine const& line, Digits const& held_out) {
    std::uint64_t const total = line.settings.generations;
    double const limit = line.run.seconds > 0 ? line.run.seconds : std::numeric_limits<double>::infinity();
    eggroll::io::ProgressBar bar({.label = "training", .total = total, .unit = "gen"});
    Progress progress;
    std::string accuracy = "-";
    while (progress.generations < total && progress.seconds < limit && interrupted == 0) {
        auto const start = std::chrono::steady_clock::now();
        eggroll::Report const report = trainer.step();
        progress.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        progress.evaluate_seconds += report.evaluate_seconds;
        progress.update_seconds += report.update_seconds;
        ++progress.generations;
        std::uint64_t const times = line.run.measurements;
        if (progress.generations * times / total != (progress.generations - 1) * times / total) {
            accuracy = format("%.2f", 100 * trainer.measure(held_out, Reward::accuracy));
            bar.line(format("generation %6llu  reward %.4f  %s accuracy %s %%  %.1f s",
                            static_cast<unsigned long long>(progress.generations), report.fitness_mean,
                            measured_name(line.run), accuracy.c_str(), progress.seconds));
        }
        bar.update(progress.generations, format("reward %.4f  accuracy %s %%", report.fitness_mean, accuracy.c_str()));
    }
    return progress;
}

/// Trains, then measures on the digits that were held out and writes the result.
template <class Perturbation, class Optimizer>
int train(CommandLine const& line, Split const& split, Perturbation perturbation, Optimizer optimizer) {
    Settings const& settings = line.settings;
    Trainer trainer(settings, split.train, std::move(perturbation), std::move(optimizer),
                    choices::shaping_of(settings.shaping), line.run.slice_members);
    char const* const measured = measured_name(line.run);
    std::printf("digits     %lld to learn from, %lld %s\n", static_cast<long long>(split.train.size()),
                static_cast<long long>(split.held_out.size()), measured);
    std::printf("model      %lld parameters, population %lld, %s, %s\n",
                static_cast<long long>(trainer.strategy().layout().count()),
                static_cast<long long>(settings.population), settings.perturbation.c_str(),
                trainer.strategy().path().c_str());
    std::fflush(stdout);
    std::optional<eggroll::io::JsonLines> json; // opened now: a path that can't be written is found out before the work
    if (!line.run.json.empty()) {
        json.emplace(line.run.json);
    }

    Progress const progress = learn(trainer, line, split.held_out);

    double const accuracy = trainer.measure(split.held_out, Reward::accuracy);
    auto const evaluations = static_cast<std::int64_t>(progress.generations) * settings.population;
    std::string const hash = trainer.parameter_hash();
    std::printf("%s accuracy %.2f %% after %llu generations, %lld evaluations, %.1f s (%.1f s of them the updates)\n",
                measured, 100 * accuracy, static_cast<unsigned long long>(progress.generations),
                static_cast<long long>(evaluations), progress.seconds, progress.update_seconds);
    std::printf("parameters hash %s\n", hash.c_str());
    if (json) {
        json->write({{line.run.validation > 0 ? "validation_accuracy" : "test_accuracy", accuracy},
                     {"log_likelihood", trainer.measure(split.held_out, Reward::log_likelihood)},
                     {"seconds", progress.seconds},
                     {"evaluations", evaluations},
                     {"generations", progress.generations},
                     {"evaluate_seconds", progress.evaluate_seconds},
                     {"update_seconds", progress.update_seconds},
                     {"train_digits", split.train.size()},
                     {"measured_digits", split.held_out.size()},
                     {"parameter_hash", hash},
                     {"path", trainer.strategy().path()},
                     {"recipe", line.run.recipe},
                     {"settings", nlohmann::ordered_json(nlohmann::json(settings))}});
    }
    return interrupted != 0 ? 130 : 0;
}

/// Chooses the optimizer, and makes the schedules.
template <class Perturbation>
int train(CommandLine const& line, Split const& split, Perturbation perturbation) {
    Settings const& s = line.settings;
    perturbation.sigma = choices::decaying(s.sigma, s.sigma_end, s.generations);
    auto const learning_rate = choices::decaying(s.learning_rate, s.learning_rate_end, s.generations);
    if (s.optimizer == "adam") {
        return train(line, split, std::move(perturbation), eggroll::Adam{.learning_rate = learning_rate});
    }
    float const momentum = s.optimizer == "momentum" ? 0.9F : 0.0F;
    return train(line, split, std::move(perturbation),
                 eggroll::Sgd{.learning_rate = learning_rate, .momentum = momentum});
}

int run_program(CommandLine const& line) {
    check(line.settings, line.run);
    Split split = read_split(line.run.data);
    limit(split, line.run);
    if (line.settings.perturbation == "lowrank") {
        return train(line, split, eggroll::LowRank<eggroll::dynamic_rank>{.rank = line.settings.rank}); // EGGROLL
    }
    return train(line, split, eggroll::FullRank<>{}); // OpenES
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Trains a network on handwritten digits by evolution strategies (EGGROLL, or OpenES).", "digits");
    CommandLine line;
    declare(app, line);
    try {
        parse(app, line, argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error);
    }

    program::listen_for_interrupts();
    Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    try {
        return run_program(line);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "digits: %s\n", error.what());
    }
    return 1;
}
