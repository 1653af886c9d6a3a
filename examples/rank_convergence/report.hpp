// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the program says: tables, JSON lines, and the CSV files that scripts/plot-theory draws.

#include "closed_forms.hpp"
#include "cost.hpp"
#include "curve.hpp"
#include "densities.hpp"
#include "regimes.hpp"

#include <eggroll/error.hpp>
#include <eggroll/io/json_lines.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rank_convergence {

/// The slope of a perfect measurement, all points weighing the same.
inline double closed_form_slope(Curve const& curve) {
    std::vector<double> rank;
    std::vector<double> bias;
    for (Point const& point : curve.points) {
        rank.push_back(point.rank);
        bias.push_back(point.closed_form);
    }
    return theory::log_log_slope(rank, bias);
}

inline void print(Curve const& curve) {
    bool const known = !std::isnan(curve.points.front().closed_form);
    std::printf("\n%s: %s\nfull-rank limit %.6f", curve.name.c_str(), curve.description.c_str(), curve.limit);
    std::printf(known ? " (closed form)\n" : " +- %.6f (measured)\n", curve.limit_error);
    std::printf("%6s %12s %11s %7s %12s %10s %9s\n", "rank", "bias", "error", "", "closed form", "deviation",
                "samples");
    for (Point const& point : curve.points) {
        std::printf("%6d %12.7f %11.7f %6.2f%% ", point.rank, point.bias, point.error, 100 * point.relative_error());
        if (known) {
            std::printf("%12.7f %+8.2f s ", point.closed_form, point.deviation());
        } else {
            std::printf("%12s %10s ", "-", "-");
        }
        std::printf("%9.2g\n", point.samples);
    }
    PowerLaw const law = fit_power_law(curve);
    std::printf("slope %.4f +- %.4f", law.slope, law.error);
    if (known) {
        std::printf(" (perfect measurement: %.3f)", closed_form_slope(curve));
    }
    std::printf("\n");
}

inline void print(std::span<Histogram const> densities) {
    std::printf("\ndensities of an entry: largest deviation of %d bins from the closed form, in standard errors\n",
                Histogram::bins);
    for (Histogram const& histogram : densities) {
        std::printf("%6d %6.2f s (%.2g entries)\n", histogram.rank, histogram.largest_deviation(), histogram.samples);
    }
}

inline void print(std::span<theory::CostPoint const> cost, theory::CostCase const& what) {
    std::printf("\ncost of a generation: %lld members, %lld inputs each, %lld layers of width %lld\n",
                static_cast<long long>(what.population), static_cast<long long>(what.rows),
                static_cast<long long>(what.layers), static_cast<long long>(what.width));
    std::printf("%9s %12s %12s %12s %12s\n", "rank", "milliseconds", "evaluate", "update", "MiB");
    for (theory::CostPoint const& point : cost) {
        std::printf("%9s %12.2f %12.2f %12.2f %12.2f\n", point.rank == 0 ? "full" : std::to_string(point.rank).c_str(),
                    1e3 * point.seconds_per_generation, 1e3 * point.evaluate_seconds, 1e3 * point.update_seconds,
                    static_cast<double>(point.peak_bytes) / 1048576);
    }
}

inline void print(std::span<theory::RegimePoint const> regimes) {
    std::printf("\nregimes: relative error of the estimate, sigma = %.2g d^-a\n%10s %6s %6s %12s %11s %12s %10s\n",
                theory::regime_scale, "", "a", "d", "error", "+-", "closed form", "deviation");
    for (theory::RegimePoint const& point : regimes) {
        std::printf("%10s %6.2f %6lld %12.6f %11.6f %12.6f %+8.2f s\n", point.perturbation.c_str(), point.exponent,
                    static_cast<long long>(point.dimension), point.measured, point.measured_error, point.predicted,
                    (point.measured - point.predicted) / point.measured_error);
    }
}

inline void write_json(eggroll::io::JsonLines& file, std::span<Curve const> curves) {
    for (Curve const& curve : curves) {
        PowerLaw const law = fit_power_law(curve);
        nlohmann::ordered_json line = {{"objective", curve.name}, {"slope", law.slope}, {"slope_error", law.error}};
        for (Point const& point : curve.points) {
            line["ranks"].push_back(point.rank);
            line["bias"].push_back(point.bias);
            line["bias_error"].push_back(point.error);
        }
        file.write(line);
    }
}

/// A CSV file with a line of names.
class Csv {
public:
    Csv(std::filesystem::path path, char const* names) : path_(std::move(path)), stream_(path_) {
        EGGROLL_EXPECTS(stream_.is_open(), "cannot open " + path_.string() + " for writing; check --csv");
        stream_.precision(10);
        stream_ << names << '\n';
    }
    template <class First, class... Rest>
    void write(First const& first, Rest const&... rest) {
        stream_ << first;
        ((stream_ << ',' << rest), ...);
        stream_ << '\n';
        EGGROLL_EXPECTS(stream_.good(), "cannot write " + path_.string() + "; is the disk full?");
    }

private:
    std::filesystem::path path_;
    std::ofstream stream_;
};

inline void write_csv(std::filesystem::path const& directory, std::span<Curve const> curves,
                      std::span<Histogram const> densities) {
    Csv bias(directory / "bias.csv", "objective,rank,bias,bias_error,closed_form,samples");
    Csv slopes(directory / "slopes.csv", "objective,slope,slope_error,constant");
    for (Curve const& curve : curves) {
        for (Point const& point : curve.points) {
            bias.write(curve.name, point.rank, point.bias, point.error, point.closed_form, point.samples);
        }
        PowerLaw const law = fit_power_law(curve);
        slopes.write(curve.name, law.slope, law.error, law.constant);
    }
    Csv measured(directory / "densities.csv", "rank,entry,density,error,closed_form");
    Csv drawn(directory / "density_curves.csv", "rank,entry,density"); // rank 0: the normal law
    for (Histogram const& histogram : densities) {
        for (int bin = 0; bin < Histogram::bins; ++bin) {
            measured.write(histogram.rank, histogram.left(bin) + Histogram::width / 2, histogram.density(bin),
                           histogram.error(bin), histogram.expected(bin));
        }
    }
    for (int const rank : {1, 2, 4, 16, 0}) {
        for (int i = -200; i <= 200; ++i) {
            double const e = i == 0 ? 1e-3 : i * 0.02; // rank 1 is infinite at 0
            drawn.write(rank, e, rank == 0 ? theory::normal_density(e) : theory::entry_density(e, rank));
        }
    }
}

inline void write_csv(std::filesystem::path const& directory, std::span<theory::CostPoint const> cost,
                      theory::CostCase const& what) {
    Csv file(directory / "cost.csv", "rank,seconds,evaluate_seconds,update_seconds,bytes,materialized_bytes");
    for (theory::CostPoint const& point : cost) { // rank 0: full rank
        file.write(point.rank, point.seconds_per_generation, point.evaluate_seconds, point.update_seconds,
                   point.peak_bytes, what.materialized_bytes());
    }
}

inline void write_csv(std::filesystem::path const& directory, std::span<theory::RegimePoint const> regimes) {
    Csv file(directory / "regimes.csv", "perturbation,exponent,dimension,sigma,measured,error,predicted");
    for (theory::RegimePoint const& point : regimes) {
        file.write(point.perturbation, point.exponent, point.dimension, point.sigma, point.measured,
                   point.measured_error, point.predicted);
    }
}

} // namespace rank_convergence
