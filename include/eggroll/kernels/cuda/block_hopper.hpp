// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What Hopper adds to a thread block (compute capability 9.0, code for sm_90a): barriers in shared memory that count
/// bytes, the engine that copies tiles, and products whose operands stay in shared memory. Code for other architectures
/// traps here: launch a kernel that uses these functions only where `uses_hopper` says so (hopper/linear.hpp).
///
/// A warpgroup is four warps, the first a multiple of four.

#include <eggroll/config.hpp>
#include <eggroll/kernels/cuda/hopper/tensor_map.hpp>
#include <eggroll/kernels/cuda/hopper/tile_operand.hpp>

#include <cstddef>
#include <cstdint>

#if defined(KOKKOS_ENABLE_CUDA)

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define EGGROLL_HOPPER(...) asm volatile(__VA_ARGS__)
#elif defined(__CUDA_ARCH__)
#define EGGROLL_HOPPER(...) __trap()
#else
#define EGGROLL_HOPPER(...) static_cast<void>(0)
#endif

// The 128 accumulators of a product 256 columns wide, as text and as operands.
#define EGGROLL_ACCUMULATORS                                                                                           \
    "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,"                                                          \
    "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,"                                                 \
    "%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,"                                                 \
    "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63,"                                                 \
    "%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,"                                                 \
    "%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,"                                                 \
    "%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111,"                                     \
    "%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127}"
#define EGGROLL_ACCUMULATOR_OPERANDS(kind, d)                                                                          \
    kind(d[0][0][0]), kind(d[0][0][1]), kind(d[0][0][2]), kind(d[0][0][3]), kind(d[0][1][0]), kind(d[0][1][1]),        \
        kind(d[0][1][2]), kind(d[0][1][3]), kind(d[0][2][0]), kind(d[0][2][1]), kind(d[0][2][2]), kind(d[0][2][3]),    \
        kind(d[0][3][0]), kind(d[0][3][1]), kind(d[0][3][2]), kind(d[0][3][3]), kind(d[0][4][0]), kind(d[0][4][1]),    \
        kind(d[0][4][2]), kind(d[0][4][3]), kind(d[0][5][0]), kind(d[0][5][1]), kind(d[0][5][2]), kind(d[0][5][3]),    \
        kind(d[0][6][0]), kind(d[0][6][1]), kind(d[0][6][2]), kind(d[0][6][3]), kind(d[0][7][0]), kind(d[0][7][1]),    \
        kind(d[0][7][2]), kind(d[0][7][3]), kind(d[1][0][0]), kind(d[1][0][1]), kind(d[1][0][2]), kind(d[1][0][3]),    \
        kind(d[1][1][0]), kind(d[1][1][1]), kind(d[1][1][2]), kind(d[1][1][3]), kind(d[1][2][0]), kind(d[1][2][1]),    \
        kind(d[1][2][2]), kind(d[1][2][3]), kind(d[1][3][0]), kind(d[1][3][1]), kind(d[1][3][2]), kind(d[1][3][3]),    \
        kind(d[1][4][0]), kind(d[1][4][1]), kind(d[1][4][2]), kind(d[1][4][3]), kind(d[1][5][0]), kind(d[1][5][1]),    \
        kind(d[1][5][2]), kind(d[1][5][3]), kind(d[1][6][0]), kind(d[1][6][1]), kind(d[1][6][2]), kind(d[1][6][3]),    \
        kind(d[1][7][0]), kind(d[1][7][1]), kind(d[1][7][2]), kind(d[1][7][3]), kind(d[2][0][0]), kind(d[2][0][1]),    \
        kind(d[2][0][2]), kind(d[2][0][3]), kind(d[2][1][0]), kind(d[2][1][1]), kind(d[2][1][2]), kind(d[2][1][3]),    \
        kind(d[2][2][0]), kind(d[2][2][1]), kind(d[2][2][2]), kind(d[2][2][3]), kind(d[2][3][0]), kind(d[2][3][1]),    \
        kind(d[2][3][2]), kind(d[2][3][3]), kind(d[2][4][0]), kind(d[2][4][1]), kind(d[2][4][2]), kind(d[2][4][3]),    \
        kind(d[2][5][0]), kind(d[2][5][1]), kind(d[2][5][2]), kind(d[2][5][3]), kind(d[2][6][0]), kind(d[2][6][1]),    \
        kind(d[2][6][2]), kind(d[2][6][3]), kind(d[2][7][0]), kind(d[2][7][1]), kind(d[2][7][2]), kind(d[2][7][3]),    \
        kind(d[3][0][0]), kind(d[3][0][1]), kind(d[3][0][2]), kind(d[3][0][3]), kind(d[3][1][0]), kind(d[3][1][1]),    \
        kind(d[3][1][2]), kind(d[3][1][3]), kind(d[3][2][0]), kind(d[3][2][1]), kind(d[3][2][2]), kind(d[3][2][3]),    \
        kind(d[3][3][0]), kind(d[3][3][1]), kind(d[3][3][2]), kind(d[3][3][3]), kind(d[3][4][0]), kind(d[3][4][1]),    \
        kind(d[3][4][2]), kind(d[3][4][3]), kind(d[3][5][0]), kind(d[3][5][1]), kind(d[3][5][2]), kind(d[3][5][3]),    \
        kind(d[3][6][0]), kind(d[3][6][1]), kind(d[3][6][2]), kind(d[3][6][3]), kind(d[3][7][0]), kind(d[3][7][1]),    \
        kind(d[3][7][2]), kind(d[3][7][3])
