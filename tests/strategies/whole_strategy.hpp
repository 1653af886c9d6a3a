// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Whole strategies that differ in everything at once: each trains a small model by both routes, and keeps what every
/// combination promises. 26 rows over 13 combinations of types; a row is one level of each factor:
///
///   distribution  Gaussian; others, A and B different where there are two; FixedPointGaussian
///   perturbation  LowRank<1>, <3>, <dynamic_rank>; FullRank
///   storage       float, half, bfloat16, int8
///   shaping       all eight
///   optimizer     Sgd with Nesterov, Adam, ClipUp, ClipNorm<AdamW>, StochasticRounding of Adam and of Sgd,
///   FloatMasters
///                 of Sgd with momentum and of AdamW, ThresholdStep
///   schedule      constant, exponential, linear, cosine, inverse_time, warm-up
///   antithetic    yes, no
///   noise_reuse   1, 2
///   vectors       automatic, full, product, none
///   convention    textbook, hyperscale
///   overrides     none; rank 0; own sigma and learning rate (and rank, where it is dynamic)
///   groups        one, eights
///   route         both, in every row
///
/// Every pair of levels occurs in some row for every two of: distribution, perturbation, antithetic, noise_reuse,
/// vectors, convention, overrides, groups; and of each of these (without perturbation) with schedule, except one of
/// 24 with vectors. Storage occurs with all levels of noise_reuse, vectors, convention, overrides and groups, shaping
/// with all of noise_reuse and convention, optimizer with all of noise_reuse and convention. What storage int8 excludes
/// (other distributions, shapings, optimizers, no pairs) does not occur. Shaping and optimizer are too many for all
/// their pairs in so few rows: each of their levels occurs in one or two combinations of types, in two rows each.

#include "support/temporary_directory.hpp"

#include <eggroll/evolution_strategy.hpp>
#include <eggroll/io/checkpoint.hpp>
#include <eggroll/perturbation/full_rank.hpp>
#include <eggroll/perturbation/low_rank.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace eggroll::testing {

inline constexpr std::int64_t population = 64;
inline constexpr int generations = 40;

/// The levels of a row that are no types.
struct Setting {
    enum class Decay { constant, exponential, linear, cosine, inverse_time, warm_up };
    enum class Overrides { none, frozen, own };
    enum class Groups { one, eights };

    Decay decay = Decay::constant;
    bool antithetic = true;
    std::uint64_t noise_reuse = 1;
    VectorPerturbation vectors = VectorPerturbation::automatic;
    UpdateConvention convention = UpdateConvention::textbook;
    Overrides overrides = Overrides::none;
    Groups groups = Groups::one;

    /// A schedule of this decay from `base` on.
    Schedule scheduled(double base) const {
        switch (decay) {
        case Decay::exponential:
            return Schedule::exponential(base, 0.97);
        case Decay::linear:
            return Schedule::linear(base, base / 5, generations);
        case Decay::cosine:
            return Schedule::cosine(base, base / 5, generations);
        case Decay::inverse_time:
            return Schedule::inverse_time(base, 0.05);
        case Decay::warm_up:
            return Schedule(base).with_warm_up(5);
        case Decay::constant:
            break;
        }
        return base;
    }
    /// The same for optimizers that take the gradient's scale as it is: `base` is meant for the textbook convention.
    Schedule scheduled_with_scale(double base, double sigma) const {
        bool const hyperscale = convention == UpdateConvention::hyperscale;
        return scheduled(hyperscale ? base / (sigma * sigma * std::sqrt(static_cast<double>(population))) : base);
    }
};

/// A parameter of each kind, and both products.
template <class Storage>
struct Net {
    using storage_type = Storage;
    static constexpr std::int64_t tokens = 6;
    static constexpr std::int64_t width = 8;
    static constexpr std::int64_t results = 3;

    ParameterLayout layout;
    Embedding table = layout.embedding("table", tokens, width, Initial::normal(0.6F));
    Matrix hidden = layout.matrix("hidden", width, width, Initial::normal(0.4F));
    Vector bias = layout.vector("bias", width, Initial::zero());
    Matrix head = layout.matrix("head", results, width, Initial::normal(0.4F));

    /// (row, 1) -> (row, results)
    template <class Members, class Tokens>
    Array2<ValueOf<Storage>> forward(Members const& members, Tokens const& x) const {
        auto const y = members.linear(hidden, bias, members.embedding(table, x));
        members.relu(y);
        return members.linear(head, y);
    }
};

