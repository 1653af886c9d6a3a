// SPDX-License-Identifier: Apache-2.0
// Trains an integer language model on text by evolution strategies: no gradients, no floating-point weights.

#include "settings.hpp"
#include "trainer.hpp"

#include "../program.hpp"

#include <eggroll/io/json_lines.hpp>
#include <eggroll/io/progress.hpp>

#include <chrono>
#include <cstdio>
#include <optional>

namespace {

using namespace pretrain;
using Json = nlohmann::ordered_json;
namespace tasks = eggroll::tasks;

using program::format;
using program::interrupted;

std::string printable(std::string const& bytes) {
    std::string text;
    for (char const c : bytes) {
        auto const code = static_cast<unsigned char>(c);
        text += code == '\n' || code == '\t' || (code >= 32 && code < 127) ? c : '.';
    }
    return text;
}

/// Prints what the text is and which losses are to be beaten; returns the log's first event.
template <class Trainer>
Json introduce(Settings const& settings, tasks::TextCorpus const& corpus, Trainer const& trainer) {
    double const unigram = tasks::unigram_entropy(corpus.train());
    double const bigram = tasks::bigram_entropy(corpus.train());
    double const held_out_unigram = tasks::cross_entropy_unigram(corpus.train(), corpus.validation());
    double const held_out_bigram = tasks::cross_entropy_bigram(corpus.train(), corpus.validation());
    auto const& layout = trainer.strategy().layout();
    std::printf("text       %zu documents, %zu bytes to learn from, %zu held out\n", corpus.document_count(),
                corpus.train().size(), corpus.validation().size());
    std::printf("to beat    unigram %.3f bits/byte, bigram %.3f (these counts on held-out text: %.3f, %.3f)\n", unigram,
                bigram, held_out_unigram, held_out_bigram);
    std::printf("model      %lld layers of width %lld, %lld int8 parameters, population %lld, %s\n",
                static_cast<long long>(settings.layers), static_cast<long long>(settings.width),
                static_cast<long long>(layout.count()), static_cast<long long>(settings.population),
                trainer.strategy().path().c_str());
    std::fflush(stdout);
    return {{"event", "start"},
            {"unigram_bits_per_byte", unigram},
            {"bigram_bits_per_byte", bigram},
            {"held_out_unigram_bits_per_byte", held_out_unigram},
            {"held_out_bigram_bits_per_byte", held_out_bigram},
            {"parameters", layout.count()},
            {"settings", Json(nlohmann::json(settings))}};
}

/// Runs generations up to the end or an interruption; returns the last validation's bits per byte.
template <class Trainer>
std::optional<double> train(Trainer& trainer, Run const& run, std::optional<eggroll::io::JsonLines>& log,
                            std::filesystem::path const& checkpoint) {
    auto const begin = std::chrono::steady_clock::now();
    eggroll::io::ProgressBar bar(
        {.label = "training", .total = run.generations, .start = trainer.strategy().generation(), .unit = "gen"});
    std::optional<double> validation;
    auto const write = [&](Json const& event) {
        if (log) {
            log->write(event);
        }
    };
    while (trainer.strategy().generation() < run.generations && interrupted == 0) {
        TrainingLoss const loss = trainer.step();
        auto const& report = loss.report;
        std::uint64_t const done = trainer.strategy().generation();
        double const seconds = report.evaluate_seconds + report.update_seconds;
        double const rate = static_cast<double>(trainer.tokens_per_generation()) / seconds;
        write({{"event", "generation"},
               {"generation", done},
               {"train_bits_per_byte", loss.exact},
               {"train_table_bits_per_byte", loss.table},
               {"tokens_per_second", rate},
               {"moved_fraction", report.moved_fraction},
               {"evaluate_seconds", report.evaluate_seconds},
               {"update_seconds", report.update_seconds},
               {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()}});
        if (run.validate_every > 0 && (done % run.validate_every == 0 || done == run.generations)) {
            validation = trainer.validate();
            write({{"event", "validation"}, {"generation", done}, {"validation_bits_per_byte", *validation}});
        }
        if (!checkpoint.empty() && run.checkpoint_every > 0 && done % run.checkpoint_every == 0) {
            trainer.save(checkpoint);
        }
        bar.update(done, format("train %.3f  valid %s bits/byte  %.0fk tokens/s  %.0f%% moved", loss.exact,
                                validation ? format("%.3f", *validation).c_str() : "-", rate / 1000,
                                100 * report.moved_fraction));
    }
    bar.finish();
    return validation;
}

template <class Execution>
int run_program(CommandLine line, Execution const& execution) {
    std::filesystem::path const checkpoint =
        line.run.checkpoint.empty() ? "" : std::filesystem::path(line.run.checkpoint) / "checkpoint.safetensors";
    if (line.run.resume) {
        EGGROLL_EXPECTS(!checkpoint.empty(), "--resume needs a --checkpoint directory to go on from");
        line.settings = resumed(line, eggroll::io::SafetensorsFile(checkpoint).metadata("extra/settings"));
    }
    check(line.settings, line.run);
    if (line.settings.group_size == 0) {
        line.settings.group_size = choose_group_size(line.settings.population);
    }
    Settings const& settings = line.settings;
    EGGROLL_EXPECTS(line.run.resume || line.run.overwrite || !std::filesystem::exists(checkpoint),
                    checkpoint.string() + " is there from another run: go on with --resume, name another --checkpoint, "
                                          "or give it up with --overwrite");
    tasks::TextCorpus const corpus(settings.text.empty() ? tasks::standard_library_headers()
                                                         : std::filesystem::path(settings.text));
    Trainer<Execution> trainer(settings, corpus, line.run.validation_bytes, execution);
    if (line.run.resume) {
        trainer.load(checkpoint);
    } else if (!checkpoint.empty()) {
        std::filesystem::create_directories(checkpoint.parent_path());
    }

    Json const start = introduce(settings, corpus, trainer);
    std::optional<eggroll::io::JsonLines> log;
    if (!line.run.log.empty()) {
        if (line.run.resume) {
            log.emplace(eggroll::io::JsonLines::resume(line.run.log, trainer.strategy().generation()));
        } else {
            log.emplace(line.run.log);
            log->write(start);
        }
    }
    if (line.run.resume) {
        std::printf("resumed    after generation %llu\n",
                    static_cast<unsigned long long>(trainer.strategy().generation()));
    }

    auto const validation = train(trainer, line.run, log, checkpoint);

    if (!checkpoint.empty()) {
        trainer.save(checkpoint);
    }
    if (interrupted != 0) {
        std::printf("interrupted after generation %llu; %s\n",
                    static_cast<unsigned long long>(trainer.strategy().generation()),
                    checkpoint.empty() ? "no checkpoint was asked for" : "a checkpoint was written");
    } else {
        if (line.run.sample > 0) {
            std::printf("\nsample\n%s\n\n", printable(trainer.sample(line.run.sample)).c_str());
        }
        if (validation) {
            std::printf("validation %.3f bits/byte (unigram %.3f, bigram %.3f)\n", *validation,
                        start["unigram_bits_per_byte"].get<double>(), start["bigram_bits_per_byte"].get<double>());
        }
        std::string const hash = trainer.parameter_hash();
        if (log) {
            log->write({{"event", "end"}, {"parameter_hash", hash}});
        }
        std::printf("parameters hash %s\n", hash.c_str());
    }
    if (!checkpoint.empty()) {
        std::printf("checkpoint %s\n", checkpoint.c_str());
        std::printf("go on with: pretrain --resume --checkpoint %s --generations %llu\n", line.run.checkpoint.c_str(),
                    static_cast<unsigned long long>(interrupted != 0 ? line.run.generations
                                                                     : 2 * trainer.strategy().generation()));
    }
    return interrupted != 0 ? 130 : 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Trains a byte-level int8 language model by evolution strategies (EGGROLL).", "pretrain");
    CommandLine line;
    declare(app, line);
    CLI11_PARSE(app, argc, argv);
    line.given = given_settings(app);

    program::listen_for_interrupts();
    try {
        std::string const device = device::choose(line.run.device);
        Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
        return device::with_execution(device, [&](auto const& execution) { return run_program(line, execution); });
    } catch (std::exception const& error) {
        std::fprintf(stderr, "pretrain: %s\n", error.what());
    }
    return 1;
}
