// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The reference kernels: naive loops, the oracle and the documentation of every operation.

#include <eggroll/kernels/reference/embedding.hpp>
#include <eggroll/kernels/reference/fill.hpp>
#include <eggroll/kernels/reference/for_each_row.hpp>
#include <eggroll/kernels/reference/linear.hpp>
#include <eggroll/kernels/reference/linear_transposed.hpp>
#include <eggroll/kernels/reference/perturb_vector.hpp>
#include <eggroll/kernels/reference/update.hpp>
