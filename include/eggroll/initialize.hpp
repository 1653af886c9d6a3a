// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/parameters.hpp>
#include <eggroll/random/noise.hpp>

#include <cstdint>

namespace eggroll {

/// Gives every parameter the values that its layout's Initial describes: constant + deviation * N(0, 1), drawn from the
/// noise contract's initialisation domain, rounded to nearest by int8 and 16-bit storage.
template <class Storage>
void initialize(ParameterLayout const& layout, Seed seed, Parameters<Storage, Kokkos::HostSpace> const& parameters) {
    NoiseStream<Gaussian> const noise{seed.key(), 0, NoiseDomain::initialisation};
    for (std::size_t id = 0; id < layout.parameters().size(); ++id) {
        auto const& info = layout.parameters()[id];
        auto const values = parameters[info]; // (out, in)
        for (std::int64_t i = 0; i < info.out; ++i) {
            for (std::int64_t j = 0; j < info.in; ++j) {
                float const draw = info.initial.deviation == 0.0F
                                       ? 0.0F
                                       : noise.value(static_cast<std::uint32_t>(id), Factor::full, 0, i, info.in, j);
                values(i, j) = StorageTraits<Storage>::from_real(info.initial.constant + info.initial.deviation * draw);
            }
        }
    }
}

} // namespace eggroll
