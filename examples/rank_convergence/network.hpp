// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// A network's log-likelihood of real text, where no closed form is known: both the low-rank estimate and its full-rank
/// limit are measured, through EvolutionStrategy as in training, only with a learning rate of 0.

#include "byte_kinds.hpp"
#include "entries.hpp"
#include "estimate.hpp"

#include <eggroll/eggroll.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rank_convergence {

/// 12 inputs, 8 hidden units with tanh, 6 outputs; matrices only, because vectors have full noise at every rank.
struct KindPredictor {
    using storage_type = float;
    static constexpr int hidden_units = 8;

    eggroll::ParameterLayout layout;
    eggroll::Matrix hidden = layout.matrix("hidden", hidden_units, ByteKinds::inputs);
    eggroll::Matrix output = layout.matrix("output", byte_kinds, hidden_units);

    /// x (row, inputs) -> logits (row, byte_kinds)
    template <class Members, class X>
    eggroll::Array2<float> forward(Members const& members, X const& x) const {
        auto h = members.linear(hidden, x);
        members.tanh(h);
        return members.linear(output, h);
    }

    std::vector<float> initial() const {
        eggroll::Parameters<float> parameters(layout);
        eggroll::initialize(layout, eggroll::Seed{5}, parameters);
        return {parameters.data(), parameters.data() + layout.extent()};
    }
};

/// Mean log-likelihood per byte at `parameters`, in double: for the gradient by differences.
inline double log_likelihood(KindPredictor const& model, ByteKinds const& data, std::span<double const> parameters) {
    auto const weight = [&](eggroll::Matrix const& matrix, std::int64_t i, std::int64_t j) {
        return parameters[static_cast<std::size_t>(matrix.offset + i * matrix.in + j)];
    };
    double sum = 0;
    for (std::size_t context = 0; context < ByteKinds::contexts; ++context) {
        std::array<double, byte_kinds> logits{};
        for (std::int64_t h = 0; h < KindPredictor::hidden_units; ++h) {
            double const unit =
                std::tanh(weight(model.hidden, h, static_cast<std::int64_t>(context / byte_kinds)) +
                          weight(model.hidden, h, static_cast<std::int64_t>(byte_kinds + context % byte_kinds)));
            for (std::int64_t k = 0; k < byte_kinds; ++k) {
                logits[static_cast<std::size_t>(k)] += weight(model.output, k, h) * unit;
            }
        }
        double total = 0;
        for (double const logit : logits) {
            total += std::exp(logit);
        }
        for (std::size_t k = 0; k < byte_kinds; ++k) {
            sum += static_cast<double>(data.share[context * byte_kinds + k]) * (logits[k] - std::log(total));
        }
    }
    return sum;
}

/// The gradient at the initial parameters, normed: the direction that the estimate is projected on. It is laid out as
/// the parameters are.
inline std::vector<float> gradient_direction(KindPredictor const& model, ByteKinds const& data) {
    std::vector<float> const initial = model.initial();
    std::vector<double> point(initial.begin(), initial.end());
    std::vector<double> gradient(point.size());
    double squares = 0;
    for (auto const& matrix : {model.hidden, model.output}) {
        for (std::int64_t e = matrix.offset; e < matrix.offset + matrix.out * matrix.in; ++e) {
            auto const i = static_cast<std::size_t>(e);
            constexpr double step = 1e-4;
            point[i] += step;
            double const above = log_likelihood(model, data, point);
            point[i] -= 2 * step;
            gradient[i] = (above - log_likelihood(model, data, point)) / (2 * step);
            point[i] += step;
            squares += gradient[i] * gradient[i];
        }
    }
    std::vector<float> direction(point.size());
    for (std::size_t i = 0; i < direction.size(); ++i) {
        direction[i] = static_cast<float>(gradient[i] / std::sqrt(squares));
    }
    return direction;
}

/// What is known of a member: its log-likelihood and <D, W>, the sum of the diagonals of W x for x the rows of D.
struct MemberValues {
    eggroll::Array2<float const> logits;       // (member x context, kind)
    eggroll::Array2<float const> along_hidden; // (member x hidden unit, hidden unit)
    eggroll::Array2<float const> along_output; // (member x kind, kind)
    float const* share;                        // (context, kind)
    double* along;                             // (member)
    eggroll::Fitness fitness;                  // (member)

