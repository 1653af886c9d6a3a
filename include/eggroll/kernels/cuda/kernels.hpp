// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The CUDA kernels: overloads of the device kernels for places that launch thread blocks.

#include <eggroll/kernels/cuda/egg/score.hpp>
#include <eggroll/kernels/cuda/fill.hpp>
#include <eggroll/kernels/cuda/for_each_row.hpp>
#include <eggroll/kernels/cuda/full_rank.hpp>
#include <eggroll/kernels/cuda/linear.hpp>
#include <eggroll/kernels/cuda/linear_int8.hpp>
#include <eggroll/kernels/cuda/on.hpp>
#include <eggroll/kernels/cuda/repeat.hpp>
#include <eggroll/kernels/cuda/update.hpp>
#include <eggroll/kernels/device/kernels.hpp>
