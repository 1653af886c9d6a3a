// SPDX-License-Identifier: Apache-2.0
#pragma once

// The single source of the version: CMake reads these three lines.
#define EGGROLL_VERSION_MAJOR 0
#define EGGROLL_VERSION_MINOR 1
#define EGGROLL_VERSION_PATCH 0
