// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Fitness shaping: from the fitness of N members to the weights of the update. Every shaping is total: no spread gives
/// zero weights, and a member whose fitness is NaN or infinite has weight zero and no influence on the others' (its
/// sibling's in PairSign excepted: a pair with a failed member has no sign). `Identity` is the one to copy for your
/// own.

#include <eggroll/fitness_shaping/baseline.hpp>
#include <eggroll/fitness_shaping/centred_rank.hpp>
#include <eggroll/fitness_shaping/identity.hpp>
#include <eggroll/fitness_shaping/moments.hpp>
#include <eggroll/fitness_shaping/pair_sign.hpp>
#include <eggroll/fitness_shaping/shaping_context.hpp>
#include <eggroll/fitness_shaping/standardize.hpp>
#include <eggroll/fitness_shaping/winsorize.hpp>
