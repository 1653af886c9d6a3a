// SPDX-License-Identifier: Apache-2.0
// The bodies of the CUDA kernels, instantiated for what the library launches, without Kokkos' run-time part: compiled
// for every architecture that has code of its own, and read by scripts/check-sass.

#include <eggroll/kernels/cuda/advance_step.hpp>
#include <eggroll/kernels/cuda/block.hpp>
#include <eggroll/kernels/cuda/egg/score_kernel.hpp>
#include <eggroll/kernels/cuda/fill_columns.hpp>
#include <eggroll/kernels/cuda/full_rank/products.hpp>
#include <eggroll/kernels/cuda/hopper/low_rank_output.hpp>
#include <eggroll/kernels/cuda/hopper/product.hpp>
#include <eggroll/kernels/cuda/linear/add_low_rank.hpp>
#include <eggroll/kernels/cuda/linear/epilogue.hpp>
#include <eggroll/kernels/cuda/linear/low_rank_projection.hpp>
#include <eggroll/kernels/cuda/linear/round_rows.hpp>
#include <eggroll/kernels/cuda/linear/tiles.hpp>
#include <eggroll/kernels/cuda/linear_int8/tiles.hpp>
#include <eggroll/kernels/cuda/rows/row_kernels.hpp>
#include <eggroll/kernels/cuda/update/elements.hpp>
#include <eggroll/kernels/cuda/update/measure.hpp>
#include <eggroll/kernels/cuda/update/product.hpp>
#include <eggroll/kernels/cuda/update/segments.hpp>
#include <eggroll/storage/bfloat16.hpp>
#include <eggroll/storage/half.hpp>

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

// Rules as optimizers have them: state, and a vote.

struct Momentum {
    struct loaded_type {
        bfloat16 parameter;
        float velocity;
    };
    bfloat16* parameters;
    float* velocities;
    Tally* tally;
    KOKKOS_FUNCTION loaded_type load(std::int64_t element) const { return {parameters[element], velocities[element]}; }
    KOKKOS_FUNCTION double apply(std::int64_t element, loaded_type const& loaded, float sum) const {
        float const velocity = 0.9F * loaded.velocity + sum;
        auto const before = static_cast<float>(loaded.parameter);
        velocities[element] = velocity;
        parameters[element] = bfloat16(before + 0.01F * velocity);
        return static_cast<double>(static_cast<float>(parameters[element]) - before);
    }
    KOKKOS_FUNCTION Tally* total() const { return tally; }
};
struct Vote {
    using loaded_type = std::int8_t;
    std::int8_t* parameters;
    std::int64_t limit;
    Tally* tally;
    KOKKOS_FUNCTION std::int8_t load(std::int64_t element) const { return parameters[element]; }
    KOKKOS_FUNCTION double apply(std::int64_t element, std::int8_t before, std::int64_t sum) const {
        auto const after = static_cast<std::int8_t>(before + (sum >= limit ? 1 : 0) - (sum <= -limit ? 1 : 0));
        parameters[element] = after;
        return after - before;
    }
    KOKKOS_FUNCTION Tally* total() const { return tally; }
};
struct Square {
    KOKKOS_FUNCTION Kokkos::Array<double, 1> operator()(std::int64_t, float sum) const { return {sum * sum}; }
};

using FloatNoise = NoiseStream<Gaussian>;
using IntegerNoise = NoiseStream<FixedPointGaussian>;
EGGROLL_INSTANTIATE(AddSegments<float, Momentum>);
EGGROLL_INSTANTIATE(AddSegments<std::int8_t, Vote>);
EGGROLL_INSTANTIATE(AddTallies);
EGGROLL_INSTANTIATE(FindWeightScale);
EGGROLL_INSTANTIATE(FullRankProducts<bfloat16, float, Gaussian, 2>);
EGGROLL_INSTANTIATE(FullRankProducts<bfloat16, float, Gaussian, 8>);
EGGROLL_INSTANTIATE(FullRankProducts<std::int8_t, std::int8_t, FixedPointGaussian, 2>);
EGGROLL_INSTANTIATE(FullRankProducts<std::int8_t, std::int8_t, FixedPointGaussian, 4>);
EGGROLL_INSTANTIATE(GenerateFactors<Gaussian, Gaussian, float>);
EGGROLL_INSTANTIATE(GenerateFactors<FixedPointGaussian, FixedPointGaussian, std::int8_t>);
EGGROLL_INSTANTIATE(MeasureRows<Square, float>);
EGGROLL_INSTANTIATE(UpdateElements<FullRankUpdate<FloatNoise, float>, Momentum, false>);
EGGROLL_INSTANTIATE(UpdateElements<FullRankUpdate<FloatNoise, float>, Momentum, true>);
EGGROLL_INSTANTIATE(UpdateElements<ProductUpdate<IntegerNoise, std::int8_t>, Vote, false>);
EGGROLL_INSTANTIATE(UpdateElements<ProductUpdate<IntegerNoise, std::int8_t>, Vote, true>);
EGGROLL_INSTANTIATE(UpdateProduct<float, ApplyToTile<float, Momentum>>);
EGGROLL_INSTANTIATE(UpdateProduct<float, KeepTile<float>>);
EGGROLL_INSTANTIATE(UpdateProduct<std::int8_t, ApplyToTile<std::int8_t, Vote>>);
EGGROLL_INSTANTIATE(UpdateProduct<std::int8_t, KeepTile<std::int8_t>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::AddVector<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::AddVector<std::int8_t>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::Relu<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::Tanh<float>>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::SumOfThree>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::GatedState>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::BlendState>);
EGGROLL_INSTANTIATE(ElementsOfRows<rows::ResetRows>);
EGGROLL_INSTANTIATE(IntegerLayerNormOfRows);
EGGROLL_INSTANTIATE(LayerNormReluOfRows);
EGGROLL_INSTANTIATE(LogLikelihoodOfRows);

#undef EGGROLL_INSTANTIATE

} // namespace eggroll::kernels::cuda
