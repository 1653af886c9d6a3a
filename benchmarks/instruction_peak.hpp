// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What the machine's multiply-accumulate instructions give when nothing else is in the way: the figure that kernels
/// are measured against, in the same process.

#include "amx_peak.hpp"

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/isa.hpp>

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace benchmarks {

using eggroll::kernels::host::Isa;

#if defined(EGGROLL_HAS_X86_TARGETS)
/// Twelve independent chains of byte dot products on registers; returns the operations (a multiplication and an
/// addition are two).
EGGROLL_TARGET_VNNI inline double run_vnni(std::int64_t rounds) {
    constexpr int chains = 12;
    __m512i sums[chains];
    __m512i const a = _mm512_set1_epi8(1);
    for (auto& sum : sums) {
        sum = _mm512_setzero_si512();
    }
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (auto& sum : sums) {
            asm volatile("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(a));
        }
    }
    return static_cast<double>(rounds) * chains * 64 * 2;
}

/// The same with fused multiply-adds of floats.
EGGROLL_TARGET_AVX512 inline double run_fma(std::int64_t rounds) {
    constexpr int chains = 12;
    __m512 sums[chains];
    __m512 const a = _mm512_set1_ps(1.0F);
    for (auto& sum : sums) {
        sum = _mm512_setzero_ps();
    }
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (auto& sum : sums) {
            asm volatile("vfmadd231ps %1, %1, %0" : "+v"(sum) : "v"(a));
        }
    }
    return static_cast<double>(rounds) * chains * 16 * 2;
}
#endif

/// Seconds of the calling thread on its core: what others do on a shared machine is not counted, as Google Benchmark
/// doesn't count it.
inline double thread_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Operations per second of one core: the best of a few short runs. 0 where the CPU lacks the instruction.
inline double measure_peak(double (*run)(std::int64_t)) {
    double best = 0;
    for (int repeat = 0; repeat < 9; ++repeat) {
        double const begin = thread_seconds();
        double const operations = run(2'000'000);
        best = std::max(best, operations / (thread_seconds() - begin));
    }
    return best;
}

/// Of byte products by the instructions that the selected kernels use.
inline double int8_peak() {
#if defined(EGGROLL_HAS_X86_TARGETS)
    if (eggroll::kernels::host::selected_isa() == Isa::amx) {
        static double const peak = measure_peak(run_amx);
        return peak;
    }
    if (eggroll::kernels::host::is_available(Isa::vnni)) {
        static double const peak = measure_peak(run_vnni);
        return peak;
    }
#endif
    return 0;
}

inline double float_peak() {
#if defined(EGGROLL_HAS_X86_TARGETS)
    if (eggroll::kernels::host::is_available(Isa::avx512)) {
        static double const peak = measure_peak(run_fma);
        return peak;
    }
#endif
    return 0;
}

} // namespace benchmarks