    void operator()(std::int64_t member) const {
        double sum = 0;
        for (std::int64_t context = 0; context < ByteKinds::contexts; ++context) {
            float const* const row = logits.row(member * ByteKinds::contexts + context);
            float total = 0;
            float chosen = 0;
            float weight = 0;
            for (std::int64_t k = 0; k < byte_kinds; ++k) {
                total += std::exp(row[k]);
                chosen += share[context * byte_kinds + k] * row[k];
                weight += share[context * byte_kinds + k];
            }
            sum += static_cast<double>(chosen - weight * std::log(total));
        }
        fitness(member) = sum;
        along[member] = trace(along_hidden, member) + trace(along_output, member);
    }

private:
    static double trace(eggroll::Array2<float const> const& products, std::int64_t member) {
        double sum = 0;
        for (std::int64_t i = 0; i < products.columns; ++i) {
            sum += static_cast<double>(products(member * products.columns + i, i));
        }
        return sum;
    }
};

/// Samples of the projection on D: y = X (f(W + sigma E) - f(W - sigma E)) / (2 sigma), X = <D, E>, with the control
/// variate X^2 - 1. A task is a generation.
template <class Perturbation>
class NetworkSamples {
public:
    static constexpr std::int64_t pairs = 4096; // of a generation

    NetworkSamples(std::shared_ptr<ByteKinds const> data, Perturbation const& perturbation, double sigma,
                   eggroll::Seed seed)
        : data_(std::move(data)), sigma_(sigma),
          strategy_(KindPredictor(), perturbation, eggroll::Sgd{.learning_rate = 0.0F},
                    {.population = 2 * pairs, .seed = seed}, {}, {}),
          direction_(gradient_direction(strategy_.model(), *data_)), likelihood_(2 * pairs), along_(2 * pairs) {
        auto const initial = strategy_.model().initial();
        std::copy(initial.begin(), initial.end(), strategy_.parameters().data());
    }

    Sums operator()(std::int64_t first, std::int64_t generations) {
        strategy_.resume_at(static_cast<std::uint64_t>(first));
        Sums sums;
        double const variance = gaussian_variance(); // of X, within 1e-7 at every rank
        for (std::int64_t generation = 0; generation < generations; ++generation) {
            strategy_.step([this](Members const& members, Fitness fitness) { evaluate(members, fitness); });
            for (std::size_t i = 0; i < likelihood_.size(); i += 2) {
                double const x = (along_[i] - along_[i + 1]) / (2 * sigma_);
                sums.add(x * (likelihood_[i] - likelihood_[i + 1]) / (2 * sigma_), x * x - variance);
            }
        }
        return sums;
    }

private:
    using Strategy =
        eggroll::EvolutionStrategy<KindPredictor, Perturbation, eggroll::Sgd, eggroll::Identity, eggroll::HostSlices<>>;
    using Members = typename Strategy::members_type;
    using Fitness = typename Strategy::fitness_type;

    void evaluate(Members const& members, Fitness fitness) {
        auto const& model = strategy_.model();
        auto const rows = [](std::vector<float> const& values, std::int64_t offset, std::int64_t count,
                             std::int64_t columns) {
            return eggroll::Array2<float const>{values.data() + offset, count, columns, columns};
        };
        auto const along = [&](eggroll::Matrix const& matrix) {
            return members.linear(matrix, members.shared(rows(direction_, matrix.offset, matrix.out, matrix.in)));
        };
        MemberValues const values{
            model.forward(members, members.shared(rows(data_->input, 0, ByteKinds::contexts, ByteKinds::inputs))),
            along(model.hidden),
            along(model.output),
            data_->share.data(),
            along_.data() + members.begin(),
            fitness};
        members.for_each(members.size(), values);
        for (std::int64_t i = 0; i < members.size(); ++i) {
            likelihood_[static_cast<std::size_t>(members.begin() + i)] = fitness(i);
        }
    }

    std::shared_ptr<ByteKinds const> data_;
    double sigma_;
    Strategy strategy_;
    std::vector<float> direction_;   // as the parameters
    std::vector<double> likelihood_; // (member)
    std::vector<double> along_;      // (member), <D, W>
};

/// Fewer samples when `quick`.
template <class Perturbation>
Sampler network_sampler(std::shared_ptr<ByteKinds const> data, Perturbation const& perturbation, double sigma,
                        eggroll::Seed seed, bool quick) {
    auto const samples = std::make_shared<NetworkSamples<Perturbation>>(std::move(data), perturbation, sigma, seed);
    return {[samples](std::int64_t first, std::int64_t tasks) { return (*samples)(first, tasks); }, quick ? 4 : 48,
            quick ? 24 : 6000};
}

} // namespace rank_convergence
