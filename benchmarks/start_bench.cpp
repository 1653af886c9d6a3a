// SPDX-License-Identifier: Apache-2.0
// From the start of a process to its first finished generation: first_generation is started and timed until it says
// that it is done.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>

namespace {

void start_to_first_generation(benchmark::State& state) {
    for (auto _ : state) {
        auto const begin = std::chrono::steady_clock::now();
        std::FILE* const output = popen(EGGROLL_FIRST_GENERATION, "r");
        int const first = output == nullptr ? EOF : std::fgetc(output);
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        // The rest is read, so that the process doesn't end on a closed pipe.
        while (output != nullptr && std::fgetc(output) != EOF) {
        }
        if (first == EOF || pclose(output) != 0) {
            state.SkipWithError("first_generation failed");
            return;
        }
    }
    state.counters["seconds"] =
        benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

} // namespace

BENCHMARK(start_to_first_generation)->UseManualTime()->Unit(benchmark::kMillisecond);
