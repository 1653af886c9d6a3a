// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Which instruction set the host kernels use. They are compiled with `target` attributes and chosen at run time, so
/// the library needs no -march flag. The environment variable EGGROLL_CPU_ISA=scalar|avx2|avx512|vnni|amx overrides
/// the choice, for instance to compare two paths on one machine.

#include <eggroll/config.hpp>
#include <eggroll/error.hpp>
#include <eggroll/kernels/host/amx_permission.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

/// For bodies shared by several instruction sets: they take that of the `target` function they are inlined into.
#if defined(__GNUC__) || defined(__clang__)
#define EGGROLL_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define EGGROLL_ALWAYS_INLINE inline
#endif

/// Keeps a register tile's loops over rows and blocks unrolled at every optimisation level, else it lives in memory.
#if defined(__clang__)
#define EGGROLL_UNROLL _Pragma("unroll")
#elif defined(__CUDACC__)
// nvcc hands the pragma on to GCC, but warns that it doesn't know it.
#define EGGROLL_UNROLL                                                                                                 \
    _Pragma("nv_diagnostic push") _Pragma("nv_diag_suppress 1675") /**/                                                \
        _Pragma("GCC unroll 32") _Pragma("nv_diagnostic pop")
#elif defined(__GNUC__)
#define EGGROLL_UNROLL _Pragma("GCC unroll 32")
#else
#define EGGROLL_UNROLL
#endif

#if defined(EGGROLL_HAS_X86_TARGETS)
// Attributes take string literals only, so these can't be constants.
#define EGGROLL_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define EGGROLL_TARGET_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define EGGROLL_TARGET_VNNI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi")))
#endif

namespace eggroll::kernels::host {

/// Each includes the ones before it: avx2 is AVX2 + FMA, avx512 is F + BW + DQ + VL, vnni adds VNNI + VBMI, amx adds
/// AMX-TILE + AMX-INT8.
enum class Isa { scalar, avx2, avx512, vnni, amx };

inline constexpr Isa all_isas[] = {Isa::scalar, Isa::avx2, Isa::avx512, Isa::vnni, Isa::amx};

/// The name that EGGROLL_CPU_ISA takes.
constexpr char const* name(Isa isa) {
    switch (isa) {
    case Isa::avx2:
        return "avx2";
    case Isa::avx512:
        return "avx512";
    case Isa::vnni:
        return "vnni";
    case Isa::amx:
        return "amx";
    case Isa::scalar:
        break;
    }
    return "scalar";
}

namespace detail {

inline Isa probe_isa() {
#if defined(EGGROLL_HAS_X86_TARGETS)
    __builtin_cpu_init();
    // The builtin also asks the operating system whether it saves the wide registers.
    bool const avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool const avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi")) {
        return request_amx() ? Isa::amx : Isa::vnni;
    }
    if (avx512) {
        return Isa::avx512;
    }
    if (avx2) {
        return Isa::avx2;
    }
#endif
    return Isa::scalar;
}

} // namespace detail

/// What this CPU can do and the operating system permits; both are asked once.
inline Isa detected_isa() {
    static Isa const detected = detail::probe_isa();
    return detected;
}

/// Whether this CPU runs kernels of `isa`.
inline bool is_available(Isa isa) {
    return isa <= detected_isa();
}

/// The instruction set that `request` names. Throws eggroll::Error when it is unknown or beyond `available`.
inline Isa parse_isa(std::string_view request, Isa available) {
    std::string choices;
    for (Isa const isa : all_isas) {
        if (isa > available) {
            break;
        }
        if (request == name(isa)) {
            return isa;
        }
        choices += choices.empty() ? name(isa) : std::string(", ") + name(isa);
    }
    throw Error("EGGROLL_CPU_ISA is '" + std::string(request) + "', but this CPU offers: " + choices +
                ". Set it to one of these, or unset it.");
}

/// What kernels use by default: EGGROLL_CPU_ISA if set, else all that the CPU has. The variable is read once. Throws
/// eggroll::Error when its value is unknown or beyond this CPU.
inline Isa selected_isa() {
    // A throwing initialiser leaves the static unset, so every call reports the error until the variable is mended.
    static Isa const selected = [] {
        char const* request = std::getenv("EGGROLL_CPU_ISA");
        return request == nullptr ? detected_isa() : parse_isa(request, detected_isa());
    }();
    return selected;
}

/// The place of kernels that run on the calling thread with SIMD bodies, and neither allocate nor call Kokkos.
struct Thread {
    Isa isa = Isa::scalar;
};

} // namespace eggroll::kernels::host
