// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The device kernels: Kokkos parallel loops on any execution space.

#include <eggroll/kernels/device/embedding.hpp>
#include <eggroll/kernels/device/fill.hpp>
#include <eggroll/kernels/device/for_each_row.hpp>
#include <eggroll/kernels/device/linear.hpp>
#include <eggroll/kernels/device/linear_transposed.hpp>
#include <eggroll/kernels/device/perturb_vector.hpp>
#include <eggroll/kernels/device/update.hpp>
