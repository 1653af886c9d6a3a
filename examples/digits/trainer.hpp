// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "objective.hpp"
#include "settings.hpp"

#include "../choices.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/io/parameter_hash.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace digits {

using choices::NamedShaping;

/// A network that learns digits. The perturbation is all in which EGGROLL and OpenES differ.
template <class Perturbation, class Optimizer>
class Trainer {
    using Strategy =
        eggroll::EvolutionStrategy<eggroll::Mlp<float>, Perturbation, Optimizer, NamedShaping, eggroll::HostSlices<>>;
    using Members = typename Strategy::members_type;

public:
    /// slice_members: how many a thread works on at once; results do not depend on it.
    Trainer(Settings const& settings, Digits const& train, Perturbation perturbation, Optimizer optimizer,
            NamedShaping shaping, std::int64_t slice_members)
        : settings_(settings), slice_members_(slice_members), reward_(reward_of(settings.reward)),
          strategy_(eggroll::Mlp<float>(widths(settings, train.pixels), activation_of(settings.activation)),
                    std::move(perturbation), std::move(optimizer),
                    {.population = settings.population, .seed = settings.seed}, std::move(shaping),
                    {.slice_members = slice_members}),
          batch_(train, settings.batch, settings.seed) {}

    Strategy const& strategy() const { return strategy_; }

    /// One generation: all members see the same digits. `shared` says so to the library, which then computes the first
    /// layer's unperturbed product once a slice; with a copy for every member it computes the same once a member.
    eggroll::Report step() {
        batch_.draw(strategy_.generation());
        if (settings_.input == "per_member") {
            copies_.resize(static_cast<std::size_t>(slice_members_ * batch_.images().rows * batch_.images().columns));
            repeat(batch_.images(), copies_);
        }
        return strategy_.step([&](Members const& members, typename Members::fitness_type fitness) {
            auto const images = batch_.images(); // (digit, pixel)
            if (copies_.empty()) {
                score(members, members.shared(images), batch_.labels(), settings_.batch, reward_, fitness);
            } else {
                eggroll::Array2<float> const copies{copies_.data(), members.size() * images.rows, images.columns,
                                                    images.columns}; // (member x digit, pixel)
                score(members, copies, batch_.labels(), settings_.batch, reward_, fitness);
            }
        });
    }

    /// The mean parameters' reward on `digits`; accuracy: the share that they name rightly.
    double measure(Digits const& digits, Reward reward) {
        return strategy_.evaluate_mean([&](Members const& members, typename Members::fitness_type fitness) {
            score(members, members.shared(digits.rows()), digits.labels.data(), digits.size(), reward, fitness);
        })[0];
    }

    std::string parameter_hash() const {
        return eggroll::io::parameter_hash(strategy_.layout(), strategy_.host_parameters());
    }

private:
    template <class X>
    void score(Members const& members, X const& images, std::uint8_t const* labels, std::int64_t digits, Reward reward,
               eggroll::Fitness fitness) const {
        auto const outputs = strategy_.model().forward(members, images); // (member x digit, class)
        members.for_each(members.size(), Score{outputs, labels, digits, reward, fitness});
    }

    /// `rows`, as often as they fit into `copies`.
    static void repeat(eggroll::Array2<float const> rows, std::vector<float>& copies) {
        auto const size = rows.rows * rows.columns;
        for (auto copy = copies.begin(); copy != copies.end(); copy += size) {
            std::copy_n(rows.data, size, copy);
        }
    }

    static std::vector<std::int64_t> widths(Settings const& settings, std::int64_t pixels) {
        std::vector<std::int64_t> widths = {pixels};
        widths.insert(widths.end(), settings.hidden.begin(), settings.hidden.end());
        widths.push_back(classes);
        return widths;
    }

    Settings settings_;
    std::int64_t slice_members_;
    Reward reward_;
    Strategy strategy_;
    Batch batch_;
    std::vector<float> copies_; // (member of a slice x digit, pixel), or empty
};

} // namespace digits
