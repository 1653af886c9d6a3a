// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/config.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace eggroll {

/// Memory of a host slice: plain operator new, because Kokkos may not be called inside one.
struct HostSliceMemory {
    static void* allocate(std::size_t bytes) { return ::operator new (bytes, std::align_val_t{64}); }
    static void release(void* pointer) { ::operator delete (pointer, std::align_val_t{64}); }
};

/// Memory of a chunk on any execution space.
template <class MemorySpace>
struct ChunkMemory {
    static void* allocate(std::size_t bytes) { return Kokkos::kokkos_malloc<MemorySpace>("eggroll::arena", bytes); }
    static void release(void* pointer) { Kokkos::kokkos_free<MemorySpace>(pointer); }
};

/// A stack of uninitialised arrays. What doesn't fit goes into blocks of its own until settle() makes one block of the
/// largest size seen: the first generation measures, later ones allocate nothing.
template <class Memory>
class Arena {
public:
    static constexpr std::size_t alignment = 64;

    Arena() = default;
    Arena(Arena const&) = delete;
    Arena& operator=(Arena const&) = delete;
    ~Arena() {
        release_overflow(0);
        if (base_ != nullptr) {
            Memory::release(base_);
        }
    }

    /// Uninitialised room for `count` elements, aligned to 64 bytes; valid until the mark before it is returned to.
    template <class T>
    T* allocate(std::int64_t count) {
        std::size_t const bytes = round_up(static_cast<std::size_t>(count) * sizeof(T));
        std::size_t const begin = used_;
        used_ += bytes;
        recent_peak_ = std::max(recent_peak_, used_);
        peak_ = std::max(peak_, used_);
        if (used_ <= capacity_) {
            return reinterpret_cast<T*>(base_ + begin);
        }
        overflow_.push_back({begin, Memory::allocate(std::max(bytes, alignment))});
        return static_cast<T*>(overflow_.back().pointer);
    }

    std::size_t mark() const { return used_; }
    /// Gives back everything allocated since mark() returned `mark`.
    void return_to(std::size_t mark) {
        release_overflow(mark);
        used_ = mark;
    }

    /// Whether all of it has been one block since settle().
    bool has_fitted() const { return recent_peak_ <= capacity_; }

    /// The most bytes ever in use at once.
    std::size_t peak() const { return peak_; }
    /// The same since settle().
    std::size_t recent_peak() const { return recent_peak_; }

    /// Empties it, and makes the next use of up to `bytes`, or of the most it ever held, fit in one block. Outside
    /// slices only.
    void settle(std::size_t bytes = 0) {
        return_to(0);
        recent_peak_ = 0;
        peak_ = std::max(peak_, bytes);
        if (peak_ > capacity_) {
            if (base_ != nullptr) {
                Memory::release(std::exchange(base_, nullptr));
            }
            capacity_ = 0;
            base_ = static_cast<std::byte*>(Memory::allocate(peak_));
            capacity_ = peak_;
        }
    }

private:
    struct Block {
        std::size_t begin;
        void* pointer;
    };

    static std::size_t round_up(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

    void release_overflow(std::size_t mark) {
        while (!overflow_.empty() && overflow_.back().begin >= mark) {
            Memory::release(overflow_.back().pointer);
            overflow_.pop_back();
        }
    }

    std::byte* base_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
    std::size_t peak_ = 0;
    std::size_t recent_peak_ = 0;
    std::vector<Block> overflow_;
};

} // namespace eggroll
