// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.hpp"

#include "../device.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/io/checkpoint.hpp>
#include <eggroll/io/parameter_hash.hpp>
#include <eggroll/tasks/text_corpus.hpp>
#include <eggroll/tasks/text_streams.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace pretrain {

/// Bits per byte of one generation, over all members.
struct TrainingLoss {
    double exact = 0; // real-valued
    double table = 0; // EGG's integer tables, which the fitness uses
    eggroll::Report report;
};

/// What members get who are evaluated for something else.
struct NoFitness {
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { fitness(member) = 0; }
};

/// The model, its text and how one learns the other, where `Execution` says.
template <class Execution>
class Trainer {
    using Perturbation = eggroll::LowRank<1, eggroll::FixedPointGaussian>;
    using Strategy =
        eggroll::EvolutionStrategy<eggroll::Egg, Perturbation, eggroll::ThresholdStep, eggroll::PairSign, Execution>;
    using Members = typename Strategy::members_type;
    using Fitness = typename Members::fitness_type;
    using ExactLogLoss = eggroll::Egg::ExactLogLoss;
    template <class T>
    using Shared = device::Shared<T, typename Execution::memory_space>;

public:
    Trainer(Settings const& settings, eggroll::tasks::TextCorpus const& corpus, std::int64_t validation_bytes,
            Execution execution = {})
        : settings_(settings),
          strategy_(eggroll::Egg({.layers = settings.layers, .width = settings.width}),
                    Perturbation{.sigma = std::exp2(-settings.sigma_shift), .noise_reuse = settings.noise_reuse},
                    eggroll::ThresholdStep{
                        .alpha = eggroll::ThresholdStep::published_alpha(settings.alpha, settings.alpha_decay)},
                    {.population = settings.population, .seed = settings.seed, .group_size = settings.group_size}, {},
                    std::move(execution)),
          streams_(corpus.train(), static_cast<std::size_t>(settings.population / settings.group_size)),
          segment_(streams_.streams() * static_cast<std::size_t>(settings.tokens_per_update + 1)),
          exact_(static_cast<std::size_t>(settings.population)) {
        prepare_validation(corpus.validation(), validation_bytes);
    }

    Strategy const& strategy() const { return strategy_; }
    std::int64_t tokens_per_generation() const { return settings_.population * settings_.tokens_per_update; }

    /// One generation on the next segment of every stream.
    TrainingLoss step() {
        auto const length = static_cast<std::size_t>(settings_.tokens_per_update);
        streams_.next(length, segment_);
        segment_.give();
        std::fill(exact_.begin(), exact_.end(), ExactLogLoss{});
        exact_.give();
        auto const text = rows(segment_, streams_.streams());
        TrainingLoss loss;
        loss.report = strategy_.step([&](Members const& members, Fitness fitness) {
            strategy_.model().score(members, text, fitness, exact_.data() + members.begin());
        });
        exact_.take();
        auto const tokens = static_cast<double>(length);
        loss.table = -loss.report.fitness_mean / (16 * tokens);
        loss.exact = mean_bits(exact_) / tokens;
        return loss;
    }

    /// The mean parameters' bits per byte on the held-out text, exact.
    double validate() {
        Shared<ExactLogLoss> const exact(validation_streams_);
        auto const text = rows(validation_, validation_streams_);
        strategy_.evaluate_mean(
            [&](Members const& members, Fitness fitness) {
                strategy_.model().score(members, text, fitness, exact.data() + members.begin());
            },
            static_cast<std::int64_t>(validation_streams_));
        exact.take();
        return mean_bits(exact) / static_cast<double>(text.columns - 1);
    }

    /// Bytes that the mean parameters write, from the beginning of a document.
    std::string sample(std::int64_t bytes) {
        Shared<std::uint8_t> const text(static_cast<std::size_t>(bytes + 1)); // zeros
        strategy_.evaluate_mean([&](Members const& members, Fitness fitness) {
            strategy_.model().generate(members, {text.data(), 1, bytes + 1, bytes + 1}, 1, settings_.seed);
            members.for_each(1, NoFitness{fitness});
        });
        text.take();
        return {text.begin() + 1, text.end()};
    }

    std::string parameter_hash() const {
        return eggroll::io::parameter_hash(strategy_.layout(), strategy_.host_parameters());
    }

    /// The checkpoint holds settings, text positions and the strategy.
    void save(std::filesystem::path const& path) const {
        eggroll::io::CheckpointExtras extras;
        extras.numbers["stream_positions"] = streams_.positions();
        extras.strings["settings"] = nlohmann::json(settings_).dump();
        eggroll::io::save_checkpoint(path, strategy_, extras);
    }
    void load(std::filesystem::path const& path) {
        auto const extras = eggroll::io::load_checkpoint(path, strategy_);
        auto const positions = extras.numbers.find("stream_positions");
        EGGROLL_EXPECTS(positions != extras.numbers.end(), path.string() + " has no stream positions; it is damaged");
        streams_.restore(positions->second);
    }

private:
    /// (stream, position)
    static eggroll::Array2<std::uint8_t const> rows(Shared<std::uint8_t> const& text, std::size_t streams) {
        auto const columns = static_cast<std::int64_t>(text.size() / streams);
        return {text.data(), static_cast<std::int64_t>(streams), columns, columns};
    }

    static double mean_bits(Shared<ExactLogLoss> const& losses) {
        double sum = 0;
        for (auto const& loss : losses) {
            sum += bits(loss);
        }
        return sum / static_cast<double>(losses.size());
    }

    /// Streams that start evenly spread over the held-out text, long enough for the model's memory to warm up.
    void prepare_validation(std::span<std::uint8_t const> text, std::int64_t limit) {
        constexpr std::size_t most_streams = 64;
        constexpr std::size_t shortest = 256; // bytes of a stream, where the text has as many
        std::size_t const usable = std::min(text.size() - 1, static_cast<std::size_t>(limit));
        validation_streams_ = std::clamp<std::size_t>(usable / shortest, 1, most_streams);
        std::size_t const length = usable / validation_streams_;
        validation_ = Shared<std::uint8_t>(validation_streams_ * (length + 1));
        eggroll::tasks::ValidationStreams(text, validation_streams_).next(length, validation_);
        validation_.give();
    }

    Settings settings_;
    Strategy strategy_;
    eggroll::tasks::TextStreams streams_;
    Shared<std::uint8_t> segment_;    // (stream, byte)
    Shared<ExactLogLoss> exact_;      // (member)
    Shared<std::uint8_t> validation_; // (stream, byte)
    std::size_t validation_streams_ = 1;
};

} // namespace pretrain
