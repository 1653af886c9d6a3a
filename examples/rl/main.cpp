// SPDX-License-Identifier: Apache-2.0
// A policy learns to act in an environment by evolution: EGGROLL, or OpenES on equal terms.

#include "options.hpp"
#include "trainer.hpp"

#include "../program.hpp"

#include <eggroll/io/json_lines.hpp>
#include <eggroll/io/progress.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <numeric>
#include <optional>
#include <thread>

#include <unistd.h>

namespace {

using namespace rl;

using program::format;
using program::interrupted;

double mean_of(std::vector<double> const& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    std::size_t const half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Of returns in an environment that has a goal.
double success_rate_of(std::vector<double> const& returns) {
    auto const successes = std::count_if(returns.begin(), returns.end(), [](double r) { return r > 0; });
    return static_cast<double>(successes) / static_cast<double>(returns.size());
}

/// Where results go; opened before the work, so that a path that can't be written is found out then.
struct Outputs {
    std::optional<eggroll::io::JsonLines> json;
    std::ofstream curve;

    explicit Outputs(Run const& run) {
        if (!run.json.empty()) {
            json.emplace(run.json);
        }
        if (!run.curve.empty()) {
            curve.open(run.curve);
            EGGROLL_EXPECTS(curve.is_open(), "cannot write " + run.curve + "; check the path");
            curve << "seed,generation,steps,seconds,test_return,population_return\n";
        }
    }
};

/// What a seed reached.
struct Result {
    std::vector<double> returns; // of the mean policy's test episodes
    double seconds = 0;          // of generations, without the tests
    double evaluate_seconds = 0;
    double update_seconds = 0;
    eggroll::tasks::RolloutSeconds rollout; // of all threads together
    std::int64_t failed_members = 0;
};

/// Trains up to the last generation, an interruption or the end of the time, then tests.
template <class Trainer>
Result learn(Trainer& trainer, Settings const& settings, Run const& run, Outputs& outputs) {
    std::uint64_t const total = settings.generations;
    double const limit = run.seconds > 0 ? run.seconds : std::numeric_limits<double>::infinity();
    auto const generation = [&] { return trainer.strategy().generation(); };
    eggroll::io::ProgressBar bar({.label = "training", .total = total, .start = generation(), .unit = "gen"});
    Result result;
    std::string tested = "-";
    std::uint64_t const steps_before = trainer.steps();
    while (generation() < total && result.seconds < limit && interrupted == 0) {
        auto const start = std::chrono::steady_clock::now();
        eggroll::Report const report = trainer.step();
        result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        result.evaluate_seconds += report.evaluate_seconds;
        result.update_seconds += report.update_seconds;
        result.failed_members += report.failed_members;
        if (generation() * run.measurements / total != (generation() - 1) * run.measurements / total) {
            double const mean = mean_of(trainer.test(run.test_episodes));
            tested = format("%.4g", mean);
            bar.line(format("seed %llu  generation %5llu  %8s steps  return %9.3f  population %9.3f  %.1f s",
                            static_cast<unsigned long long>(settings.seed),
                            static_cast<unsigned long long>(generation()),
                            eggroll::io::format_quantity(static_cast<double>(trainer.steps())).c_str(), mean,
                            report.fitness_mean, result.seconds));
            if (outputs.curve.is_open()) {
                outputs.curve << settings.seed << ',' << generation() << ',' << trainer.steps() << ',' << result.seconds
                              << ',' << mean << ',' << report.fitness_mean << '\n'
                              << std::flush;
            }
        }
        double const rate = static_cast<double>(trainer.steps() - steps_before) / result.seconds;
        bar.update(generation(), format("return %s  population %.4g  %s steps/s", tested.c_str(), report.fitness_mean,
                                        eggroll::io::format_quantity(rate).c_str()));
    }
    bar.finish();
    result.rollout = trainer.rollout_seconds();
    result.returns = trainer.test(run.test_episodes);
    return result;
}

/// Draws an episode: over itself on a terminal, else five moments of it.
void show(Film const& film) {
    bool const terminal = ::isatty(STDOUT_FILENO) == 1;
    std::size_t const last = film.rewards.size();
    std::size_t const stride = terminal ? 1 : std::max<std::size_t>(last / 4, 1);
    double sum = 0;
    for (std::size_t step = 0; step <= last && interrupted == 0; ++step) {
        sum += step > 0 ? film.rewards[step - 1] : 0;
        if (step % stride == 0 || step == last) {
            auto const& drawing = film.frames[std::min(step, film.frames.size() - 1)];
            if (terminal && step > 0) {
                std::printf("\033[%zuA", drawing.size() + 1);
            }
            for (auto const& line : drawing) {
                std::printf("%s\n", line.c_str());
            }
            std::printf("step %zu  return %.2f%s\n", step, sum, terminal ? "\033[K" : "");
            std::fflush(stdout);
            if (terminal) {
                std::this_thread::sleep_for(std::chrono::milliseconds(30));
            }
        }
    }
}

/// One seed. Returns the mean policy's return.
template <class Perturbation, class Optimizer>
double run_seed(Settings const& settings, Run const& run, Outputs& outputs, Perturbation const& perturbation,
                Optimizer const& optimizer) {
    Trainer trainer(settings, perturbation, optimizer, run.slice_members);
    if (!run.load.empty()) {
        trainer.load(run.load);
        std::printf("resumed    after generation %llu\n",
                    static_cast<unsigned long long>(trainer.strategy().generation()));
    }
    std::printf("policy     %lld parameters, population %lld, %s, %s\n",
                static_cast<long long>(trainer.strategy().layout().count()),
                static_cast<long long>(settings.population), settings.algorithm.c_str(),
                trainer.strategy().path().c_str());
    std::fflush(stdout);
    Result const result = learn(trainer, settings, run, outputs);
    double const mean = mean_of(result.returns);
    auto const [lowest, highest] = std::minmax_element(result.returns.begin(), result.returns.end());
    std::string const hash = trainer.parameter_hash();
    double const rollout = result.rollout.forward + result.rollout.environment;
    std::string const success =
        trainer.has_goal() ? format(", success rate %.2f", success_rate_of(result.returns)) : std::string();
    std::printf("seed %llu: return %.2f (%.2f to %.2f in %lld episodes)%s after %llu generations, %llu steps, %.1f s "
                "(%.1f s of them the updates; of the rollouts %.0f %% forward, %.0f %% environment)%s\n",
                static_cast<unsigned long long>(settings.seed), mean, *lowest, *highest,
                static_cast<long long>(run.test_episodes), success.c_str(),
                static_cast<unsigned long long>(trainer.strategy().generation()),
                static_cast<unsigned long long>(trainer.steps()), result.seconds, result.update_seconds,
                100 * result.rollout.forward / rollout, 100 * result.rollout.environment / rollout,
                result.failed_members == 0
                    ? ""
                    : format("; %lld members failed", static_cast<long long>(result.failed_members)).c_str());
    std::printf("parameters hash %s\n", hash.c_str());
    if (outputs.json) {
        nlohmann::ordered_json json = {{"environment", settings.environment},
                                       {"seed", settings.seed},
                                       {"return", mean},
                                       {"lowest_return", *lowest},
                                       {"highest_return", *highest},
                                       {"test_episodes", run.test_episodes},
                                       {"generations", trainer.strategy().generation()},
                                       {"steps", trainer.steps()},
                                       {"seconds", result.seconds},
                                       {"evaluate_seconds", result.evaluate_seconds},
                                       {"forward_thread_seconds", result.rollout.forward},
                                       {"environment_thread_seconds", result.rollout.environment},
                                       {"update_seconds", result.update_seconds},
                                       {"failed_members", result.failed_members},
                                       {"parameter_hash", hash},
                                       {"path", trainer.strategy().path()}};
        if (trainer.has_goal()) {
            json["success_rate"] = success_rate_of(result.returns);
        }
        json["settings"] = nlohmann::ordered_json(nlohmann::json(settings));
        outputs.json->write(json);
    }
    if (!run.checkpoint.empty()) {
        trainer.save(run.checkpoint);
        std::printf("checkpoint %s, after generation %llu\n", run.checkpoint.c_str(),
                    static_cast<unsigned long long>(trainer.strategy().generation()));
    }
    if (run.render && interrupted == 0) {
        show(trainer.film());
    }
    return mean;
}

/// Chooses the optimizer, and makes the schedules.
template <class Perturbation>
double run_seed(Settings const& s, Run const& run, Outputs& outputs, Perturbation perturbation) {
    perturbation.sigma = choices::decaying(s.sigma, s.sigma_end, s.generations);
    auto const learning_rate = choices::decaying(s.learning_rate, s.learning_rate_end, s.generations);
    if (s.optimizer == "adam") {
        return run_seed(s, run, outputs, perturbation, eggroll::Adam{.learning_rate = learning_rate});
    }
    if (s.optimizer == "adamw") {
        return run_seed(
            s, run, outputs, perturbation,
            eggroll::AdamW{.learning_rate = learning_rate, .weight_decay = static_cast<float>(s.weight_decay)});
    }
    float const momentum = s.optimizer == "momentum" ? 0.9F : 0.0F;
    return run_seed(s, run, outputs, perturbation, eggroll::Sgd{.learning_rate = learning_rate, .momentum = momentum});
}

int run_program(CommandLine const& line) {
    check(line.settings, line.run);
    Outputs outputs(line.run);
    std::vector<double> returns;
    for (std::uint64_t n = 0; n < line.run.seeds && interrupted == 0; ++n) {
        Settings settings = line.settings;
        settings.seed += n;
        returns.push_back(
            settings.algorithm == "eggroll"
                ? run_seed(settings, line.run, outputs, eggroll::LowRank<eggroll::dynamic_rank>{.rank = settings.rank})
                : run_seed(settings, line.run, outputs, eggroll::FullRank<>{}));
    }
    if (returns.size() > 1) {
        auto const [lowest, highest] = std::minmax_element(returns.begin(), returns.end());
        std::printf("median of %zu seeds: return %.2f (%.2f to %.2f)\n", returns.size(), median_of(returns), *lowest,
                    *highest);
    }
    return interrupted != 0 ? 130 : 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Trains a policy by evolution strategies (EGGROLL, or OpenES).", "rl");
    CommandLine line;
    declare(app, line);
    try {
        parse(app, line, argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "rl: %s\n", error.what());
        return 1;
    }

    program::listen_for_interrupts();
    Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    try {
        return run_program(line);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "rl: %s\n", error.what());
    }
    return 1;
}
