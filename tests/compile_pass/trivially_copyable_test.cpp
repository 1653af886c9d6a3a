// SPDX-License-Identifier: Apache-2.0

// What kernels copy to a device must be trivially copyable.

#include <eggroll/eggroll.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <type_traits>

namespace {

using eggroll::FixedPointGaussian;
using eggroll::Gaussian;
using eggroll::NoiseStream;

template <class... Types>
constexpr bool trivially_copyable = (std::is_trivially_copyable_v<Types> && ...);

template <class T>
constexpr bool operands =
    trivially_copyable<eggroll::Array2<T>, eggroll::Array2<T const>, eggroll::Input<T>, eggroll::Weights<T>,
                       eggroll::LowRankNoise<T>, eggroll::FullRankNoise<NoiseStream<Gaussian>, T>,
                       eggroll::VectorNoise<T>, typename eggroll::ScaleOf<T>::type>;

template <class Source, class Weight>
constexpr bool updates =
    trivially_copyable<eggroll::LowRankUpdate<Source, Weight>, eggroll::FullRankUpdate<Source, Weight>,
                       eggroll::ProductUpdate<Source, Weight>>;

template <class Optimizer, class Storage>
using RuleOf = decltype(std::declval<typename Optimizer::template state<Storage, Kokkos::HostSpace> const&>().rule(
    std::declval<eggroll::UpdateContext const&>()));

} // namespace

static_assert(operands<float> && operands<std::int8_t>);
static_assert(trivially_copyable<eggroll::Input<std::uint8_t>, eggroll::Input<std::int32_t>>);
static_assert(
    trivially_copyable<eggroll::MemberRows, eggroll::NoNoise, eggroll::Fitness, eggroll::Step, eggroll::Seed>);
static_assert(trivially_copyable<NoiseStream<Gaussian>, NoiseStream<FixedPointGaussian>>);
static_assert(updates<NoiseStream<Gaussian>, float> && updates<NoiseStream<FixedPointGaussian>, std::int8_t>);
static_assert(trivially_copyable<eggroll::Matrix, eggroll::Embedding, eggroll::Vector, eggroll::State>);
static_assert(trivially_copyable<RuleOf<eggroll::Sgd, float>, RuleOf<eggroll::Adam, float>,
                                 RuleOf<eggroll::AdamW, float>, RuleOf<eggroll::ThresholdStep, std::int8_t>>);

TEST_CASE("what kernels copy is trivially copyable", "[compile_pass]") {
    SUCCEED("the assertions above");
}
