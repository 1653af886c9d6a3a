// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Runs the kernels of kernels/cuda on the host, lane by lane: a block whose functions do what the PTX manual says of
/// the instructions that CudaBlock's are. Shared memory begins as garbage, asynchronous copies land as late as the
/// waits allow, and blocks' threads run in two opposite orders, so what a GPU leaves to luck shows as a wrong result.

#include "emulated_hopper.hpp"
#include "fibers.hpp"
#include "recording.hpp"

#include <eggroll/kernels/cuda/kernels.hpp>
#include <eggroll/kernels/step.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace eggroll::testing {

/// A block of a launch.
struct BlockShape {
    int threads;
    std::size_t shared_bytes;
    std::int64_t index;
    std::int64_t count; // of the grid
};

/// What the threads of one block share.
class BlockState {
public:
    BlockState(Fibers& turns, BlockShape const& of)
        : fibers(turns), shape(of), memory_(of.shared_bytes + alignment),
          warps_(static_cast<std::size_t>(of.threads / 32)) {
        auto const begin = reinterpret_cast<std::uintptr_t>(memory_.data());
        shared = memory_.data() + (alignment - begin % alignment) % alignment;
        std::memset(shared, 0xff, shape.shared_bytes); // NaN as a float, -1 as an integer
        copies.resize(static_cast<std::size_t>(shape.threads));
    }

    Fibers& fibers;
    BlockShape const shape;
    std::byte* shared = nullptr;
    HopperState hopper;

    /// A copy that was issued and has not landed.
    struct Copy {
        void* to;
        void const* from;
        int valid;
    };
    struct Copies {
        std::vector<std::vector<Copy>> groups;
        std::vector<Copy> open;
    };
    std::vector<Copies> copies; // by thread

    /// Waits until all `size` threads of a group have come.
    struct Barrier {
        int arrived = 0;
        std::uint64_t phase = 0;
    };
    void meet(Barrier& barrier, int size) {
        std::uint64_t const phase = barrier.phase;
        if (++barrier.arrived == size) {
            barrier.arrived = 0;
            ++barrier.phase;
            fibers.note_progress();
        } else {
            fibers.wait_until([&] { return barrier.phase != phase; });
        }
    }
    Barrier block_barrier;

    /// Every lane of a warp gives a value and gets all 32. `operation` must be the same in all.
    template <class T>
    std::array<T, 32> gather(int thread, char const* operation, T const& mine) {
        static_assert(sizeof(T) <= slot_bytes && std::is_trivially_copyable_v<T>);
        Warp& warp = warps_[static_cast<std::size_t>(thread / 32)];
        auto const parity = warp.barrier.phase % 2; // a lane is never two meetings ahead of another
        if (warp.barrier.arrived == 0) {
            warp.operation = operation;
        } else if (std::strcmp(warp.operation, operation) != 0) {
            throw std::runtime_error(std::string("the lanes of a warp have parted: ") + warp.operation + " and " +
                                     operation);
        }
        auto& slots = warp.slots[parity];
        std::memcpy(slots.data() + static_cast<std::size_t>(thread % 32) * slot_bytes, &mine, sizeof(T));
        meet(warp.barrier, 32);
        std::array<T, 32> all;
        for (std::size_t lane = 0; lane < 32; ++lane) {
            std::memcpy(&all[lane], slots.data() + lane * slot_bytes, sizeof(T));
        }
        return all;
    }

    /// Throws unless [pointer, pointer + bytes) lies in shared memory, aligned to `bytes`.
    void check_shared(void const* pointer, std::size_t bytes, char const* operation) const {
        auto const* const p = static_cast<std::byte const*>(pointer);
        if (p < shared || p + bytes > shared + shape.shared_bytes ||
            static_cast<std::size_t>(p - shared) % bytes != 0) {
            throw std::runtime_error(std::string(operation) + ": an address outside shared memory or not aligned");
        }
    }

private:
    static constexpr std::size_t alignment = 1024;
    static constexpr std::size_t slot_bytes = 64;
    struct Warp {
        Barrier barrier;
        char const* operation = "";
        std::array<std::array<std::byte, 32 * slot_bytes>, 2> slots;
    };
    std::vector<std::byte> memory_;
    std::vector<Warp> warps_;
};

