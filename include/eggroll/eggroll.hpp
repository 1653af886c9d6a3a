// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Everything but io, distributed and tasks, which bring dependencies or are problems rather than tools.

#include <eggroll/concepts.hpp>
#include <eggroll/config.hpp>
#include <eggroll/error.hpp>
#include <eggroll/evolution_strategy.hpp>
#include <eggroll/fitness_shaping.hpp>
#include <eggroll/members.hpp>
#include <eggroll/members/host_slices.hpp>
#include <eggroll/members/whole_population.hpp>
#include <eggroll/models/egg.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/optimizer/adam.hpp>
#include <eggroll/optimizer/clip_norm.hpp>
#include <eggroll/optimizer/clip_up.hpp>
#include <eggroll/optimizer/float_masters.hpp>
#include <eggroll/optimizer/schedule.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/optimizer/stochastic_rounding.hpp>
#include <eggroll/optimizer/threshold_step.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/perturbation/none.hpp>
#include <eggroll/random/distributions.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/report.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>
#include <eggroll/strategy_options.hpp>
#include <eggroll/update_convention.hpp>
#include <eggroll/version.hpp>
