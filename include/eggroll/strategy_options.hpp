// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/error.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/launch.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/storage/storage.hpp>
#include <eggroll/update_convention.hpp>

#include <cstdint>
#include <string>

namespace eggroll {

/// Options of EvolutionStrategy.
struct StrategyOptions {
    std::int64_t population = 256; // members; even with antithetic pairs
    Seed seed = 0;                 // of all noise
    std::int64_t group_size = 0;   // contiguous members that share data; 0: the whole population is one group
    UpdateConvention convention = UpdateConvention::textbook;
};

namespace detail {

/// The options with their defaults filled in; throws Error where they don't fit each other or the model, or before
/// Kokkos is initialised.
template <class Storage>
StrategyOptions checked_options(StrategyOptions options, ParameterLayout const& layout, bool antithetic) {
    kernels::check_kokkos_initialized();
    std::int64_t const per_direction = antithetic ? 2 : 1;
    EGGROLL_EXPECTS(options.population >= 2,
                    "the population is " + std::to_string(options.population) + "; it takes at least 2 members");
    EGGROLL_EXPECTS(options.population % per_direction == 0,
                    "the population is " + std::to_string(options.population) +
                        "; antithetic pairs need an even one (or .antithetic = false in the perturbation)");
    if (options.group_size == 0) {
        options.group_size = options.population;
    }
    EGGROLL_EXPECTS(options.group_size > 0 && options.population % options.group_size == 0 &&
                        options.group_size % per_direction == 0,
                    "the group size is " + std::to_string(options.group_size) + "; it must divide the population of " +
                        std::to_string(options.population) +
                        (antithetic ? " and be even, so that pairs share data" : ""));
    EGGROLL_EXPECTS(!layout.parameters().empty(), "the model's layout has no parameters: its member initialisers call "
                                                  "layout.matrix(), layout.vector() and so on");
    check_parameter_id(layout.parameters().size());
    for (auto const& info : layout.parameters()) {
        check_noise_extent(info.out, info.in);
        check_noise_extent(info.in, info.out);
        if constexpr (StorageTraits<Storage>::integer) {
            EGGROLL_EXPECTS(info.out <= largest_integer_fan_in && info.in <= largest_integer_fan_in,
                            "parameter \"" + info.name + "\" has extents (" + std::to_string(info.out) + ", " +
                                std::to_string(info.in) + "); int8 sums are exact up to " +
                                std::to_string(largest_integer_fan_in));
        }
    }
    return options;
}

} // namespace detail

} // namespace eggroll
