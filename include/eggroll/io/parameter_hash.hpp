// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/parameters.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

namespace eggroll::io {

/// A 64-bit FNV-1a hash of all parameters' bytes in the layout's order, as 16 hexadecimal digits: two runs that agree
/// in it trained the same model. Little-endian hosts.
template <class Storage>
std::string parameter_hash(ParameterLayout const& layout, Parameters<Storage> const& parameters) {
    static_assert(std::endian::native == std::endian::little, "hashes are of little-endian bytes");
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (auto const& info : layout.parameters()) {
        auto const* bytes = reinterpret_cast<unsigned char const*>(parameters.data() + info.offset);
        for (std::size_t i = 0; i < static_cast<std::size_t>(info.size()) * sizeof(Storage); ++i) {
            hash = (hash ^ bytes[i]) * 0x100000001b3U;
        }
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

} // namespace eggroll::io
