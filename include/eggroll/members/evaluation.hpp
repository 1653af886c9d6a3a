// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <vector>

namespace eggroll {

/// What an execution policy is asked to evaluate.
template <class Storage, class Source>
struct Evaluation {
    GenerationNoise<Storage, Source> const* noise = nullptr;
    std::int64_t population = 0;
    std::int64_t group_size = 1;
    bool mean = false;                                      // unperturbed members
    std::vector<ValueOf<Storage>*> const* states = nullptr; // by state id: (member, length)
    double* fitness = nullptr;                              // (member), in the policy's memory space
};

} // namespace eggroll
