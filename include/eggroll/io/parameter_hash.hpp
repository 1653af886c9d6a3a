// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/io/fnv1a.hpp>
#include <eggroll/parameters.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace eggroll::io {

/// A hash of all parameters' bytes in the layout's order: two runs that agree in it trained the same model.
template <class Storage>
std::string parameter_hash(ParameterLayout const& layout, Parameters<Storage> const& parameters) {
    Fnv1a hash;
    for (auto const& info : layout.parameters()) {
        hash.add(std::as_bytes(std::span(parameters.data() + info.offset, static_cast<std::size_t>(info.size()))));
    }
    return hash.text();
}

} // namespace eggroll::io