/// One thread's view of its block: what CudaBlock is on a GPU.
class EmulatedBlock : public EmulatedHopper<EmulatedBlock> {
public:
    EmulatedBlock(BlockState& state, int index_of_thread) : state_(state), thread_(index_of_thread) {}

    int thread() const { return thread_; }
    int lane() const { return thread_ & 31; }
    int warp() const { return thread_ >> 5; }
    std::int64_t index() const { return state_.shape.index; }
    std::int64_t count() const { return state_.shape.count; }
    std::byte* shared() const { return state_.shared; }

    void synchronize() const { state_.meet(state_.block_barrier, state_.shape.threads); }
    void synchronize_warp() const { state_.gather(thread_, "synchronize_warp", 0); }

    template <class T>
    T shuffle(T value, int source) const {
        return state_.gather(thread_, "shuffle", value)[static_cast<std::size_t>(source & 31)];
    }
    template <class T>
    T shuffle_xor(T value, int mask) const {
        return state_.gather(thread_, "shuffle_xor", value)[static_cast<std::size_t>(lane() ^ mask)];
    }

    std::int32_t dot4(std::uint32_t a, std::uint32_t b, std::int32_t sum) const {
        for (int byte = 0; byte < 32; byte += 8) {
            sum += static_cast<std::int8_t>(a >> byte) * static_cast<std::int8_t>(b >> byte);
        }
        return sum;
    }

    std::uint32_t pack4(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) const {
        std::uint32_t word = 0;
        for (std::int32_t const value : {d, c, b, a}) {
            word = word << 8 | static_cast<std::uint8_t>(std::clamp(value, -127, 127));
        }
        return word;
    }

    std::uint32_t pack_half(float low, float high) const {
        return static_cast<std::uint32_t>(half(high).bits()) << 16 | half(low).bits();
    }

    void multiply_bfloat16(float (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2]) const {
        multiply<16, float>(d, a, b, "multiply_bfloat16", sixteen_bits<bfloat16>);
    }
    void multiply_half(float (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2]) const {
        multiply<16, float>(d, a, b, "multiply_half", sixteen_bits<half>);
    }
    void multiply_tf32(float (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2]) const {
        multiply<8, float>(d, a, b, "multiply_tf32",
                           [](std::uint32_t word, int) { return __builtin_bit_cast(float, word & 0xffffe000u); });
    }
    void multiply_int8(std::int32_t (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2]) const {
        multiply<32, std::int32_t>(d, a, b, "multiply_int8", [](std::uint32_t word, int byte) {
            return static_cast<std::int32_t>(static_cast<std::int8_t>(word >> (8 * byte)));
        });
    }

    void load_matrices(std::uint32_t (&word)[4], void const* row) const {
        state_.check_shared(row, 16, "load_matrices");
        auto const rows = state_.gather(thread_, "load_matrices", row);
        for (std::size_t i = 0; i < 4; ++i) {
            std::memcpy(&word[i], bytes_of(rows[8 * i + static_cast<std::size_t>(lane() / 4)]) + 4 * (lane() % 4), 4);
        }
    }
    void load_matrices_transposed(std::uint32_t (&word)[4], void const* row) const {
        state_.check_shared(row, 16, "load_matrices_transposed");
        auto const rows = state_.gather(thread_, "load_matrices_transposed", row);
        for (std::size_t i = 0; i < 4; ++i) {
            std::uint16_t halves[2];
            for (std::size_t h = 0; h < 2; ++h) {
                auto const from = 8 * i + 2 * static_cast<std::size_t>(lane() % 4) + h;
                std::memcpy(&halves[h], bytes_of(rows[from]) + 2 * (lane() / 4), 2);
            }
            word[i] = static_cast<std::uint32_t>(halves[1]) << 16 | halves[0];
        }
    }

