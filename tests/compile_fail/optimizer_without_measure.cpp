// SPDX-License-Identifier: Apache-2.0
// expected-error: "An optimizer's state with `measurements` = K > 0 needs `measure(UpdateContext const&) const`"

#include <eggroll/concepts.hpp>
#include <eggroll/perturbation/low_rank.hpp>

struct Model {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix weight = layout.matrix("weight", 2, 3);
};

struct Curious {
    template <class Storage, class MemorySpace>
    struct state {
        static constexpr int measurements = 1;
        struct Rule {
            KOKKOS_FUNCTION Storage operator()(std::int64_t, Storage current, float) const { return current; }
        };
        state(Curious const&, std::int64_t) {}
        Rule rule(eggroll::UpdateContext const&) const { return {}; }
    };
};

static_assert(eggroll::check_policies<Model, eggroll::LowRank<1>, Curious, eggroll::CentredRank>());
