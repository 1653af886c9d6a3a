// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the CPU kernels are meant to reach, in one table: which benchmarks' medians make each ratio, and the target.
/// The summary (summarize.cpp) holds a run against it.

#include <string>
#include <vector>

namespace benchmarks {

/// The machine of a run, from the reports' context.
struct Machine {
    std::string kernels;          // the instruction set that was chosen
    double float_peak_gflops = 0; // of one core, 0: unknown
};

enum class Aim { at_least, at_most, reported };

struct Target {
    std::string name;
    std::string benchmark; // run name
    std::string counter;
    std::vector<std::string> baselines; // of the same counter; what begins with one competes, the best is divided by
    Aim aim = Aim::reported;
    double target = 0;
    std::string unit;
};

/// A product's baselines: whatever computes the plain product of the shape.
inline std::string plain_product(std::string const& out, std::string const& in) {
    return "plain_product/rows:1024/out:" + out + "/in:" + in + "/";
}

inline std::vector<Target> targets(Machine const& machine) {
    bool const amx = machine.kernels == "amx";
    bool const integer_peak = amx || machine.kernels == "vnni";
    bool const avx512 = integer_peak || machine.kernels == "avx512";
    double const rank_16 = machine.float_peak_gflops > 200 ? 0.55 : 0.60;
    std::string const of_plain = "of the best plain product";
    std::string const of_peak = "of the instruction peak";
    Aim const on_integer_peak = integer_peak ? Aim::at_least : Aim::reported;
    Aim const on_avx512 = avx512 ? Aim::at_least : Aim::reported;

    auto const plain = [](std::string const& width) {
        return std::vector{plain_product(width, width), "unperturbed/width:" + width};
    };

    std::vector<Target> all;
    for (std::string const width : {"1024", "2048", "4096"}) {
        auto const linear = [&](std::string const& rows_per_member, std::string const& rank, double target) {
            std::string const name = "fp32 linear " + width + ", " + rows_per_member +
                                     (rows_per_member == "1" ? " row" : " rows") + " a member, rank " + rank;
            std::string const benchmark =
                "low_rank/width:" + width + "/rows_per_member:" + rows_per_member + "/rank:" + rank;
            all.push_back({name, benchmark, "GFLOP/s", plain(width), Aim::at_least, target, of_plain});
        };
        linear("1", "1", 0.90);
        linear("1", "4", 0.85);
        linear("1", "16", rank_16);
        linear("16", "1", 0.97);
    }
    all.push_back(
        {"fp32 linear 1024, full rank", "full_rank/width:1024", "GFLOP/s", plain("1024"), Aim::reported, 0, of_plain});
    all.push_back({"int8 EGG linear 256",
                   "linear<std::int8_t>/width:256/rows_per_member:1/rank:1",
                   "share_of_peak",
                   {},
                   on_integer_peak,
                   amx ? 0.30 : 0.85,
                   of_peak});
    all.push_back({"int8 EGG linear 1024",
                   "linear<std::int8_t>/width:1024/rows_per_member:1/rank:1",
                   "share_of_peak",
                   {},
                   on_integer_peak,
                   amx ? 0.40 : 0.85,
                   of_peak});
    std::string const training = "egg_training/layers:6/width:256/population:128/workers:";
    for (std::string const threads : {"1", "2"}) {
        all.push_back({"int8 EGG training 6 x 256, threads: " + threads,
                       training + threads + "/real_time",
                       "share_of_peak",
                       {},
                       on_integer_peak,
                       amx ? 0.20 : 0.65,
                       of_peak});
    }
    all.push_back({"int8 EGG training 6 x 256, 2 threads to 1",
                   training + "2/real_time",
                   "tokens_per_second",
                   {training + "1/real_time"},
                   Aim::at_least,
                   1.85,
                   "times"});
    all.push_back({"policy generation, rank 1",
                   "policy_generation<1>",
                   "seconds",
                   {"policy_inference"},
                   Aim::at_most,
                   2.5,
                   "times the best plain inference"});
    all.push_back({"policy generation, rank 4",
                   "policy_generation<4>",
                   "seconds",
                   {"policy_inference"},
                   Aim::at_most,
                   amx ? 6.0 : 5.0,
                   "times the best plain inference"});
    all.push_back({"fp32 update 1024 x 1024, 4096 pairs",
                   "update<float>/width:1024",
                   "GFLOP/s",
                   {plain_product("1024", "4096")},
                   Aim::at_least,
                   0.80,
                   of_plain});
    all.push_back({"int8 update 1024 x 1024, 4096 pairs",
                   "update<std::int8_t>/width:1024",
                   "GFLOP/s",
                   {"update<float>/width:1024"},
                   Aim::at_least,
                   2.0,
                   "times the fp32 update"});
    all.push_back({"Gaussian noise, 16-bit fields", "fill<float>", "Gvalues/s", {}, on_avx512, 2.0, "G values/s"});
    all.push_back({"int8 noise, 8-bit fields", "fill<std::int8_t>", "Gvalues/s", {}, on_avx512, 8.0, "G values/s"});
    all.push_back({"process start to first generation",
                   "start_to_first_generation/manual_time",
                   "seconds",
                   {},
                   Aim::at_most,
                   0.2,
                   "s"});
    all.push_back({"step overhead, 64 parameters",
                   "step_overhead",
                   "microseconds_beyond_objective",
                   {},
                   Aim::at_most,
                   20,
                   "microseconds"});
    return all;
}

} // namespace benchmarks
