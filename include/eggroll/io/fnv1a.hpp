// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <type_traits>

namespace eggroll::io {

/// The 64-bit FNV-1a hash: tells two runs apart, protects against nobody. Little-endian hosts.
class Fnv1a {
    static_assert(std::endian::native == std::endian::little, "hashes are of little-endian bytes");

public:
    void add(std::span<std::byte const> bytes) {
        for (std::byte const byte : bytes) {
            hash_ = (hash_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3U;
        }
    }
    template <class Number>
    requires std::is_arithmetic_v<Number>
    void add(Number number) { add(std::as_bytes(std::span(&number, 1))); }

    /// 16 hexadecimal digits.
    std::string text() const {
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash_));
        return digits;
    }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

} // namespace eggroll::io
