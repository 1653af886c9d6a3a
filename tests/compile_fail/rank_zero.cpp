// SPDX-License-Identifier: Apache-2.0
// expected-error: "LowRank<Rank>: Rank is 1 or more, or eggroll::dynamic_rank"

#include <eggroll/perturbation/low_rank.hpp>

eggroll::LowRank<0> perturbation;
