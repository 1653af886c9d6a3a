// SPDX-License-Identifier: Apache-2.0
// The bodies of the CUDA kernels, instantiated for what the library launches, without Kokkos' run-time part: compiled
// for every architecture that has code of its own, and read by scripts/check-sass.

#include <eggroll/kernels/cuda/advance_step.hpp>
#include <eggroll/kernels/cuda/block.hpp>
#include <eggroll/kernels/cuda/add_low_rank.hpp>
#include <eggroll/kernels/cuda/fill_columns.hpp>
#include <eggroll/kernels/cuda/hopper/low_rank_output.hpp>
#include <eggroll/kernels/cuda/hopper/product.hpp>
#include <eggroll/kernels/cuda/linear_epilogue.hpp>
#include <eggroll/kernels/cuda/linear_tiles.hpp>
#include <eggroll/kernels/cuda/low_rank_projection.hpp>
#include <eggroll/kernels/cuda/round_rows.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>
#include <eggroll/kernels/cuda/egg/score_kernel.hpp>
#include <eggroll/kernels/cuda/linear_int8_kernel.hpp>

namespace eggroll::kernels::cuda {

#define EGGROLL_INSTANTIATE(...) template __global__ void run_kernel<__VA_ARGS__>(__VA_ARGS__ const __grid_constant__)

EGGROLL_INSTANTIATE(AdvanceStep);
EGGROLL_INSTANTIATE(FillColumns<Gaussian, float>);
EGGROLL_INSTANTIATE(FillColumns<FixedPointGaussian, std::int8_t>);
EGGROLL_INSTANTIATE(IntegerProjection);
using LargeIntegerLinear = IntegerLinear<LargeIntegerTile, std::int32_t>;
using WideIntegerLinear = IntegerLinear<LargeIntegerTile, std::int64_t>;
using SmallIntegerLinear = IntegerLinear<SmallIntegerTile, std::int32_t>;
EGGROLL_INSTANTIATE(LargeIntegerLinear);
EGGROLL_INSTANTIATE(WideIntegerLinear);
EGGROLL_INSTANTIATE(SmallIntegerLinear);
EGGROLL_INSTANTIATE(ScoreEgg<64>);
EGGROLL_INSTANTIATE(ScoreEgg<128>);
EGGROLL_INSTANTIATE(ScoreEgg<256>);

using Regenerated = NoiseStream<Gaussian>;
EGGROLL_INSTANTIATE(LowRankProjection<GeneratedB<Regenerated>, bfloat16>);
EGGROLL_INSTANTIATE(LowRankProjection<StoredB, float>);
EGGROLL_INSTANTIATE(RoundRows<half>);
EGGROLL_INSTANTIATE(LinearTiles<bfloat16, LinearEpilogue<GeneratedA<Regenerated>>, 4, 2>);
EGGROLL_INSTANTIATE(LinearTiles<bfloat16, LinearEpilogue<GeneratedA<NoiseStream<Rademacher>>>, 4, 2>);
EGGROLL_INSTANTIATE(LinearTiles<half, LinearEpilogue<StoredA>, 4, 2>);
EGGROLL_INSTANTIATE(LinearTiles<float, LinearEpilogue<GeneratedA<Regenerated>>, 4, 2>);
EGGROLL_INSTANTIATE(LinearTiles<float, LinearEpilogue<NoA>, 1, 1>);
EGGROLL_INSTANTIATE(HopperProduct<bfloat16, LowRankOutput<GeneratedA<Regenerated>>>);
EGGROLL_INSTANTIATE(HopperProduct<bfloat16, LowRankOutput<GeneratedA<NoiseStream<Rademacher>>>>);
EGGROLL_INSTANTIATE(HopperProduct<half, LowRankOutput<NoA>>);
EGGROLL_INSTANTIATE(AddLowRank<GeneratedA<Regenerated>>);

#undef EGGROLL_INSTANTIATE

} // namespace eggroll::kernels::cuda
