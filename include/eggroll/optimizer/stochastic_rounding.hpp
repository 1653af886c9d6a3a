// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/sixteen_bit_state.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll {

/// Any optimizer on 16-bit parameters, its results rounded up or down at random so that their expectation is exact:
/// steps of less than half a unit in the last place arrive on average instead of vanishing, at no memory.
///
///     StochasticRounding{Adam{.learning_rate = 1e-3f}}
///
/// The bits come from the noise contract's rounding domain, a function of seed, generation, parameter and element: runs
/// are as reproducible as with rounding to nearest. It costs one Philox block an element.
template <class Optimizer>
struct StochasticRounding {
    Optimizer optimizer{};

    template <class Storage, class MemorySpace>
    class state;
};
template <class Optimizer>
StochasticRounding(Optimizer) -> StochasticRounding<Optimizer>;

template <class Optimizer>
template <class Storage, class MemorySpace>
class StochasticRounding<Optimizer>::state
    : public detail::SixteenBitState<state<Storage, MemorySpace>, Optimizer, Storage, MemorySpace> {
    static_assert(!StorageTraits<Storage>::integer,
                  "StochasticRounding: int8 parameters move by whole units, with nothing to round: int8 storage takes "
                  "ThresholdStep");
    static_assert(!std::is_same_v<Storage, float>,
                  "StochasticRounding: float parameters hold what optimizers compute, with nothing to round: use the "
                  "optimizer that it wraps");

    using base = detail::SixteenBitState<state, Optimizer, Storage, MemorySpace>;

public:
    struct Conversion {
        using storage_type = Storage;
        PhiloxKey key;
        std::uint32_t generation;
        std::uint32_t parameter; // id
        std::int64_t first_element;

        /// The word of an element counted from the parameter's first; four share a block.
        KOKKOS_FUNCTION std::uint32_t bits(std::int64_t element) const {
            auto const block = static_cast<std::uint64_t>(element) / 4;
            PhiloxBlock const counter{{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                                       parameter_word(NoiseDomain::rounding, parameter, Factor::full), generation}};
            return philox4x32_10(counter, key).word[element % 4];
        }
        KOKKOS_FUNCTION float load(std::int64_t, Storage current) const { return static_cast<float>(current); }
        KOKKOS_FUNCTION Storage store(std::int64_t element, float value) const {
            return StorageTraits<Storage>::round_stochastically(value, bits(element - first_element));
        }
    };

    state(StochasticRounding const& options, std::int64_t extent) : base(options.optimizer, extent) {}

    Conversion conversion(UpdateContext const& context) const {
        return {context.seed.key(), generation_word(context.generation), context.parameter, context.first_element};
    }
};

} // namespace eggroll