/// Minus the mean squared distance of real values.
template <class Storage>
struct Score {
    Array2<ValueOf<Storage> const> y; // (member x token, result)
    Array2<float const> target;       // (token, result)
    Fitness fitness;                  // (member)
    KOKKOS_FUNCTION void operator()(std::int64_t i) const {
        double sum = 0;
        for (std::int64_t row = 0; row < target.rows; ++row) {
            for (std::int64_t k = 0; k < target.columns; ++k) {
                double real = static_cast<double>(y(i * target.rows + row, k));
                if constexpr (StorageTraits<Storage>::integer) {
                    real *= static_cast<double>(StorageTraits<Storage>::unit);
                }
                double const error = real - static_cast<double>(target(row, k));
                sum += error * error;
            }
        }
        fitness(i) = -sum / static_cast<double>(target.rows * target.columns);
    }
};

/// Keeps the fitness of a slice's members.
struct NoteFitness {
    Fitness fitness; // (member)
    double* into;    // (member)
    KOKKOS_FUNCTION void operator()(std::int64_t i) const { into[i] = fitness(i); }
};

/// Every token's own results, of either sign.
struct Data {
    std::vector<std::uint8_t> tokens{0, 1, 2, 3, 4, 5};
    std::vector<float> targets{1, -0.5F, 0.5F, -1, 1, 0.25F, 0.5F, 0.5F, -1, -0.25F, -1, 1, 1, 1, 0, -1, -0.5F, -0.5F};
};

template <class Storage, class Perturbation, class Optimizer, class Shaping, class Execution>
using WholeStrategy = EvolutionStrategy<Net<Storage>, Perturbation, Optimizer, Shaping, Execution>;

/// A perturbation with the row's options. sigma: a power of two where storage is int8.
template <class Perturbation>
Perturbation perturbation_of(Setting const& setting, double sigma) {
    Perturbation perturbation;
    perturbation.sigma = sigma;
    perturbation.antithetic = setting.antithetic;
    perturbation.noise_reuse = setting.noise_reuse;
    perturbation.vectors = setting.vectors;
    if (setting.overrides == Setting::Overrides::frozen) {
        perturbation.overrides = {{.parameter = "head", .rank = 0}};
    }
    if (setting.overrides == Setting::Overrides::own) {
        perturbation.overrides = {{.parameter = "hidden", .sigma = sigma / 2, .learning_rate = 0.01}};
        if constexpr (requires { Perturbation::fixed_rank; }) {
            if (!Perturbation::fixed_rank) {
                perturbation.overrides[0].rank = 5;
            }
        }
    }
    if constexpr (requires { Perturbation::fixed_rank; }) {
        if (!Perturbation::fixed_rank) {
            perturbation.rank = 2;
        }
    }
    return perturbation;
}

/// The bytes of everything that a checkpoint holds.
template <class Strategy>
std::vector<std::string> all_bits(Strategy const& es) {
    std::vector<std::string> bits;
    es.for_each_array([&](std::string const& name, auto const&, auto const& view) {
        auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, view);
        auto const size = host.extent(0) * sizeof(typename std::decay_t<decltype(view)>::value_type);
        bits.push_back(name + std::string(reinterpret_cast<char const*>(host.data()), size));
    });
    return bits;
}

/// Trains strategies of one row and compares them.
template <class Storage, class Perturbation, class Optimizer, class Shaping>
class WholeStrategyCheck {
public:
    using Slices = HostSlices<>;
    using Chunks = WholePopulation<Kokkos::DefaultExecutionSpace>;

    WholeStrategyCheck(Setting const& setting, Perturbation perturbation, Optimizer optimizer, Shaping shaping)
        : setting_(setting), perturbation_(std::move(perturbation)), optimizer_(std::move(optimizer)),
          shaping_(std::move(shaping)) {}

    /// `remaining`: the part of the loss at most left at the end.
    void run(double remaining) {
        check_route<Slices>({.workers = 1, .slice_members = 64}, {.workers = 3, .slice_members = 4}, remaining);
        check_route<Chunks>({.chunk_members = 64}, {.chunk_members = 6}, remaining);
        check_between_routes();
    }

private:
    template <class Execution>
    using Strategy = WholeStrategy<Storage, Perturbation, Optimizer, Shaping, Execution>;

    template <class Execution>
    Strategy<Execution> strategy(Execution const& execution) const {
        StrategyOptions options;
        options.population = population;
        options.seed = 11;
        options.group_size = setting_.groups == Setting::Groups::eights ? 8 : 0;
        options.convention = setting_.convention;
        return {Net<Storage>{}, perturbation_, optimizer_, options, shaping_, execution};
    }

