// SPDX-License-Identifier: Apache-2.0
#include "plain_product.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>

namespace benchmarks {

std::vector<PlainProduct> plain_products() {
    return {
        {"eigen", multiply_by_eigen}, {"eggroll", multiply_by_eggroll},
#if defined(EGGROLL_BENCHMARK_OPENBLAS)
            {"openblas", multiply_by_openblas},
#endif
#if defined(EGGROLL_BENCHMARK_ONEDNN)
            {"onednn", multiply_by_onednn},
#endif
    };
}

void register_plain_products(std::int64_t rows, std::int64_t out, std::int64_t in) {
    for (auto const& product : plain_products()) {
        std::string const name = "plain_product/rows:" + std::to_string(rows) + "/out:" + std::to_string(out) +
                                 "/in:" + std::to_string(in) + "/library:" + product.library;
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
            // Values that no library can take a shorter way with: neither zero nor denormal.
            auto const filled = [](std::int64_t count) {
                std::vector<float> values(static_cast<std::size_t>(count));
                for (std::size_t i = 0; i < values.size(); ++i) {
                    values[i] = static_cast<float>(i % 251) / 251.0F - 0.5F;
                }
                return values;
            };
            auto const x = filled(rows * in);
            auto const w = filled(out * in);
            std::vector<float> y(static_cast<std::size_t>(rows * out));
            ProductOperands const operands{rows, out, in, x.data(), w.data(), y.data()};
            product.multiply(operands); // what a library does once, such as taking memory, doesn't count
            for (auto _ : state) {
                product.multiply(operands);
                benchmark::DoNotOptimize(y.data());
                benchmark::ClobberMemory();
            }
            state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(rows * out * in),
                                                           benchmark::Counter::kIsIterationInvariantRate);
        })->Unit(benchmark::kMillisecond);
    }
}

} // namespace benchmarks
