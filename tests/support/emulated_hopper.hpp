// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// What Hopper adds to the emulated block (kernels/cuda/block_hopper.hpp), each as late as the PTX manual allows:
/// copies of tiles land when all threads have come to their barrier and somebody waits for it, products read their
/// operands when they are waited for, and hold NaN or -1 until then. Not noticed: a missing fence_async_proxy.

#include "fibers.hpp"

#include <eggroll/kernels/cuda/hopper/tensor_map.hpp>
#include <eggroll/kernels/cuda/hopper/tile_operand.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <vector>

namespace eggroll::testing {

/// What the threads of a block share.
struct HopperState {
    struct Copy {
        std::byte* to;
        kernels::cuda::TensorMap map;
        int row;
        int column;

        void land() const {
            auto const element_bytes = 128 / kernels::cuda::TensorMap::tile_columns(map.element);
            std::int64_t const row_bytes = map.columns * element_bytes;
            for (int r = 0; r < map.tile_rows; ++r) {
                for (int byte = 0; byte < 128; ++byte) {
                    std::int64_t const from_row = row + r;
                    std::int64_t const from_byte = std::int64_t{column} * element_bytes + byte;
                    bool const inside = from_row >= 0 && from_row < map.rows && from_byte >= 0 && from_byte < row_bytes;
                    to[128 * r + (byte ^ r % 8 * 16)] =
                        inside ? static_cast<std::byte const*>(map.data)[from_row * map.stride_bytes + from_byte]
                               : std::byte{0};
                }
            }
        }
        [[nodiscard]] int bytes() const { return 128 * map.tile_rows; }
    };

    struct Barrier {
        int arrivals = 0; // of a phase
        int missing = 0;  // arrivals
        int bytes = 0;    // announced, and not copied
        std::uint64_t phase = 0;
        std::vector<Copy> copies;

        /// Lets the copies land if all have arrived; whether the phase ended.
        bool settle() {
            if (missing > 0) {
                return false;
            }
            for (Copy const& copy : copies) {
                copy.land();
                bytes -= copy.bytes();
            }
            copies.clear();
            if (bytes != 0) {
                return false; // for ever: more or less was copied than announced
            }
            missing = arrivals;
            ++phase;
            return true;
        }
    };
    std::map<void const*, Barrier> barriers;

    Barrier& barrier(void const* pointer) {
        auto const found = barriers.find(pointer);
        if (found == barriers.end()) {
            throw std::runtime_error("a barrier in shared memory is used before it was initialised");
        }
        return found->second;
    }

    using Accumulators = std::array<std::uint32_t, 128>; // bits
    struct Product {
        void* d;
        std::uint64_t a;
        std::uint64_t b;
        bool add;
        void (*run)(std::byte const* shared, std::size_t shared_bytes, int thread, Product const& product,
                    Accumulators& values);
    };
    struct Products { // of a thread
        std::vector<std::vector<Product>> groups;
        std::vector<Product> open;
        std::map<void*, Accumulators> values; // of d, until it was waited for
        bool begun = false;
    };
    std::map<int, Products> products; // by thread
};

/// The functions of HopperBlock, for an emulated block that has `state()` and `thread()`.
template <class Block>
class EmulatedHopper {
public:
    void initialize(kernels::cuda::SharedBarrier* barrier, int arrivals) const {
        state().check_shared(barrier, 8, "initialize");
        hopper().barriers[barrier] = {arrivals, arrivals, 0, 0, {}};
    }
    void fence_barriers() const {}
    void arrive(kernels::cuda::SharedBarrier* barrier) const { arrive_expecting(barrier, 0); }
    void arrive_expecting(kernels::cuda::SharedBarrier* pointer, int bytes) const {
        auto& barrier = hopper().barrier(pointer);
        if (barrier.missing == 0) {
            throw std::runtime_error("more arrive at a barrier in shared memory than it was initialised for");
        }
        barrier.bytes += bytes;
        --barrier.missing;
        if (barrier.copies.empty()) {
            barrier.settle();
        }
        state().fibers.note_progress();
    }
    void wait(kernels::cuda::SharedBarrier* pointer, int parity) const {
        auto& barrier = hopper().barrier(pointer);
        state().fibers.wait_until([&] {
            if (static_cast<int>(barrier.phase % 2) == parity && barrier.settle()) {
                state().fibers.note_progress();
            }
            return static_cast<int>(barrier.phase % 2) != parity;
        });
    }

    void copy_tile(void* to, kernels::cuda::TensorMap const& map, int row, int column,
                   kernels::cuda::SharedBarrier* barrier) const {
        state().check_shared(to, 1024, "copy_tile");
        HopperState::Copy const copy{static_cast<std::byte*>(to), map, row, column};
        state().check_shared(copy.to + copy.bytes() - 1, 1, "copy_tile");
        if (map.tile_rows < 1 || map.tile_rows > 256 || map.stride_bytes % 16 != 0 ||
            reinterpret_cast<std::uintptr_t>(map.data) % 16 != 0) {
            throw std::runtime_error("copy_tile: a tile has 1 to 256 rows, pointer and stride are multiples of 16");
        }
        std::memset(to, 0xff, static_cast<std::size_t>(copy.bytes())); // until it lands
        hopper().barrier(barrier).copies.push_back(copy);
    }
    void fence_async_proxy() const {}

