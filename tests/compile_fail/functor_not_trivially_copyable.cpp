// SPDX-License-Identifier: Apache-2.0
// expected-error: "members.for_each: the functor must be trivially copyable"

#include <eggroll/eggroll.hpp>

#include <vector>

using Strategy = eggroll::EvolutionStrategy<eggroll::Mlp<float>, eggroll::LowRank<1>, eggroll::Sgd>;

void objective(Strategy::members_type const& members, Strategy::fitness_type fitness,
               std::vector<double> const& table) {
    members.for_each(members.size(), [table, fitness](std::int64_t i) { fitness(i) = table[0]; });
}
