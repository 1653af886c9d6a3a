// SPDX-License-Identifier: Apache-2.0

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/optimizer/sgd.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace {

using namespace eggroll;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

struct Layer {
    using storage_type = float;
    ParameterLayout layout;
    Matrix weight = layout.matrix("weight", 70, 19);
    Vector bias = layout.vector("bias", 70);
};

constexpr std::int64_t population = 8;
constexpr std::int64_t rows_of_member = 2;
std::vector<std::int32_t> const chosen{1, 2, 2, 6, 7, 0}; // and one more, for nobody

template <class P, class E>
struct Case {
    using perturbation = P;
    using execution = E;
};
struct Reference : HostSlices<Kokkos::DefaultHostExecutionSpace, kernels::reference::Place> {};

/// Calls objective(members) with the whole population in one slice, perturbed and as the mean.
template <class C, class Objective>
void in_a_slice(Objective const& objective) {
    EvolutionStrategy<Layer, typename C::perturbation, Sgd, CentredRank, typename C::execution> es{
        Layer{}, typename C::perturbation{}, Sgd{}, {.population = population}};
    auto const call = [&](auto const& members, Fitness fitness) {
        std::fill_n(fitness.data, members.size(), 0.0);
        objective(es.model(), members);
    };
    es.step(call);
    es.evaluate_mean(call, population);
}

/// (row, column) as one list.
std::vector<float> values_of(Array2<float> const& y) {
    return {y.data, y.data + y.rows * y.columns};
}

} // namespace

TEMPLATE_TEST_CASE("selected members compute what they compute among all", "[members]",
                   (Case<LowRank<3>, HostSlices<>>), (Case<FullRank<>, HostSlices<>>), (Case<LowRank<3>, Reference>),
                   (Case<FullRank<>, Reference>)) {
    in_a_slice<TestType>([&](Layer const& model, auto const& members) {
        REQUIRE(members.size() == population);
        Array2<float> const all = members.template array<float>(population * rows_of_member, 19);
        for (std::int64_t i = 0; i < all.rows * all.columns; ++i) {
            all.data[i] = static_cast<float>(i * 37 % 101) / 50.0F - 1.0F;
        }
        auto const count = static_cast<std::int64_t>(chosen.size()) - 1;
        Array2<float> const some = members.template array<float>(count * rows_of_member, 19);
        Array2<float> const expected = members.template array<float>(count * rows_of_member, 70);
        auto const y = members.linear(model.weight, model.bias, all);
        for (std::int64_t row = 0; row < some.rows; ++row) {
            std::int64_t const from =
                chosen[static_cast<std::size_t>(row / rows_of_member)] * rows_of_member + row % rows_of_member;
            std::copy_n(all.row(from), 19, some.row(row));
            std::copy_n(y.row(from), 70, expected.row(row));
        }
        {
            auto const selection = members.select(chosen.data(), count);
            CHECK(values_of(members.linear(model.weight, model.bias, some)) == values_of(expected));
            CHECK_THROWS_MATCHES(members.linear(model.weight, members.shared(some)), Error,
                                 MessageMatches(ContainsSubstring("selected members share no rows")));
            CHECK_THROWS_MATCHES(members.linear(model.weight, Array2<float>{some.data, count + 1, 19, 19}), Error,
                                 MessageMatches(ContainsSubstring("6 rows for 5 members")));
        }
        CHECK(values_of(members.linear(model.weight, model.bias, all)) == values_of(y)); // the scope is over
    });
}
