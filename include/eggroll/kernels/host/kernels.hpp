// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The host kernels: SIMD bodies that run on the calling thread.

#include <eggroll/kernels/host/embedding.hpp>
#include <eggroll/kernels/host/fill.hpp>
#include <eggroll/kernels/host/for_each_row.hpp>
#include <eggroll/kernels/host/integer_layer_norm.hpp>
#include <eggroll/kernels/host/linear.hpp>
#include <eggroll/kernels/host/log_likelihood.hpp>
#include <eggroll/kernels/host/perturb_vector.hpp>
#include <eggroll/kernels/host/update.hpp>
