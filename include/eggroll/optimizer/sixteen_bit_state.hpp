// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/optimizer/measurements.hpp>
#include <eggroll/optimizer/update_context.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <type_traits>

namespace eggroll::detail {

/// An optimizer's rule on float, and the conversions of a 16-bit element before and after it.
template <class Rule, class Conversion>
struct ConvertingRule {
    using storage_type = typename Conversion::storage_type;

    Rule rule;
    Conversion conversion;

    KOKKOS_FUNCTION storage_type operator()(std::int64_t element, storage_type current, float sum) const {
        return conversion.store(element, rule(element, conversion.load(element, current), sum));
    }
};

/// An optimizer's measurements, of the same elements.
template <class Measure, class Conversion>
struct ConvertingMeasure {
    Measure measure;
    Conversion conversion;

    KOKKOS_FUNCTION auto operator()(std::int64_t element, typename Conversion::storage_type current, float sum) const {
        return measure(element, conversion.load(element, current), sum);
    }
};

/// The state of an optimizer that computes as if parameters were float, while `Derived::conversion(context)` loads and
/// stores them.
template <class Derived, class Optimizer, class Storage, class MemorySpace>
class SixteenBitState {
    using inner_type = typename Optimizer::template state<float, MemorySpace>;

public:
    static constexpr int measurements = measurements_of<inner_type>;

    auto rule(UpdateContext const& context) const {
        auto const conversion = derived().conversion(context);
        return ConvertingRule<decltype(inner_.rule(context)), std::remove_const_t<decltype(conversion)>>{
            inner_.rule(context), conversion};
    }

    auto measure(UpdateContext const& context) const requires(measurements > 0) {
        auto const conversion = derived().conversion(context);
        return ConvertingMeasure<decltype(inner_.measure(context)), std::remove_const_t<decltype(conversion)>>{
            inner_.measure(context), conversion};
    }
    void measured(Measurements<measurements> const& totals) requires(measurements > 0) { inner_.measured(totals); }

    template <class Visitor>
    void for_each_array(Visitor&& visit) const {
        inner_.for_each_array(visit);
    }

protected:
    SixteenBitState(Optimizer const& optimizer, std::int64_t extent) : inner_(optimizer, extent) {}

private:
    Derived const& derived() const { return static_cast<Derived const&>(*this); }

    inner_type inner_;
};

} // namespace eggroll::detail
