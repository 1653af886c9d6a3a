// SPDX-License-Identifier: Apache-2.0
// expected-error: "A perturbation needs `std::vector<ParameterPlan> plan(ParameterLayout const&) const`"

#include <eggroll/concepts.hpp>
#include <eggroll/optimizer/sgd.hpp>

struct Model {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

struct Planless {
    using source_type = eggroll::NoiseStream<eggroll::Gaussian>;
    static constexpr auto matrix_noise = eggroll::NoiseKind::full;
    bool antithetic = true;
    source_type source(eggroll::Seed seed, std::uint64_t) const { return {seed.key()}; }
};

static_assert(eggroll::check_policies<Model, Planless, eggroll::Sgd, eggroll::CentredRank>());
