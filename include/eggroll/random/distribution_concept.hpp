// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a distribution is: a pure function from a field of a few random bits to a value of zero mean. The field is so
/// narrow that every moment can be computed exactly by enumeration.

#include <eggroll/config.hpp>

#include <concepts>
#include <cstdint>

namespace eggroll {

/// `field_bits`: how many random bits a value takes. Narrow fields, because on a GPU the generator is the limit.
template <class D>
concept has_field_bits = requires {
    requires D::field_bits == 8 || D::field_bits == 16;
};

/// `value_type` and `static value_type value(std::uint32_t field)`, callable on every device.
template <class D>
concept has_value = requires(std::uint32_t field) {
    typename D::value_type;
    { D::value(field) } -> std::same_as<typename D::value_type>;
};

/// `variance` and `kurtosis` over all fields, of the value in its own unit.
template <class D>
concept has_moments = requires {
    { D::variance } -> std::convertible_to<double>;
    { D::kurtosis } -> std::convertible_to<double>;
};

template <class D>
concept distribution = has_field_bits<D> && has_value<D> && has_moments<D>;

/// Names what a would-be distribution lacks. True, or no compilation.
template <class D>
constexpr bool check_distribution() {
    static_assert(has_field_bits<D>, "A distribution needs `static constexpr int field_bits`, equal to 8 or 16.");
    static_assert(has_value<D>, "A distribution needs `value_type` and `static KOKKOS_FUNCTION value_type "
                                "value(std::uint32_t field)`.");
    static_assert(has_moments<D>, "A distribution needs `static constexpr double variance` and `kurtosis`, its exact "
                                  "moments over all fields.");
    return distribution<D>;
}

} // namespace eggroll