#define EGGROLL_FLOAT_OPERAND(value) "+f"(value)
#define EGGROLL_INTEGER_OPERAND(value) "+r"(value)

namespace eggroll::kernels::cuda {

class HopperBlock {
public:
    // Barriers in shared memory.

    /// By one thread; others may use it after fence_barriers() of that thread and synchronize().
    KOKKOS_FORCEINLINE_FUNCTION void initialize([[maybe_unused]] SharedBarrier* barrier,
                                                [[maybe_unused]] int arrivals) const {
        EGGROLL_HOPPER("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(address(barrier)), "r"(arrivals) : "memory");
    }
    KOKKOS_FORCEINLINE_FUNCTION void fence_barriers() const {
        EGGROLL_HOPPER("fence.mbarrier_init.release.cluster;" ::: "memory");
    }
    KOKKOS_FORCEINLINE_FUNCTION void arrive([[maybe_unused]] SharedBarrier* barrier) const {
        EGGROLL_HOPPER("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(address(barrier)) : "memory");
    }
    /// Arrives, and announces copies of `bytes` that complete on the barrier in this phase.
    KOKKOS_FORCEINLINE_FUNCTION void arrive_expecting([[maybe_unused]] SharedBarrier* barrier,
                                                      [[maybe_unused]] int bytes) const {
        EGGROLL_HOPPER("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(address(barrier)), "r"(bytes)
                       : "memory");
    }
    /// Until the phase of this parity has ended (0 or 1); at once when the current phase has the other one.
    KOKKOS_FORCEINLINE_FUNCTION void wait([[maybe_unused]] SharedBarrier* barrier, [[maybe_unused]] int parity) const {
        std::uint32_t ended = 1; // where it traps or does nothing
        do {
            EGGROLL_HOPPER("{\n.reg .pred ended;\n"
                           "mbarrier.try_wait.parity.shared::cta.b64 ended, [%1], %2;\n"
                           "selp.u32 %0, 1, 0, ended;\n}"
                           : "=r"(ended)
                           : "r"(address(barrier)), "r"(parity)
                           : "memory");
        } while (ended == 0);
    }

    // Copies of tiles.

    /// Copies the tile of `map` that begins at (row, column) to `to`, a multiple of 1024, completing on `barrier`; by
    /// one thread. What lies beyond the matrix becomes 0, and counts as bytes. Row r of the tile is at to + 128 r, its
    /// eight chunks of 16 bytes swizzled: chunk c stands where c ^ (r % 8) would. `map` is a member of the kernel
    /// itself.
    KOKKOS_FORCEINLINE_FUNCTION void copy_tile([[maybe_unused]] void* to, [[maybe_unused]] TensorMap const& map,
                                               [[maybe_unused]] int row, [[maybe_unused]] int column,
                                               [[maybe_unused]] SharedBarrier* barrier) const {
        EGGROLL_HOPPER("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                       "[%0], [%1, {%2, %3}], [%4];" ::"r"(address(to)),
                       "l"(map.opaque), "r"(column), "r"(row), "r"(address(barrier))
                       : "memory");
    }
    /// Of a thread that wrote shared memory which copies or products of tiles will read or overwrite; before the
    /// barrier that tells them.
    KOKKOS_FORCEINLINE_FUNCTION void fence_async_proxy() const {
        EGGROLL_HOPPER("fence.proxy.async.shared::cta;" ::: "memory");
    }

    // Products of tiles: d (64, 256) += a (64, k) b (256, k)^T by a warpgroup, k = 32 bytes. Elements of d, in warp w
    // of the warpgroup, lane 4 g + q, for j < 32:
    //   d[4 j], d[4 j + 1]  row 16 w + g, columns 8 j + 2 q, + 1;  d[4 j + 2], d[4 j + 3]  row 16 w + g + 8
    // d may be touched only after the products to it were waited for with d as an argument.

    /// A tile of rows of 128 bytes as copy_tile leaves it, from byte `offset` of each row on (0, 32, 64, 96).
    KOKKOS_FORCEINLINE_FUNCTION std::uint64_t operand(void const* tile, int offset) const {
        return tile_operand(address(tile) + static_cast<std::uint32_t>(offset));
    }
    /// Before the first product, and after d was touched.
    KOKKOS_FORCEINLINE_FUNCTION void begin_products() const {
        EGGROLL_HOPPER("wgmma.fence.sync.aligned;" ::: "memory");
    }
    /// Ends a group of products.
    KOKKOS_FORCEINLINE_FUNCTION void commit_products() const {
        EGGROLL_HOPPER("wgmma.commit_group.sync.aligned;" ::: "memory");
    }
    /// Until at most `groups` of the newest groups are under way: the operands of the others may be overwritten.
    template <int groups>
    KOKKOS_FORCEINLINE_FUNCTION void wait_for_products() const {
        EGGROLL_HOPPER("wgmma.wait_group.sync.aligned %0;" ::"n"(groups) : "memory");
    }
    /// Until no products are under way: d may be touched.
    KOKKOS_FORCEINLINE_FUNCTION void wait_for_products([[maybe_unused]] float (&d)[4][8][4]) const {
        EGGROLL_HOPPER("wgmma.wait_group.sync.aligned 0;"
                       : EGGROLL_ACCUMULATOR_OPERANDS(EGGROLL_FLOAT_OPERAND, d)::"memory");
    }
    KOKKOS_FORCEINLINE_FUNCTION void wait_for_products([[maybe_unused]] std::int32_t (&d)[4][8][4]) const {
        EGGROLL_HOPPER("wgmma.wait_group.sync.aligned 0;"
                       : EGGROLL_ACCUMULATOR_OPERANDS(EGGROLL_INTEGER_OPERAND, d)::"memory");
    }
    /// With `add` false d is overwritten. k = 16 elements.
    KOKKOS_FORCEINLINE_FUNCTION void multiply_tiles_bfloat16([[maybe_unused]] float (&d)[4][8][4],
                                                             [[maybe_unused]] std::uint64_t a,
                                                             [[maybe_unused]] std::uint64_t b,
                                                             [[maybe_unused]] bool add) const {
        EGGROLL_HOPPER("{\n.reg .pred add;\nsetp.ne.b32 add, %130, 0;\n"
                       "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 " EGGROLL_ACCUMULATORS
                       ", %128, %129, add, 1, 1, 0, 0;\n}"
                       : EGGROLL_ACCUMULATOR_OPERANDS(EGGROLL_FLOAT_OPERAND, d)
                       : "l"(a), "l"(b), "r"(static_cast<int>(add)));
    }
    KOKKOS_FORCEINLINE_FUNCTION void multiply_tiles_half([[maybe_unused]] float (&d)[4][8][4],
                                                         [[maybe_unused]] std::uint64_t a,
                                                         [[maybe_unused]] std::uint64_t b,
                                                         [[maybe_unused]] bool add) const {
        EGGROLL_HOPPER("{\n.reg .pred add;\nsetp.ne.b32 add, %130, 0;\n"
                       "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 " EGGROLL_ACCUMULATORS
                       ", %128, %129, add, 1, 1, 0, 0;\n}"
                       : EGGROLL_ACCUMULATOR_OPERANDS(EGGROLL_FLOAT_OPERAND, d)
                       : "l"(a), "l"(b), "r"(static_cast<int>(add)));
    }
    /// k = 32 elements, exact sums.
    KOKKOS_FORCEINLINE_FUNCTION void multiply_tiles_int8([[maybe_unused]] std::int32_t (&d)[4][8][4],
                                                         [[maybe_unused]] std::uint64_t a,
                                                         [[maybe_unused]] std::uint64_t b,
                                                         [[maybe_unused]] bool add) const {
        EGGROLL_HOPPER("{\n.reg .pred add;\nsetp.ne.b32 add, %130, 0;\n"
                       "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 " EGGROLL_ACCUMULATORS ", %128, %129, add;\n}"
                       : EGGROLL_ACCUMULATOR_OPERANDS(EGGROLL_INTEGER_OPERAND, d)
                       : "l"(a), "l"(b), "r"(static_cast<int>(add)));
    }

    // Registers, which a kernel with one block a multiprocessor may divide unevenly among its warpgroups.

    /// All warps of a warpgroup; a multiple of 8 from 24 to 256, below (`give`) or above (`take`) what each thread has.
    template <int registers>
    KOKKOS_FORCEINLINE_FUNCTION void give_registers() const {
        EGGROLL_HOPPER("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(registers));
    }
    template <int registers>
    KOKKOS_FORCEINLINE_FUNCTION void take_registers() const {
        EGGROLL_HOPPER("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(registers));
    }

private:
    KOKKOS_FORCEINLINE_FUNCTION static std::uint32_t address([[maybe_unused]] void const* pointer) {
        KOKKOS_IF_ON_DEVICE((return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));))
        KOKKOS_IF_ON_HOST((return 0;))
    }
};

} // namespace eggroll::kernels::cuda

#undef EGGROLL_HOPPER
#undef EGGROLL_ACCUMULATORS
#undef EGGROLL_ACCUMULATOR_OPERANDS
#undef EGGROLL_FLOAT_OPERAND
#undef EGGROLL_INTEGER_OPERAND

#endif
