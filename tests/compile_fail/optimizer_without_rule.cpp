// SPDX-License-Identifier: Apache-2.0
// expected-error: "An optimizer's state needs `rule(UpdateContext const&) const`"

#include <eggroll/concepts.hpp>
#include <eggroll/perturbation/low_rank.hpp>

struct Model {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

struct Idle {
    template <class Storage, class MemorySpace>
    struct state {
        state(Idle const&, std::int64_t) {}
    };
};

static_assert(eggroll::check_policies<Model, eggroll::LowRank<1>, Idle, eggroll::CentredRank>());
