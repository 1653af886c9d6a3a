// SPDX-License-Identifier: Apache-2.0
// expected-error: "A fitness shaping needs `static constexpr bool ternary`"

#include <eggroll/concepts.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/low_rank.hpp>

struct Model {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

struct Halved {
    void operator()(std::span<double const> fitness, eggroll::ShapingContext const&, std::span<float> weights) const {
        for (std::size_t i = 0; i < fitness.size(); ++i) {
            weights[i] = static_cast<float>(fitness[i] / 2);
        }
    }
};

static_assert(eggroll::check_policies<Model, eggroll::LowRank<1>, eggroll::Sgd, Halved>());
