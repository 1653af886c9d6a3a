// SPDX-License-Identifier: Apache-2.0
// The main of every benchmark: what the figures must be read with (the kernels chosen, the machine's peaks) goes into
// the report's context.

#include "instruction_peak.hpp"

#include <eggroll/kernels/host/isa.hpp>

#include <benchmark/benchmark.h>

#include <Kokkos_Core.hpp>

#include <string>

int main(int argc, char** argv) {
    Kokkos::ScopeGuard const kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    namespace host = eggroll::kernels::host;
    benchmark::AddCustomContext("kernels", host::name(host::selected_isa()));
    benchmark::AddCustomContext("float_peak_gflops", std::to_string(benchmarks::float_peak() * 1e-9));
    benchmark::AddCustomContext("int8_peak_gops", std::to_string(benchmarks::int8_peak() * 1e-9));
    benchmark::AddCustomContext("threads", std::to_string(Kokkos::DefaultHostExecutionSpace().concurrency()));
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