    template <class Execution>
    auto objective_of(Strategy<Execution> const& es) const {
        return [this, &es](typename Strategy<Execution>::members_type const& members, Fitness fitness) {
            Array2<std::uint8_t const> const tokens{data_.tokens.data(), Net<Storage>::tokens, 1, 1};
            Array2<float const> const targets{data_.targets.data(), Net<Storage>::tokens, Net<Storage>::results,
                                              Net<Storage>::results};
            auto const y = es.model().forward(members, members.shared(tokens));
            members.for_each(members.size(), Score<Storage>{y, targets, fitness});
        };
    }
    template <class Execution>
    void train(Strategy<Execution>& es, int steps) const {
        auto objective = objective_of<Execution>(es);
        for (int step = 0; step < steps; ++step) {
            es.step(objective);
        }
    }
    template <class Execution>
    double loss(Strategy<Execution>& es) const {
        return -es.evaluate_mean(objective_of<Execution>(es))[0];
    }

    template <class Execution>
    void check_route(Execution const& whole, Execution const& cut, double remaining) const {
        auto es = strategy(whole);
        CAPTURE(es.path());
        double const before = loss<Execution>(es);
        train<Execution>(es, generations / 2);
        eggroll_test::TemporaryDirectory const directory;
        io::save_checkpoint(directory.path() / "half-way", es);
        train<Execution>(es, generations - generations / 2);
        double const after = loss<Execution>(es);
        CAPTURE(before, after);
        CHECK(after < remaining * before);
        auto const expected = all_bits(es);

        auto in_pieces = strategy(cut);
        train<Execution>(in_pieces, generations);
        CHECK(all_bits(in_pieces) == expected);

        auto resumed = strategy(cut);
        io::load_checkpoint(directory.path() / "half-way", resumed);
        train<Execution>(resumed, generations - generations / 2);
        CHECK(all_bits(resumed) == expected);
    }

    /// The members' fitness agrees, and so do the parameters, where both routes are told the same fitness.
    void check_between_routes() const {
        auto host = strategy(Slices{});
        auto device = strategy(Chunks{});
        auto other = strategy(Chunks{});
        std::vector<double> here(population);
        std::vector<double> there(population);
        other.step(recorded<Chunks>(other, there));
        for (int step = 0; step < generations; ++step) {
            host.step(recorded<Slices>(host, here));
            device.tell(here);
            for (std::size_t i = 0; step == 0 && i < here.size(); ++i) {
                CAPTURE(i, here[i], there[i]);
                CHECK(std::abs(here[i] - there[i]) <= fitness_bound * std::abs(here[i]));
            }
        }
        auto const x = host.host_parameters();
        auto const y = device.host_parameters();
        double difference = 0;
        double largest = 0;
        for (std::int64_t i = 0; i < x.extent(); ++i) {
            auto const value = static_cast<double>(x.data()[i]);
            difference = std::max(difference, std::abs(value - static_cast<double>(y.data()[i])));
            largest = std::max(largest, std::abs(value));
        }
        CAPTURE(difference, largest);
        CHECK(difference <= parameter_bound * largest);
        CHECK(largest > 0.1);
    }
    /// The objective, which also notes the fitness of every member of the population.
    template <class Execution>
    auto recorded(Strategy<Execution> const& es, std::vector<double>& into) const {
        return [objective = objective_of<Execution>(es),
                &into](typename Strategy<Execution>::members_type const& members, Fitness fitness) {
            objective(members, fitness);
            members.for_each(members.size(), NoteFitness{fitness, into.data() + members.begin()});
        };
    }

    // Between routes sums of at most 64 terms are rounded in another order: int8 has none. Where a gradient is nearly
    // zero, Adam divides it by itself; 16-bit results near the middle between two neighbours go to either.
    static constexpr bool exact = StorageTraits<Storage>::integer;
    static constexpr bool rounds = !exact && !std::is_same_v<Storage, float>;
    static constexpr double fitness_bound = exact ? 0.0 : 1e-5;
    static constexpr double parameter_bound = exact ? 0.0 : (rounds ? 0.02 : 1e-5);

    Setting setting_;
    Perturbation perturbation_;
    Optimizer optimizer_;
    Shaping shaping_;
    Data data_;
};

/// sigma of the rows: a power of two where storage is int8.
template <class Storage>
inline constexpr double sigma = StorageTraits<Storage>::integer ? 0x1p-3 : 0.1;

/// Runs a row; see WholeStrategyCheck::run.
template <class Storage, class Perturbation, class Optimizer, class Shaping>
void check(Setting const& setting, Optimizer const& optimizer, Shaping const& shaping, double remaining) {
    auto const perturbation = perturbation_of<Perturbation>(setting, sigma<Storage>);
    WholeStrategyCheck<Storage, Perturbation, Optimizer, Shaping>(setting, perturbation, optimizer, shaping)
        .run(remaining);
}

} // namespace eggroll::testing
