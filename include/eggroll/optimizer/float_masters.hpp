// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/sixteen_bit_state.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll {

/// Any optimizer on 16-bit parameters, as if they were float: the optimizer moves fp32 masters, and the model sees them
/// rounded to nearest. So steps of less than half a unit in the last place add up instead of vanishing.
///
///     FloatMasters{Adam{.learning_rate = 1e-3f}}
///
/// What is kept is master - parameter, in fp32, where the difference is exact (up to the storage's largest value, where
/// parameters stop): 4 bytes a parameter. It is zero at first, checkpoints hold it, and it is ignored for a parameter
/// that was written from outside.
template <class Optimizer>
struct FloatMasters {
    Optimizer optimizer{};

    template <class Storage, class MemorySpace>
    class state;
};
template <class Optimizer>
FloatMasters(Optimizer) -> FloatMasters<Optimizer>;

template <class Optimizer>
template <class Storage, class MemorySpace>
class FloatMasters<Optimizer>::state
    : public detail::SixteenBitState<state<Storage, MemorySpace>, Optimizer, Storage, MemorySpace> {
    static_assert(!StorageTraits<Storage>::integer,
                  "FloatMasters: int8 parameters move by whole units, which leave no remainder to keep: int8 storage "
                  "takes ThresholdStep");
    static_assert(!std::is_same_v<Storage, float>,
                  "FloatMasters: float parameters are their own masters: use the optimizer that it wraps");

    using base = detail::SixteenBitState<state, Optimizer, Storage, MemorySpace>;

public:
    struct Conversion {
        using storage_type = Storage;
        float* remainders; // master - parameter

        KOKKOS_FUNCTION float load(std::int64_t element, Storage current) const {
            float const stored = static_cast<float>(current);
            float const master = stored + remainders[element];
            bool const belongs = static_cast<float>(StorageTraits<Storage>::from_real(master)) == stored;
            return belongs ? master : stored; // else the parameter was written since
        }
        KOKKOS_FUNCTION Storage store(std::int64_t element, float master) const {
            Storage const stored = StorageTraits<Storage>::from_real(master);
            remainders[element] = master - static_cast<float>(stored);
            return stored;
        }
    };

    state(FloatMasters const& options, std::int64_t extent)
        : base(options.optimizer, extent), remainders_("eggroll::float_masters::remainders", extent) {}

    Conversion conversion(UpdateContext const&) const { return {remainders_.data()}; }

    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        visit("master_remainder", remainders_);
        base::for_each_array(visit);
    }

private:
    Kokkos::View<float*, MemorySpace> remainders_;
};

} // namespace eggroll
