// SPDX-License-Identifier: Apache-2.0
// Holds the medians of a run against the targets: prints a table and writes it as JSON.
//
// usage: summarize SUMMARY.json REPORT.json...     (reports of Google Benchmark with repetitions)

#include "targets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace benchmarks;
using Json = nlohmann::ordered_json; // keeps the order of a line's keys

class Medians {
public:
    void read(std::string const& path) {
        std::ifstream file(path);
        if (!file) {
            throw std::runtime_error(path + " can't be opened: run the benchmarks first (the target bench does)");
        }
        Json const report = Json::parse(file);
        auto const& context = report.at("context");
        machine_.kernels = context.value("kernels", machine_.kernels);
        machine_.float_peak_gflops =
            std::max(machine_.float_peak_gflops, std::stod(context.value("float_peak_gflops", "0")));
        for (auto const& entry : report.at("benchmarks")) {
            runs_.insert(entry.at("run_name"));
            if (entry.value("aggregate_name", "") == "median") {
                entries_[entry.at("run_name")] = entry;
            }
        }
    }

    Machine const& machine() const { return machine_; }

    std::optional<double> find(std::string const& run, std::string const& counter) const {
        auto const entry = entries_.find(run);
        return entry == entries_.end() ? std::nullopt : value(entry->second, counter);
    }

    /// Throws for a run that no report has, not even as skipped: the table names what was renamed or removed.
    void require(std::string const& prefix) const {
        auto const run = runs_.lower_bound(prefix);
        if (run == runs_.end() || run->rfind(prefix, 0) != 0) {
            throw std::runtime_error("no report has a benchmark \"" + prefix + "\": correct it in targets.hpp");
        }
    }

    struct Best {
        std::string run;
        double value;
    };

    /// The best value among the runs whose name begins with one of `prefixes`.
    std::optional<Best> best(std::vector<std::string> const& prefixes, std::string const& counter, Aim aim) const {
        std::optional<Best> found;
        for (auto const& [run, entry] : entries_) {
            bool competes = false;
            for (auto const& prefix : prefixes) {
                competes = competes || run.rfind(prefix, 0) == 0;
            }
            auto const candidate = competes ? value(entry, counter) : std::nullopt;
            if (candidate &&
                (!found || (aim == Aim::at_most ? *candidate < found->value : *candidate > found->value))) {
                found = {run, *candidate};
            }
        }
        return found;
    }

private:
    static std::optional<double> value(Json const& entry, std::string const& counter) {
        return entry.contains(counter) ? std::optional(entry.at(counter).get<double>()) : std::nullopt;
    }

    Machine machine_;
    std::set<std::string> runs_;          // with skipped ones
    std::map<std::string, Json> entries_; // medians by run name
};

struct Ratio {
    std::optional<double> value; // empty where a part of it was not measured
    std::string baseline;        // the library or the run that was divided by
};

Ratio ratio_of(Medians const& medians, Target const& target) {
    medians.require(target.benchmark);
    for (auto const& prefix : target.baselines) {
        medians.require(prefix);
    }
    auto const value = medians.find(target.benchmark, target.counter);
    if (!value || target.baselines.empty()) {
        return {value, {}};
    }
    auto const baseline = medians.best(target.baselines, target.counter, target.aim);
    if (!baseline) {
        return {};
    }
    auto const library = baseline->run.rfind("library:");
    return {*value / baseline->value, library == std::string::npos ? baseline->run : baseline->run.substr(library)};
}

std::string shown(char const* format, double value) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

Json summary_of(Medians const& medians) {
    Json summary = Json::array();
    std::printf("%-44s %8s %8s  %-8s %s\n", "what", "ratio", "target", "met", "unit");
    int met_count = 0;
    int judged = 0;
    for (auto const& target : targets(medians.machine())) {
        auto const [value, baseline] = ratio_of(medians, target);
        Json line{
            {"name", target.name}, {"ratio", nullptr}, {"target", nullptr}, {"met", nullptr}, {"unit", target.unit}};
        std::string aim = "-";
        std::string verdict = value ? "reported" : "skipped";
        if (target.aim != Aim::reported) {
            line["target"] = target.target;
            aim = shown(target.aim == Aim::at_least ? ">= %g" : "<= %g", target.target);
        }
        if (value) {
            line["ratio"] = *value;
            if (target.aim != Aim::reported) {
                bool const met = target.aim == Aim::at_least ? *value >= target.target : *value <= target.target;
                line["met"] = met;
                verdict = met ? "yes" : "NO";
                ++judged;
                met_count += met ? 1 : 0;
            }
        }
        std::string const ratio = value ? shown("%.3f", *value) : "-";
        std::string const unit = target.unit + (baseline.empty() ? "" : ", " + baseline);
        std::printf("%-44s %8s %8s  %-8s %s\n", target.name.c_str(), ratio.c_str(), aim.c_str(), verdict.c_str(),
                    unit.c_str());
        summary.push_back(line);
    }
    std::printf("%d of %d targets met, kernels %s, fp32 peak %.0f GFLOP/s a core\n", met_count, judged,
                medians.machine().kernels.c_str(), medians.machine().float_peak_gflops);
    return summary;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s SUMMARY.json REPORT.json...\n", argv[0]);
        return 2;
    }
    try {
        Medians medians;
        for (int i = 2; i < argc; ++i) {
            medians.read(argv[i]);
        }
        std::ofstream file(argv[1]);
        file << summary_of(medians).dump(2) << '\n';
        if (!file.flush()) {
            throw std::runtime_error(std::string(argv[1]) + " can't be written");
        }
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
    return 0;
}
