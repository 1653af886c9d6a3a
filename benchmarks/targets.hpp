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

    using Runs = std::vector<std::string>;
    Runs const none;
    auto const plain = [](std::string const& width) {
        return Runs{plain_product(width, width), "unperturbed/width:" + width};
    };

    std::vector<Target> all;
    auto const add = [&](std::string const& name, std::string const& benchmark, std::string const& counter,
                         Runs const& baselines, Aim aim, double target, std::string const& unit) {
        all.push_back({name, benchmark, counter, baselines, aim, target, unit});
    };
    auto const linear = [&](std::string const& width, std::string const& rows, std::string const& rank, double target) {
        add("fp32 linear " + width + ", rows a member: " + rows + ", rank " + rank,
            "low_rank/width:" + width + "/rows_per_member:" + rows + "/rank:" + rank, "GFLOP/s", plain(width),
            Aim::at_least, target, of_plain);
    };
    for (std::string const width : {"1024", "2048", "4096"}) {
        linear(width, "1", "1", 0.90);
        linear(width, "1", "4", 0.85);
        linear(width, "1", "16", rank_16);
        linear(width, "16", "1", 0.97);
    }
    add("fp32 linear 1024, full rank", "full_rank/width:1024", "GFLOP/s", plain("1024"), Aim::reported, 0, of_plain);
    add("int8 EGG linear 256", "linear<std::int8_t>/width:256/rows_per_member:1/rank:1", "share_of_peak", none,
        on_integer_peak, amx ? 0.30 : 0.85, of_peak);
    add("int8 EGG linear 1024", "linear<std::int8_t>/width:1024/rows_per_member:1/rank:1", "share_of_peak", none,
        on_integer_peak, amx ? 0.40 : 0.85, of_peak);
    std::string const one_thread = "egg_training/layers:6/width:256/population:128/workers:1/real_time";
    std::string const two_threads = "egg_training/layers:6/width:256/population:128/workers:2/real_time";
    double const training = amx ? 0.20 : 0.65;
    add("int8 EGG training 6 x 256, 1 thread", one_thread, "share_of_peak", none, on_integer_peak, training, of_peak);
    add("int8 EGG training 6 x 256, 2 threads", two_threads, "share_of_peak", none, on_integer_peak, training, of_peak);
    add("int8 EGG training 6 x 256, 2 threads to 1", two_threads, "tokens_per_second", {one_thread}, Aim::at_least,
        1.85, "times");
    std::string const of_inference = "times the best plain inference";
    add("policy generation, rank 1", "policy_generation/rank:1", "seconds", {"policy_inference"}, Aim::at_most, 2.5,
        of_inference);
    add("policy generation, rank 4", "policy_generation/rank:4", "seconds", {"policy_inference"}, Aim::at_most,
        amx ? 6.0 : 5.0, of_inference);
    add("rollouts of the paper's policy, rank 1", "rollout_generation/steps:500/rank:1", "member_steps/s",
        {"rollout_products/steps:500/rank:1"}, Aim::at_least, 0.7, "of its matrix products alone");
    add("rollouts of the paper's policy, rank 1", "rollout_generation/steps:500/rank:1", "member_steps/s",
        {"rollout_inference/steps:500"}, Aim::reported, 0, "of plain inference");
    add("fp32 update 1024 x 1024, 4096 pairs", "update<float>/width:1024", "GFLOP/s", {plain_product("1024", "4096")},
        Aim::at_least, 0.80, of_plain);
    add("int8 update 1024 x 1024, 4096 pairs", "update<std::int8_t>/width:1024", "GFLOP/s",
        {"update<float>/width:1024"}, Aim::at_least, 2.0, "times the fp32 update");
    add("Gaussian noise, 16-bit fields", "fill<float>", "Gvalues/s", none, on_avx512, 2.0, "G values/s");
    add("int8 noise, 8-bit fields", "fill<std::int8_t>", "Gvalues/s", none, on_avx512, 8.0, "G values/s");
    add("process start to first generation", "start_to_first_generation/manual_time", "seconds", none, Aim::at_most,
        0.2, "s");
    add("step overhead, 64 parameters", "step_overhead", "microseconds_beyond_objective", none, Aim::at_most, 20,
        "microseconds");
    for (std::string const environment : {"CartPole", "Acrobot", "MountainCarContinuous", "Pendulum", "DoorKey",
                                          "FourRooms", "DynamicObstacles", "Snake", "Game2048", "Knapsack"}) {
        add(environment + ", all threads", "steps<" + environment + "<float>>/threads:0/real_time", "Msteps/s", none,
            Aim::at_least, environment == "CartPole" ? 80.0 : 5.0, "M steps/s");
    }
    return all;
}

} // namespace benchmarks
