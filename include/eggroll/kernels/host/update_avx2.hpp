// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/host/intrinsics.hpp>
#include <eggroll/kernels/host/update_steps.hpp>

#if defined(EGGROLL_HAS_X86_TARGETS)

namespace eggroll::kernels::host {

struct FloatLanesAvx2 {
    using vector = __m256;
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector load(float const* p) { return _mm256_loadu_ps(p); }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static void store(float* p, vector v) { _mm256_storeu_ps(p, v); }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector broadcast(float x) { return _mm256_set1_ps(x); }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector add_step(vector sum, vector a, vector b) {
        return _mm256_fmadd_ps(a, b, sum);
    }
};

struct PairLanesAvx2 {
    using vector = __m256i;
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector load(std::int32_t const* p) {
        return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p));
    }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static void store(std::int32_t* p, vector v) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
    }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector broadcast(std::int32_t x) { return _mm256_set1_epi32(x); }
    EGGROLL_TARGET_AVX2 EGGROLL_ALWAYS_INLINE static vector add_step(vector sum, vector a, vector b) {
        return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
    }
};

/// The inner loops with AVX2; see update_steps.hpp.
struct UpdateAvx2 {
    template <class T>
    using lanes = std::conditional_t<std::is_same_v<T, float>, FloatLanesAvx2, PairLanesAvx2>;
    static constexpr int width = 8;
    static constexpr int block_rows = 4; // by 2 vectors: 8 sums of the 16 registers
    static constexpr int block_vectors = 2;
    static constexpr std::int64_t terms_per_step = 2; // of integers

    template <int Rows, int Vectors, class T>
    EGGROLL_TARGET_AVX2 __attribute__((noinline)) static void add_block(UpdateSteps<T> const& s, std::int64_t row,
                                                                        std::int64_t column) {
        using Lanes = lanes<T>;
        auto* const corner = s.sums + row * s.sums_stride + column;
        auto const* a = s.a + row;
        auto const* b = s.b + column;
        typename Lanes::vector sums[Rows][Vectors];
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                sums[r][v] = Lanes::load(corner + r * s.sums_stride + v * width);
            }
        }
        for (std::int64_t step = 0; step < s.steps; ++step, a += s.a_stride, b += s.b_stride) {
            typename Lanes::vector columns[Vectors];
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                columns[v] = Lanes::load(b + v * width);
            }
            EGGROLL_UNROLL
            for (int r = 0; r < Rows; ++r) {
                auto const element = Lanes::broadcast(a[r]);
                EGGROLL_UNROLL
                for (int v = 0; v < Vectors; ++v) {
                    sums[r][v] = Lanes::add_step(sums[r][v], element, columns[v]);
                }
            }
        }
        EGGROLL_UNROLL
        for (int r = 0; r < Rows; ++r) {
            EGGROLL_UNROLL
            for (int v = 0; v < Vectors; ++v) {
                Lanes::store(corner + r * s.sums_stride + v * width, sums[r][v]);
            }
        }
    }

    EGGROLL_TARGET_AVX2 static void scale(float w, float const* noise, std::int64_t count, float* elements) {
        scale_elements(w, noise, count, elements);
    }
    EGGROLL_TARGET_AVX2 static void interleave(std::array<std::int32_t, 2> const& weights,
                                               std::array<std::int8_t const*, 2> const& noise, std::int64_t count,
                                               std::int32_t* elements) {
        pair_elements(weights, noise, count, elements);
    }
    template <class T>
    EGGROLL_TARGET_AVX2 static void add_elementwise(T w, T const* a, T const* b, std::int64_t count,
                                                    typename UpdateArithmetic<T>::sum* sums) {
        add_products(w, a, b, count, sums);
    }
};

} // namespace eggroll::kernels::host

#endif
