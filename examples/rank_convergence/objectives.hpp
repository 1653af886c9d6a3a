// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The objectives whose curves are measured: docs/theory.md.

#include "closed_forms.hpp"
#include "experiment.hpp"
#include "network.hpp"
#include "scalar_objectives.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rank_convergence {

/// bias(rank): the closed form. `first_point`: of its noise, one point for each rank.
template <int singular_values, class Objective, class Bias>
Experiment scalar_experiment(Experiment experiment, Objective const& objective, double sigma, Bias const& bias,
                             std::uint64_t seed, std::uint64_t first_point) {
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        auto sampler = scalar_sampler<singular_values>(objective, sigma, ranks[i], point_seed(seed, first_point + i));
        experiment.add(ranks[i], std::move(sampler), bias(ranks[i]));
    }
    return experiment;
}

inline Experiment network_experiment(std::span<std::uint8_t const> text, bool quick, std::uint64_t seed,
                                     std::uint64_t first_point) {
    constexpr double sigma = 0.1;
    constexpr auto option = static_cast<float>(sigma);
    auto const data = std::make_shared<ByteKinds const>(text);
    auto const sampler = [&](auto const& perturbation, std::uint64_t point) {
        return network_sampler(data, perturbation, sigma, point_seed(seed, first_point + point), quick);
    };
    Experiment experiment("network",
                          "log-likelihood of " + std::to_string(text.size()) +
                              " bytes of text, a 12-8-6 network with tanh, sigma 0.1, along the gradient",
                          quick ? 0.1 : 0.02, sampler(eggroll::FullRank<>{.sigma = option}, 0));
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        eggroll::LowRank<eggroll::dynamic_rank> const perturbation{.sigma = option, .rank = ranks[i]};
        experiment.add(ranks[i], sampler(perturbation, i + 1));
    }
    return experiment;
}

inline std::vector<Experiment> all_experiments(std::span<std::uint8_t const> text, bool quick, std::uint64_t seed) {
    constexpr std::uint64_t spacing = 16; // of the objectives' noise
    static constexpr double one[] = {1};
    static constexpr double four[] = {0.5, 0.5, 0.5, 0.5};
    double const wanted = quick ? 0.03 : 0.01;
    std::vector<Experiment> all;
    all.push_back(scalar_experiment<1>(
        Experiment("cubic", "f = w^3 at w = 1, sigma 0.5", wanted, theory::cubic_limit(1, 0.5)), Cubic{1}, 0.5,
        [](int rank) { return theory::cubic_bias(0.5, rank); }, seed, spacing));
    all.push_back(scalar_experiment<1>(
        Experiment("sine_aligned", "f = sin<G, W> at 0, G of rank 1, sigma 0.25", wanted, theory::sine_limit(0.25)),
        Sine{}, 0.25, [](int rank) { return theory::sine_bias(one, 0.25, rank); }, seed, 2 * spacing));
    all.push_back(scalar_experiment<4>(
        Experiment("sine_spread", "f = sin<G, W> at 0, G with four equal singular values, sigma 0.5", wanted,
                   theory::sine_limit(0.5)),
        Sine{}, 0.5, [](int rank) { return theory::sine_bias(four, 0.5, rank); }, seed, 3 * spacing));
    all.push_back(network_experiment(text, quick, seed, 4 * spacing));
    return all;
}

} // namespace rank_convergence
