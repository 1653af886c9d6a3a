// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What a kernel body may use of a thread block. A kernel is a trivially copyable struct with
///   static constexpr int threads = ...;                                   // of a block, a multiple of 32
///   template <class Block> KOKKOS_FUNCTION void operator()(Block& block) const;
/// Everything that C++ can't say goes through `block`: barriers, shuffles, tensor cores, copies to shared memory. On a
/// GPU `block` is a CudaBlock, whose functions are single instructions; tests hand in a block that interprets them on
/// the host, lane by lane (tests/support/emulated_gpu.hpp), so the same body is checked where there is no GPU.
///
/// In fragments, lane = 4 g + q (g < 8, q < 4). All lanes of a warp take part in warp-wide functions, with the same
/// arguments where the comment says "uniform".

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/block_hopper.hpp>

#include <cstddef>
#include <cstdint>

#if defined(KOKKOS_ENABLE_CUDA)

namespace eggroll::kernels::cuda {

class CudaBlock : public HopperBlock {
public:
    KOKKOS_FUNCTION explicit CudaBlock(std::byte* shared) : shared_(shared) {}

    // Where this thread is.

    KOKKOS_FORCEINLINE_FUNCTION int thread() const {
        KOKKOS_IF_ON_DEVICE((return static_cast<int>(threadIdx.x);))
        KOKKOS_IF_ON_HOST((return 0;))
    }
    KOKKOS_FORCEINLINE_FUNCTION int lane() const { return thread() & 31; }
    KOKKOS_FORCEINLINE_FUNCTION int warp() const { return thread() >> 5; }
    /// Which block of the grid, and of how many.
    KOKKOS_FORCEINLINE_FUNCTION std::int64_t index() const {
        KOKKOS_IF_ON_DEVICE((return static_cast<std::int64_t>(blockIdx.x);))
        KOKKOS_IF_ON_HOST((return 0;))
    }
    KOKKOS_FORCEINLINE_FUNCTION std::int64_t count() const {
        KOKKOS_IF_ON_DEVICE((return static_cast<std::int64_t>(gridDim.x);))
        KOKKOS_IF_ON_HOST((return 0;))
    }
    /// The block's shared memory, aligned to 1024 bytes, as many bytes as the launch asked for.
    KOKKOS_FORCEINLINE_FUNCTION std::byte* shared() const { return shared_; }

    // Barriers: what threads wrote before is visible to all after.

    /// All threads of the block.
    KOKKOS_FORCEINLINE_FUNCTION void synchronize() const { KOKKOS_IF_ON_DEVICE((__syncthreads();)) }
    /// The lanes of the warp.
    KOKKOS_FORCEINLINE_FUNCTION void synchronize_warp() const { KOKKOS_IF_ON_DEVICE((__syncwarp();)) }

    // Values of other lanes: T of 4 or 8 bytes.

    template <class T>
    KOKKOS_FORCEINLINE_FUNCTION T shuffle(T value, [[maybe_unused]] int source) const {
        KOKKOS_IF_ON_DEVICE((return __shfl_sync(0xffffffffu, value, source);))
        KOKKOS_IF_ON_HOST((return value;))
    }
    template <class T>
    KOKKOS_FORCEINLINE_FUNCTION T shuffle_xor(T value, [[maybe_unused]] int mask) const {
        KOKKOS_IF_ON_DEVICE((return __shfl_xor_sync(0xffffffffu, value, mask);))
        KOKKOS_IF_ON_HOST((return value;))
    }

    /// sum + a . b of four int8 values each.
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t dot4([[maybe_unused]] std::uint32_t a, [[maybe_unused]] std::uint32_t b,
                                                  std::int32_t sum) const {
        KOKKOS_IF_ON_DEVICE((return __dp4a(static_cast<int>(a), static_cast<int>(b), sum);))
        KOKKOS_IF_ON_HOST((return sum;))
    }

    /// Four values clipped to [-127, 127], the first in the lowest byte.
    KOKKOS_FORCEINLINE_FUNCTION std::uint32_t pack4([[maybe_unused]] std::int32_t a, [[maybe_unused]] std::int32_t b,
                                                    [[maybe_unused]] std::int32_t c,
                                                    [[maybe_unused]] std::int32_t d) const {
        std::uint32_t word = 0;
        // The conversion clips to [-128, 127].
        KOKKOS_IF_ON_DEVICE((asm("{ .reg .b32 upper;\n"
                                 "cvt.pack.sat.s8.s32.b32 upper, %4, %3, 0;\n"
                                 "cvt.pack.sat.s8.s32.b32 %0, %2, %1, upper; }"
                                 : "=r"(word)
                                 : "r"(a < -127 ? -127 : a), "r"(b < -127 ? -127 : b), "r"(c < -127 ? -127 : c),
                                   "r"(d < -127 ? -127 : d));))
        return word;
    }

    /// Two floats as half, to nearest; `low` in the lower half of the word.
    KOKKOS_FORCEINLINE_FUNCTION std::uint32_t pack_half([[maybe_unused]] float low, [[maybe_unused]] float high) const {
        KOKKOS_IF_ON_DEVICE((std::uint32_t word; asm("cvt.rn.f16x2.f32 %0, %1, %2;"
                                                     : "=r"(word)
                                                     : "f"(high), "f"(low));
                             return word;))
        KOKKOS_IF_ON_HOST((return 0;))
    }

    // Tensor cores: d (16, 8) += a (16, k) b (k, 8). Elements of d: rows g, g + 8, columns 2 q, 2 q + 1:
    //   d[0], d[1]  row g;  d[2], d[3]  row g + 8