    void copy_async(void* to, void const* from, int valid = 16) const {
        state_.check_shared(to, 16, "copy_async");
        if (reinterpret_cast<std::uintptr_t>(from) % 16 != 0 || valid < 0 || valid > 16) {
            throw std::runtime_error("copy_async: the source is not aligned, or not 0 to 16 bytes of it are valid");
        }
        std::memset(to, 0xff, 16); // until it lands
        own_copies().open.push_back({to, from, valid});
    }
    void commit_copies() const {
        own_copies().groups.push_back(std::move(own_copies().open));
        own_copies().open.clear();
    }
    template <int groups>
    void wait_for_copies() const {
        auto& pending = own_copies().groups;
        while (pending.size() > static_cast<std::size_t>(groups)) {
            for (auto const& copy : pending.front()) {
                std::memset(copy.to, 0, 16);
                std::memcpy(copy.to, copy.from, static_cast<std::size_t>(copy.valid));
            }
            pending.erase(pending.begin());
        }
    }

private:
    friend class EmulatedHopper<EmulatedBlock>;

    BlockState& state() const { return state_; }
    static std::byte const* bytes_of(void const* pointer) { return static_cast<std::byte const*>(pointer); }
    BlockState::Copies& own_copies() const { return state_.copies[static_cast<std::size_t>(thread_)]; }

    template <class T>
    static float sixteen_bits(std::uint32_t word, int which) {
        return static_cast<float>(__builtin_bit_cast(T, static_cast<std::uint16_t>(word >> (16 * which))));
    }

    /// d (16, 8) += a (16, k) b (k, 8); a word has k / 8 elements, value(word, i) is one.
    template <int k, class T, class Value>
    void multiply(T (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2], char const* operation,
                  Value const& value) const {
        struct Operands {
            std::uint32_t a[4];
            std::uint32_t b[2];
        };
        auto const all = state_.gather(thread_, operation, Operands{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}});
        constexpr int per_word = k / 8;
        for (int i = 0; i < 4; ++i) {
            int const row = lane() / 4 + 8 * (i / 2);
            int const column = 2 * (lane() % 4) + i % 2;
            T sum = d[i];
            for (int at = 0; at < k; ++at) {
                int const half_of_k = at / (4 * per_word); // words 0, 1 of a and 0 of b, or 2, 3 and 1
                int const q = at / per_word % 4;
                auto const& left = all[static_cast<std::size_t>(4 * (row % 8) + q)].a[row / 8 + 2 * half_of_k];
                auto const& right = all[static_cast<std::size_t>(4 * column + q)].b[half_of_k];
                sum += value(left, at % per_word) * value(right, at % per_word);
            }
            d[i] = sum;
        }
    }

    BlockState& state_;
    int thread_;
};

/// Launches emulated blocks, one after another; has run when it returns, or recorded what it was to run.
struct EmulatedLauncher {
    using space_type = RecordedSerial;
    using graph_type = EmulatedGraph;

    template <class Kernel>
    void run(RecordedSerial const&, char const*, std::int64_t blocks, std::size_t shared_bytes,
             Kernel const& kernel) const {
        Recording::submit([=] {
            Fibers fibers;
            for (std::int64_t index = 0; index < blocks; ++index) {
                BlockState state(fibers, {Kernel::threads, shared_bytes, index, blocks});
                fibers.run(Kernel::threads, index % 2 != 0, [&](int thread) {
                    EmulatedBlock block(state, thread);
                    Kernel const copy = kernel; // each thread's own, as on a GPU
                    copy(block);
                });
            }
        });
    }

    Step step(std::int64_t const* number) const { return {0, number, &Recording::in_kernel}; }
    int multiprocessors(Kokkos::Serial const&) const { return 3; }
    bool runs_hopper_code(Kokkos::Serial const&) const { return hopper; }
    void encode(kernels::cuda::TensorMap&) const {}

    bool hopper = false; // what the GPU is said to be
};

/// A place whose CUDA kernels are emulated.
using EmulatedGpu = kernels::cuda::On<EmulatedLauncher>;

} // namespace eggroll::testing
