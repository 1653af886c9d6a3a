// SPDX-License-Identifier: Apache-2.0
// Measures how the low-rank estimate of the gradient approaches the full-rank one as the rank grows: docs/theory.md.

#include "cost.hpp"
#include "objectives.hpp"
#include "regimes.hpp"
#include "report.hpp"

#include <eggroll/io/progress.hpp>
#include <eggroll/tasks/text_corpus.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace rank_convergence;

struct Settings {
    bool quick = false;
    bool check = false;
    std::uint64_t seed = 1;
    int threads = 0;
    std::string text;
    std::string csv;
    std::string json;
};

void declare(CLI::App& app, Settings& settings) {
    app.add_flag("--quick", settings.quick, "Fewer samples: errors of 3 % instead of 1 % (network: 10 and 2)");
    app.add_flag("--check", settings.check,
                 "Exit with 1 unless all points lie within 4 standard errors of their closed forms, and their slopes "
                 "within .05 of -1");
    app.add_option("--seed", settings.seed, "Seed of all noise")->capture_default_str();
    app.add_option("--threads", settings.threads, "Threads; 0: all. Results don't depend on it")
        ->capture_default_str()
        ->check(CLI::Range(0, 4096));
    app.add_option("--text", settings.text,
                   "File or directory that the network reads; without it, the C++ standard library's headers");
    app.add_option("--csv", settings.csv, "Directory for CSV files, which scripts/plot-theory draws");
    app.add_option("--json", settings.json, "File of JSON lines to write, one per objective");
}

/// The bar of the second stage, in percent of the expected seconds.
class PercentBar {
public:
    explicit PercentBar(double seconds) : seconds_(seconds), bar_({.label = "measuring", .total = 100, .unit = "%"}) {}
    void advance(double seconds, std::string const& what) {
        done_ += seconds;
        bar_.update(static_cast<std::uint64_t>(100 * std::min(1.0, done_ / seconds_)), what);
    }

private:
    double seconds_;
    double done_ = 0;
    eggroll::io::ProgressBar bar_;
};

bool agrees(Curve const& curve) {
    bool good = true;
    for (Point const& point : curve.points) {
        if (!(std::abs(point.deviation()) <= 4)) {
            std::fprintf(stderr, "rank_convergence: %s at rank %d is %.1f standard errors from its closed form\n",
                         curve.name.c_str(), point.rank, point.deviation());
            good = false;
        }
    }
    double const slope = fit_power_law(curve).slope;
    if (!(std::abs(slope + 1) <= 0.05)) {
        std::fprintf(stderr, "rank_convergence: the slope of %s is %.4f\n", curve.name.c_str(), slope);
        good = false;
    }
    return good;
}

int run_program(Settings const& settings) {
    if (!settings.csv.empty()) {
        std::filesystem::create_directories(settings.csv);
    }
    std::optional<eggroll::io::JsonLines> json; // now, because a path that can't be should not cost a run
    if (!settings.json.empty()) {
        json.emplace(settings.json);
    }
    eggroll::tasks::TextCorpus const corpus(settings.text.empty() ? eggroll::tasks::standard_library_headers()
                                                                  : std::filesystem::path(settings.text));
    std::vector<Experiment> all = all_experiments(corpus.train(), settings.quick, settings.seed);
    auto const cost_case = settings.quick ? theory::CostCase{.width = 256, .population = 256} : theory::CostCase();
    // Seconds on two cores, for the bar alone.
    double const density_seconds = 0.5;
    double const regime_seconds = settings.quick ? 2 : 20;
    double const cost_seconds = settings.quick ? 1 : 15;
    double seconds = density_seconds + regime_seconds + cost_seconds;
    {
        int pilots = 0;
        for (Experiment const& experiment : all) {
            pilots += experiment.pilots();
        }
        eggroll::io::ProgressBar bar(
            {.label = "pilots", .total = static_cast<std::uint64_t>(pilots), .unit = "points"});
        std::uint64_t done = 0;
        for (Experiment& experiment : all) {
            experiment.pilot([&] { bar.update(++done, experiment.name()); });
            seconds += experiment.expected_seconds();
        }
    }
    std::vector<Curve> curves;
    std::vector<Histogram> densities;
    std::vector<theory::RegimePoint> regimes;
    std::vector<theory::CostPoint> cost;
    {
        PercentBar bar(seconds);
        auto const part = [&](double whole, char const* what) {
            return [&bar, whole, what, before = 0.0](double fraction) mutable {
                bar.advance(whole * (fraction - before), what);
                before = fraction;
            };
        };
        for (Experiment const& experiment : all) {
            curves.push_back(experiment.measure([&](double step) { bar.advance(step, experiment.name()); }));
        }
        for (std::size_t i = 0; i < density_ranks.size(); ++i) {
            densities.push_back(measure_density(density_ranks[i], point_seed(settings.seed, i)));
            bar.advance(density_seconds / static_cast<double>(density_ranks.size()), "densities");
        }
        regimes = theory::measure_regimes(settings.quick, part(regime_seconds, "regimes"));
        cost = theory::measure_cost(settings.quick, part(cost_seconds, "cost"), cost_case);
    }
    for (Curve const& curve : curves) {
        print(curve);
    }
    print(std::span<Histogram const>(densities));
    print(std::span<theory::RegimePoint const>(regimes));
    print(cost, cost_case);
    if (json) {
        write_json(*json, curves);
    }
    if (!settings.csv.empty()) {
        write_csv(settings.csv, curves, densities);
        write_csv(settings.csv, regimes);
        write_csv(settings.csv, cost, cost_case);
    }
    bool good = true;
    for (Curve const& curve : curves) {
        bool const known = !std::isnan(curve.points.front().closed_form);
        good = (!settings.check || !known || agrees(curve)) && good;
    }
    return good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Measures how low-rank evolution strategies approach full-rank ones as the rank grows (EGGROLL).",
                 "rank_convergence");
    Settings settings;
    declare(app, settings);
    CLI11_PARSE(app, argc, argv);
    auto initialization = Kokkos::InitializationSettings().set_disable_warnings(true);
    if (settings.threads > 0) {
        initialization.set_num_threads(settings.threads);
    }
    Kokkos::ScopeGuard const kokkos(initialization);
    try {
        return run_program(settings);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "rank_convergence: %s\n", error.what());
    }
    return 1;
}