    /// 16-bit operands, k = 16. a[0], a[1]: rows g, g + 8, k 2q and 2q + 1; a[2], a[3]: the same 8 further in k.
    /// b[0]: k 2q and 2q + 1, column g; b[1]: 8 further. The lower k in the lower half of a word.
    KOKKOS_FORCEINLINE_FUNCTION void multiply_bfloat16([[maybe_unused]] float (&d)[4],
                                                       [[maybe_unused]] std::uint32_t const (&a)[4],
                                                       [[maybe_unused]] std::uint32_t const (&b)[2]) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                                          "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                                          : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                                          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));))
    }
    KOKKOS_FORCEINLINE_FUNCTION void multiply_half([[maybe_unused]] float (&d)[4],
                                                   [[maybe_unused]] std::uint32_t const (&a)[4],
                                                   [[maybe_unused]] std::uint32_t const (&b)[2]) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                                          "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                                          : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                                          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));))
    }
    /// Floats cut to 10 bits of mantissa (tf32), k = 8. a[0], a[1]: rows g, g + 8, k q; a[2], a[3]: k q + 4.
    /// b[0]: k q, column g; b[1]: k q + 4. The words are bits of floats; the lower 13 of each are ignored.
    KOKKOS_FORCEINLINE_FUNCTION void multiply_tf32([[maybe_unused]] float (&d)[4],
                                                   [[maybe_unused]] std::uint32_t const (&a)[4],
                                                   [[maybe_unused]] std::uint32_t const (&b)[2]) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                                          "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                                          : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                                          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));))
    }
    /// int8 operands, k = 32, exact sums. a[0], a[1]: rows g, g + 8, k 4q to 4q + 3; a[2], a[3]: 16 further in k.
    /// b[0]: k 4q to 4q + 3, column g; b[1]: 16 further. The lowest k in the lowest byte.
    KOKKOS_FORCEINLINE_FUNCTION void multiply_int8([[maybe_unused]] std::int32_t (&d)[4],
                                                   [[maybe_unused]] std::uint32_t const (&a)[4],
                                                   [[maybe_unused]] std::uint32_t const (&b)[2]) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
                                          "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                                          : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
                                          : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));))
    }

    /// Four matrices of 8 rows of 16 bytes from shared memory: lane 8 i + j gives the address of row j of matrix i, a
    /// multiple of 16. word[i] is bytes 4 q to 4 q + 3 of row g of matrix i: the words of a 16-bit or int8 fragment.
    KOKKOS_FORCEINLINE_FUNCTION void load_matrices([[maybe_unused]] std::uint32_t (&word)[4],
                                                   [[maybe_unused]] void const* row) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                                          : "=r"(word[0]), "=r"(word[1]), "=r"(word[2]), "=r"(word[3])
                                          : "r"(shared_address(row))
                                          : "memory");))
    }
    /// The same of 16-bit elements, each matrix transposed: word[i] is rows 2 q and 2 q + 1 of column g.
    KOKKOS_FORCEINLINE_FUNCTION void load_matrices_transposed([[maybe_unused]] std::uint32_t (&word)[4],
                                                              [[maybe_unused]] void const* row) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                                          : "=r"(word[0]), "=r"(word[1]), "=r"(word[2]), "=r"(word[3])
                                          : "r"(shared_address(row))
                                          : "memory");))
    }

    // Asynchronous copies to shared memory, of this thread.

    /// 16 bytes, both addresses multiples of 16; of them `valid` (0 to 16) are read, the others become zero.
    KOKKOS_FORCEINLINE_FUNCTION void copy_async([[maybe_unused]] void* to, [[maybe_unused]] void const* from,
                                                [[maybe_unused]] int valid = 16) const {
        KOKKOS_IF_ON_DEVICE((asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
                                          "l"(from), "r"(valid)
                                          : "memory");))
    }
    /// Ends a group of copies.
    KOKKOS_FORCEINLINE_FUNCTION void commit_copies() const {
        KOKKOS_IF_ON_DEVICE((asm volatile("cp.async.commit_group;" ::: "memory");))
    }
    /// Waits until at most `groups` of the newest groups of this thread are under way. Others need a barrier to see
    /// what it copied.
    template <int groups>
    KOKKOS_FORCEINLINE_FUNCTION void wait_for_copies() const {
        KOKKOS_IF_ON_DEVICE((asm volatile("cp.async.wait_group %0;" ::"n"(groups) : "memory");))
    }

private:
    /// Of a pointer into shared memory, as instructions take it.
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t shared_address([[maybe_unused]] void const* pointer) {
        KOKKOS_IF_ON_DEVICE((return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));))
        KOKKOS_IF_ON_HOST((return 0;))
    }

    std::byte* shared_;
};

/// How many blocks a multiprocessor must have room for: a kernel's `blocks_per_multiprocessor`, which may take fewer
/// registers for it, or 0 for whatever the compiler finds best.
template <class Kernel>
constexpr unsigned blocks_per_multiprocessor() {
    if constexpr (requires { Kernel::blocks_per_multiprocessor; }) {
        return Kernel::blocks_per_multiprocessor;
    } else {
        return 0;
    }
}

/// A kernel's entry on a GPU.
template <class Kernel>
__global__ void __launch_bounds__(Kernel::threads, blocks_per_multiprocessor<Kernel>())
    run_kernel(Kernel const __grid_constant__ kernel) {
    extern __shared__ __align__(1024) std::byte shared[];
    CudaBlock block(shared);
    kernel(block);
}

} // namespace eggroll::kernels::cuda

#endif
