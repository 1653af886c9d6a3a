// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Replaces the global operator new of the executable that includes it (in one source file) by one that counts. Kokkos'
/// host memory comes from there too, so live bytes are all that the library holds.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace test {

inline std::atomic<std::int64_t> allocations{0};
inline std::atomic<std::int64_t> live_bytes{0};
inline std::atomic<std::int64_t> peak_bytes{0};

namespace detail {

/// What stands before each block.
struct Header {
    void* block;
    std::size_t bytes;
};

inline void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    std::size_t const aligned = alignment < alignof(std::max_align_t) ? alignof(std::max_align_t) : alignment;
    void* const block = std::malloc(bytes + aligned + sizeof(Header));
    if (block == nullptr) {
        return nullptr;
    }
    std::uintptr_t const first = reinterpret_cast<std::uintptr_t>(block) + sizeof(Header);
    std::uintptr_t const result = (first + aligned - 1) / aligned * aligned;
    reinterpret_cast<Header*>(result)[-1] = {block, bytes};
    allocations += 1;
    std::int64_t const live = live_bytes += static_cast<std::int64_t>(bytes);
    std::int64_t peak = peak_bytes;
    while (live > peak && !peak_bytes.compare_exchange_weak(peak, live)) {
    }
    return reinterpret_cast<void*>(result);
}

inline void* allocate_or_throw(std::size_t bytes, std::size_t alignment) {
    void* const pointer = allocate(bytes, alignment);
    if (pointer == nullptr) {
        throw std::bad_alloc();
    }
    return pointer;
}

inline void release(void* pointer) noexcept {
    if (pointer != nullptr) {
        Header const header = static_cast<Header*>(pointer)[-1];
        live_bytes -= static_cast<std::int64_t>(header.bytes);
        std::free(header.block);
    }
}

} // namespace detail
} // namespace test

void* operator new(std::size_t n) {
    return test::detail::allocate_or_throw(n, 1);
}
void* operator new[](std::size_t n) {
    return test::detail::allocate_or_throw(n, 1);
}
void* operator new(std::size_t n, std::align_val_t a) {
    return test::detail::allocate_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
    return test::detail::allocate_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, std::nothrow_t const&) noexcept {
    return test::detail::allocate(n, 1);
}
void* operator new[](std::size_t n, std::nothrow_t const&) noexcept {
    return test::detail::allocate(n, 1);
}
void* operator new(std::size_t n, std::align_val_t a, std::nothrow_t const&) noexcept {
    return test::detail::allocate(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, std::nothrow_t const&) noexcept {
    return test::detail::allocate(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p) noexcept {
    test::detail::release(p);
}
void operator delete(void* p, std::size_t) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p, std::size_t) noexcept {
    test::detail::release(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
    test::detail::release(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
    test::detail::release(p);
}
void operator delete(void* p, std::nothrow_t const&) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p, std::nothrow_t const&) noexcept {
    test::detail::release(p);
}
void operator delete(void* p, std::align_val_t, std::nothrow_t const&) noexcept {
    test::detail::release(p);
}
void operator delete[](void* p, std::align_val_t, std::nothrow_t const&) noexcept {
    test::detail::release(p);
}
