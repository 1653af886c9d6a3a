// SPDX-License-Identifier: Apache-2.0

#include "shared_heap.hpp"

#include <cuda_runtime_api.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <stdexcept>

namespace {

/// Blocks of powers of two, kept in a list for each size when they are given back.
class SharedHeap {
public:
    void reserve() {
        void* memory = nullptr;
        if (cudaHostAlloc(&memory, capacity, cudaHostAllocPortable | cudaHostAllocMapped) != cudaSuccess) {
            throw std::runtime_error("the tests' heap: cudaHostAlloc failed");
        }
        std::scoped_lock const lock(mutex_);
        base_ = static_cast<std::byte*>(memory);
    }

    /// Null if there is no room; aligned to 64 bytes.
    void* allocate(std::size_t bytes) {
        std::size_t const size = std::bit_ceil(bytes < smallest ? smallest : bytes);
        std::scoped_lock const lock(mutex_);
        Block*& available = available_[std::countr_zero(size)];
        if (available != nullptr) {
            Block* const block = available;
            available = block->next;
            return block;
        }
        if (base_ == nullptr || capacity - used_ < size) {
            return nullptr;
        }
        exponents_[used_ / smallest] = static_cast<std::uint8_t>(std::countr_zero(size));
        void* const block = base_ + used_;
        used_ += size;
        return block;
    }

    /// False if the block is from elsewhere.
    bool release(void* block) {
        std::scoped_lock const lock(mutex_);
        auto const begin = reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(base_);
        if (base_ == nullptr || begin >= capacity) {
            return false;
        }
        Block*& available = available_[exponents_[begin / smallest]];
        available = new (block) Block{available};
        return true;
    }

    static constexpr std::size_t smallest = 64;

private:
    struct Block {
        Block* next;
    };

    static constexpr std::size_t capacity = std::size_t{256} << 20;

    std::mutex mutex_;
    std::byte* base_ = nullptr;
    std::size_t used_ = 0;
    Block* available_[64] = {};                                      // by the size's exponent
    static inline std::uint8_t exponents_[capacity / smallest] = {}; // of a block's size, where it begins
};

constinit SharedHeap heap;

void* allocate(std::size_t bytes, std::size_t alignment) {
    void* block = alignment <= SharedHeap::smallest ? heap.allocate(bytes) : nullptr;
    if (block == nullptr) {
        block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    }
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

void release(void* block) noexcept {
    if (block != nullptr && !heap.release(block)) {
        std::free(block);
    }
}

} // namespace

void eggroll::testing::share_heap_with_device() {
    heap.reserve();
}

void* operator new(std::size_t bytes) {
    return allocate(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept {
    release(block);
}
void operator delete(void* block, std::size_t) noexcept {
    release(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
    release(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    release(block);
}
