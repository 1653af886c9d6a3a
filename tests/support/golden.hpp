// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The golden vectors of integer EGG (tests/data/egg-golden/README.md). The environment variable EGGROLL_GOLDEN_DIR
/// points the tests at another directory of such files.

#include <eggroll/io/safetensors.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace eggroll::testing {

inline std::filesystem::path golden_directory() {
    char const* const directory = std::getenv("EGGROLL_GOLDEN_DIR");
    return directory != nullptr && *directory != '\0' ? directory : EGGROLL_GOLDEN_DIR;
}

/// The file of that name (without extension), read and checked.
inline io::SafetensorsFile golden(std::string const& name) {
    return io::SafetensorsFile(golden_directory() / (name + ".safetensors"));
}

} // namespace eggroll::testing
