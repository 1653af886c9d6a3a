// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/eggroll.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace benchmarks {

/// A policy network of the usual size for a robot in simulation, and one observation for each member.
inline constexpr std::int64_t policy_members = 2048;
inline std::vector<std::int64_t> const policy_widths{17, 256, 256, 256, 6};

/// (member, 17)
inline std::vector<float> policy_observations() {
    std::vector<float> values(static_cast<std::size_t>(policy_members * policy_widths.front()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(i % 251) / 251.0F - 0.5F;
    }
    return values;
}

/// The objective: one row a member, its fitness the sum of its outputs.
struct PolicyObjective {
    eggroll::Mlp<float> const& model;
    std::vector<float> const& observations;

    template <class Members>
    void operator()(Members const& members, typename Members::fitness_type fitness) const {
        std::int64_t const in = policy_widths.front();
        eggroll::Array2<float const> const x{observations.data() + members.begin() * in, members.size(), in, in};
        auto const y = model.forward(members, x);
        for (std::int64_t i = 0; i < members.size(); ++i) {
            double sum = 0;
            for (std::int64_t k = 0; k < y.columns; ++k) {
                sum += static_cast<double>(y(i, k));
            }
            fitness(i) = sum;
        }
    }
};

} // namespace benchmarks
