// SPDX-License-Identifier: Apache-2.0
// Minimises the functions that optimizers are usually tried on, in up to 10,000 dimensions, and prints what was
// reached.

#include "recipes.hpp"

#include <eggroll/eggroll.hpp>
#include <eggroll/io/progress.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace test_functions;
using Rank = eggroll::LowRank<eggroll::dynamic_rank>;

std::map<std::string, Function> const names = {
    {"sphere", Function::sphere}, {"rosenbrock", Function::rosenbrock}, {"rastrigin", Function::rastrigin}};

struct Evaluate {
    Function function;
    eggroll::Array2<float const> points; // (member, dimension)
    eggroll::Fitness fitness;            // (member), larger is better

    KOKKOS_FUNCTION void operator()(std::int64_t member) const {
        fitness(member) = -value(function, points.row(member), points.columns);
    }
};

/// The search space: a matrix, for low-rank noise to have a shape to be low-rank in.
struct MatrixPoint {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Matrix x;
    std::vector<float> identity; // (columns, columns)

    explicit MatrixPoint(Recipe const& recipe)
        : x(layout.matrix("x", recipe.rows, recipe.columns, eggroll::Initial::normal(recipe.start))),
          identity(static_cast<std::size_t>(x.in * x.in), 0.0F) {
        for (std::int64_t i = 0; i < x.in; ++i) {
            identity[static_cast<std::size_t>(i * x.in + i)] = 1;
        }
    }
    /// The members' points: what x multiplies the identity to, exactly. (member, dimension)
    template <class Members>
    eggroll::Array2<float const> points(Members const& members) const {
        auto const unit_vectors = eggroll::Array2<float const>{identity.data(), x.in, x.in, x.in};
        auto const y = members.linear(x, members.shared(unit_vectors)); // (member x column, row)
        return {y.data, members.size(), x.out * x.in, x.out * x.in};
    }
};

/// For full-rank noise a vector is the same as a matrix, and simpler.
struct VectorPoint {
    using storage_type = float;
    eggroll::ParameterLayout layout;
    eggroll::Vector x;

    explicit VectorPoint(Recipe const& recipe)
        : x(layout.vector("x", recipe.dimension(), eggroll::Initial::normal(recipe.start))) {}
    template <class Members>
    eggroll::Array2<float const> points(Members const& members) const {
        return members.vector(x);
    }
};

eggroll::Schedule schedule(Decay const& decay, std::uint64_t generations) {
    return eggroll::Schedule::exponential(decay.first,
                                          std::pow(decay.second / decay.first, 1.0 / static_cast<double>(generations)));
}

/// The function at the mean parameters.
struct Values {
    double first;
    double reached;
};

template <class Point, class Perturbation>
Values minimise(Recipe const& recipe, Perturbation perturbation, eggroll::Seed seed, std::string const& label) {
    perturbation.sigma = schedule(recipe.sigma, recipe.generations);
    eggroll::EvolutionStrategy es{Point(recipe),
                                  perturbation,
                                  eggroll::Adam{.learning_rate = schedule(recipe.learning_rate, recipe.generations)},
                                  {.population = recipe.population, .seed = seed}};
    using Members = typename decltype(es)::members_type;
    auto const objective = [&](Members const& members, typename Members::fitness_type fitness) {
        members.for_each(members.size(), Evaluate{recipe.function, es.model().points(members), fitness});
    };
    double const first = -es.evaluate_mean(objective)[0];
    eggroll::io::ProgressBar bar({.label = label, .total = recipe.generations, .unit = "gen"});
    for (std::uint64_t done = 0; done < recipe.generations;) {
        auto const report = es.step(objective);
        bar.update(++done, "best " + eggroll::io::format_quantity(-report.fitness_max));
    }
    bar.clear();
    return {first, -es.evaluate_mean(objective)[0]};
}

/// Runs the recipe, prints its line, and says whether it reached its target.
bool run(std::string const& name, Recipe const& recipe, int rank, eggroll::Seed seed) {
    auto const start = std::chrono::steady_clock::now();
    std::string const label = name + " " + std::to_string(recipe.dimension());
    Values const values = rank > 0 ? minimise<MatrixPoint>(recipe, Rank{.rank = rank}, seed, label)
                                   : minimise<VectorPoint>(recipe, eggroll::FullRank<>{}, seed, label);
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    bool const good = values.reached <= recipe.target;
    std::printf("%-11s %9lld %5s %12llu %10.3g %10.3g %8.2g %8.1f%s\n", name.c_str(),
                static_cast<long long>(recipe.dimension()), rank > 0 ? std::to_string(rank).c_str() : "full",
                static_cast<unsigned long long>(recipe.generations) *
                    static_cast<unsigned long long>(recipe.population),
                values.first, values.reached, recipe.target, seconds, good ? "" : "  missed");
    std::fflush(stdout);
    return good;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Minimises test functions by evolution strategies; exit code 1 if a target is missed");
    std::vector<std::string> functions = {"sphere", "rosenbrock", "rastrigin"};
    std::vector<std::int64_t> dimensions = {10, 100, 1000, 10000};
    std::vector<int> ranks = {1, 0};
    std::uint64_t seed = 1;
    Recipe given{};
    app.add_option("--function", functions, "sphere, rosenbrock, rastrigin; several at once")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    app.add_option("--dimension", dimensions, "10, 100, 1000, 10000")
        ->check(CLI::IsMember(std::vector{10, 100, 1000, 10000}))
        ->capture_default_str();
    app.add_option("--rank", ranks, "Ranks of the noise; 0: full rank, which is OpenES")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", seed, "Seed of the start and the noise")->capture_default_str();
    app.add_option("--population", given.population, "Instead of the recipe's");
    app.add_option("--generations", given.generations, "Instead of the recipe's");
    app.add_option("--sigma", given.sigma, "First and last, instead of the recipe's");
    app.add_option("--learning-rate", given.learning_rate, "First and last, instead of the recipe's");
    CLI11_PARSE(app, argc, argv);

    Kokkos::ScopeGuard kokkos;
    std::printf("function    dimension  rank  evaluations       from    reached   target  seconds\n");
    bool good = true;
    try {
        for (auto const& name : functions) {
            for (Recipe recipe : recipes) {
                bool const wanted =
                    std::find(dimensions.begin(), dimensions.end(), recipe.dimension()) != dimensions.end();
                if (recipe.function != names.at(name) || !wanted) {
                    continue;
                }
                recipe.population = given.population != 0 ? given.population : recipe.population;
                recipe.generations = given.generations != 0 ? given.generations : recipe.generations;
                recipe.sigma = given.sigma.first != 0 ? given.sigma : recipe.sigma;
                recipe.learning_rate = given.learning_rate.first != 0 ? given.learning_rate : recipe.learning_rate;
                for (int const rank : ranks) {
                    good = run(name, recipe, rank, seed) && good;
                }
            }
        }
    } catch (eggroll::Error const& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
    return good ? 0 : 1;
}