    std::uint64_t operand(void const* tile, int offset) const {
        auto const start = static_cast<std::byte const*>(tile) - state().shared + offset;
        return kernels::cuda::tile_operand(static_cast<std::uint32_t>(start));
    }
    void begin_products() const { own().begun = true; }
    void commit_products() const {
        own().groups.push_back(own().open);
        own().open.clear();
    }
    template <int groups>
    void wait_for_products() const {
        auto& mine = own();
        while (mine.groups.size() > static_cast<std::size_t>(groups)) {
            for (auto const& product : mine.groups.front()) {
                product.run(state().shared, state().shape.shared_bytes, self().thread(), product,
                            mine.values.at(product.d));
            }
            mine.groups.erase(mine.groups.begin());
        }
        self().synchronize_warp(); // the warp waits as one
    }
    template <class Sum>
    void wait_for_products(Sum (&d)[4][8][4]) const {
        wait_for_products<0>();
        auto& mine = own();
        if (!mine.open.empty()) {
            throw std::runtime_error("products of tiles are waited for that no group was made of");
        }
        std::memcpy(d, mine.values.at(d).data(), sizeof(d));
        mine.values.erase(d);
        mine.begun = false;
    }
    void multiply_tiles_bfloat16(float (&d)[4][8][4], std::uint64_t a, std::uint64_t b, bool add) const {
        issue(d, {d, a, b, add, multiply<float, bfloat16>});
    }
    void multiply_tiles_half(float (&d)[4][8][4], std::uint64_t a, std::uint64_t b, bool add) const {
        issue(d, {d, a, b, add, multiply<float, half>});
    }
    void multiply_tiles_int8(std::int32_t (&d)[4][8][4], std::uint64_t a, std::uint64_t b, bool add) const {
        issue(d, {d, a, b, add, multiply<std::int32_t, std::int8_t>});
    }

    template <int registers>
    void give_registers() const {
        static_assert(registers >= 24 && registers <= 256 && registers % 8 == 0);
    }
    template <int registers>
    void take_registers() const {
        static_assert(registers >= 24 && registers <= 256 && registers % 8 == 0);
    }

private:
    Block const& self() const { return static_cast<Block const&>(*this); }
    auto& state() const { return self().state(); }
    HopperState& hopper() const { return state().hopper; }
    HopperState::Products& own() const { return hopper().products[self().thread()]; }

    void issue(void* d, HopperState::Product const& product) const {
        if (!own().begun) {
            throw std::runtime_error("a product of tiles without begin_products after its accumulators were touched");
        }
        auto const [entry, is_new] = own().values.try_emplace(d);
        if (is_new) {
            std::memcpy(entry->second.data(), d, sizeof(HopperState::Accumulators));
            std::memset(d, 0xff, sizeof(HopperState::Accumulators)); // until it is waited for
        }
        own().open.push_back(product);
    }

    /// Rows of 32 bytes as an operand describes them, from its bits.
    template <class Element>
    static auto row_of(std::byte const* shared, std::size_t shared_bytes, std::uint64_t operand, int row) {
        std::uint64_t const start = (operand & 0x3fff) << 4;
        std::uint64_t const group = (operand >> 32 & 0x3fff) << 4;
        if (operand >> 62 != 1 || (operand >> 49 & 7) != 0) {
            throw std::runtime_error("an operand of a product of tiles has no swizzle of 128 bytes");
        }
        std::array<Element, 32 / sizeof(Element)> elements;
        auto const r = static_cast<std::uint64_t>(row);
        for (std::uint64_t byte = 0; byte < 32; byte += 16) {
            std::uint64_t const linear = start + r / 8 * group + r % 8 * 128 + byte;
            std::uint64_t const swizzled = linear ^ (linear >> 7 & 7) << 4;
            if (swizzled + 16 > shared_bytes) {
                throw std::runtime_error("an operand of a product of tiles lies outside shared memory");
            }
            std::memcpy(elements.data() + byte / sizeof(Element), shared + swizzled, 16);
        }
        return elements;
    }

    /// This thread's elements of d (64, 256) += a (64, k) b (256, k)^T.
    template <class Sum, class Element>
    static void multiply(std::byte const* shared, std::size_t shared_bytes, int thread,
                         HopperState::Product const& product, HopperState::Accumulators& values) {
        int const g = thread % 32 / 4;
        int const q = thread % 4;
        for (int upper = 0; upper < 2; ++upper) {
            auto const left = row_of<Element>(shared, shared_bytes, product.a, thread / 32 % 4 * 16 + g + 8 * upper);
            for (int column = 0; column < 64; ++column) { // of this thread
                auto const right =
                    row_of<Element>(shared, shared_bytes, product.b, column / 2 * 8 + 2 * q + column % 2);
                auto& bits = values[static_cast<std::size_t>(column / 2 * 4 + 2 * upper + column % 2)];
                Sum sum = product.add ? __builtin_bit_cast(Sum, bits) : Sum{0};
                for (std::size_t k = 0; k < left.size(); ++k) {
                    sum += static_cast<Sum>(left[k]) * static_cast<Sum>(right[k]);
                }
                bits = __builtin_bit_cast(std::uint32_t, sum);
            }
        }
    }
};

} // namespace eggroll::testing
