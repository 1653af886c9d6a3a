// SPDX-License-Identifier: Apache-2.0
// The device route on CUDA, instantiated for what users combine: it has to compile wherever there is a nvcc, and its
// numbers are checked on the host's execution spaces, which run the same kernels.

#include <eggroll/eggroll.hpp>

namespace {

using Device = eggroll::WholePopulation<Kokkos::DefaultExecutionSpace>;

struct FirstOutput {
    eggroll::Array2<float const> output; // (member, feature)
    eggroll::Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { fitness(member) = output(member, 0); }
};

/// Floats: a perceptron on one shared row.
template <class Perturbation, class Optimizer, class Storage = float>
double train_float(float const* x) {
    eggroll::EvolutionStrategy es{eggroll::Mlp<Storage>({8, 16, 2}),
                                  Perturbation{},
                                  Optimizer{},
                                  {.population = 64},
                                  eggroll::CentredRank{},
                                  Device{}};
    using Members = typename decltype(es)::members_type;
    auto const objective = [&](Members const& members, typename Members::fitness_type fitness) {
        auto const y = es.model().forward(members, members.shared(eggroll::Array2<float const>{x, 1, 8, 8}));
        members.for_each(members.size(), FirstOutput{y, fitness});
    };
    es.step(objective);
    return es.evaluate_mean(objective)[0];
}

/// int8: the language model.
template <class Perturbation>
double train_integer(std::uint8_t const* text) {
    eggroll::EvolutionStrategy es{eggroll::Egg({.layers = 1, .width = 16}),
                                  Perturbation{.sigma = 1.0 / 16},
                                  eggroll::ThresholdStep{},
                                  {.population = 64},
                                  eggroll::PairSign{},
                                  Device{}};
    using Members = typename decltype(es)::members_type;
    auto const report = es.step([&](Members const& members, typename Members::fitness_type fitness) {
        es.model().score(members, eggroll::Array2<std::uint8_t const>{text, 1, 9, 9}, fitness);
    });
    return report.fitness_mean;
}

} // namespace

int main(int argc, char** argv) {
    Kokkos::ScopeGuard const kokkos(argc, argv);
    Kokkos::View<float*> const x("x", 8);
    Kokkos::View<std::uint8_t*> const text("text", 9);
    double sum = 0;
    sum += train_float<eggroll::LowRank<2>, eggroll::Adam>(x.data());
    sum += train_float<eggroll::LowRank<1, eggroll::Rademacher, eggroll::Uniform>, eggroll::Sgd>(x.data());
    sum += train_float<eggroll::FullRank<>, eggroll::AdamW>(x.data());
    sum += train_float<eggroll::Unperturbed<>, eggroll::Sgd>(x.data());
    sum += train_float<eggroll::LowRank<2>, eggroll::Adam, eggroll::bfloat16>(x.data());
    sum += train_float<eggroll::FullRank<>, eggroll::Sgd, eggroll::half>(x.data());
    sum += train_integer<eggroll::LowRank<1, eggroll::FixedPointGaussian>>(text.data());
    sum += train_integer<eggroll::FullRank<eggroll::FixedPointGaussian>>(text.data());
    return sum == sum ? 0 : 1;
}
