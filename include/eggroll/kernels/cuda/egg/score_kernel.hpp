// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The plan, for 6 layers of D = 256, 1 byte of text of 1 member (96 members a block, one block a multiprocessor):
///   products       4.78 M multiply-adds, 1167 tensor instructions of 4096
///   weights        4.78 MB a tile from the L2 cache: 50 kB; copied once into shared memory, three steps deep
///   noise          41 kB a pair (rank 1, stored by `fill`): 20 kB from memory; vectors 6.4 kB; states 3 kB
///   shared memory  per member y and x (272 bytes each), inner layer 1040, 3 projections: 1.6 kB; weights 60 kB
///   registers      64 sums, 16 for the first product, 16 for the gate, of 168
///   issue          about 160 instructions a warp for a step of 64 inputs with its 32 tensor instructions; 7 an output
///                  for what only stores it, 20 for gates: about 380,000 lane operations, half of them beside tensor
///                  instructions
/// Against a kernel for each operation, which reads and writes every activation in memory (about 60 kB more) and
/// starts 130 launches a byte, it moves 80 kB instead of 140, two thirds of it in the L2 cache. Layers fused one by one
/// would still read W1's output back, or hold it as here; nothing would be gained over this.

#include <eggroll/kernels/cuda/egg/tile.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// A block takes a tile of members through all bytes of the text and all layers: activations stay in shared memory,
/// weights stream from the L2 cache, noise from memory, states of a layer at a time. Bit for bit what the operations
/// of models/egg.hpp give.
template <int width>
struct ScoreEgg {
    using Shape = EggShape<width>;
    static constexpr int threads = Shape::threads;
    static constexpr int blocks_per_multiprocessor = Shape::blocks_per_multiprocessor;
    static constexpr std::size_t shared_bytes = Shape::shared_bytes;

    EggSequence egg;

    std::int64_t blocks() const { return (egg.size + Shape::rows - 1) / Shape::rows; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        EggTile<width, Block> tile(block, egg);
        std::uint8_t const* const text = egg.text.data.row(egg.text.data_row(tile.member));
        for (int position = 0; position < static_cast<int>(egg.tokens()); ++position) {
            int const byte = text[position];
            tile.look_up(byte);
            // The head is the first half of one more feed-forward layer.
            for (int l = 0; l <= egg.layers; ++l) {
                bool const head = l == egg.layers;
                EggLayer const& layer = egg.layer[head ? 0 : l];
                if (!head) {
                    advance(tile, layer, byte == 0);
                }
                block.synchronize(); // y is complete, and no one reads s or q any more
                tile.normalise(head ? egg.norm : layer.norm2);
                expand(tile, head ? egg.head : layer.matrix[EggLayer::expand], head ? 256 : 4 * width);
                block.synchronize(); // the inner layer, or the logits, are complete
                if (!head) {
                    contract(tile, layer.matrix[EggLayer::contract]);
                }
            }
            tile.add_log_likelihood(text[position + 1], position == 0);
        }
        block.template wait_for_copies<0>();
    }

private:
    using Values = std::int32_t[Shape::run]; // a lane's outputs in a row

    /// The recurrent cell: y += s' = cell(norm(y), s).
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void advance(Tile& tile, EggLayer const& layer, bool reset) {
        using Run = typename Tile::Run;
        tile.block.synchronize(); // y is complete
        tile.normalise(layer.norm1);
        tile.load_state(layer, reset);
        tile.template project<width>(tile.x(), layer.matrix[EggLayer::gate_input], 0);
        tile.template project<width>(tile.s(), layer.matrix[EggLayer::gate_state], 1);
        tile.template project<width>(tile.x(), layer.matrix[EggLayer::candidate_input], 2);

        Run gate[4];                           // f, of the lane's rows
        for (int part = 0; part < 2; ++part) { // the gate, then the candidate
            bool const candidate = part == 1;
            auto const& from_input = layer.matrix[candidate ? EggLayer::candidate_input : EggLayer::gate_input];
            auto const& from_state = layer.matrix[candidate ? EggLayer::candidate_state : EggLayer::gate_state];
            auto const& bias = candidate ? layer.state_bias : layer.gate_bias;

            Run input[4]; // sat(Wf x) or sat(Wh x)
            {
                typename Tile::Sums sums;
                tile.template multiply<width>(tile.x(), sums);
                tile.template finish<width>(sums, from_input, width, 0, candidate ? 2 : 0,
                                            [&](int, int half, Values const& v) { input[half] = tile.packed(v); });
            }
            typename Tile::Sums sums;
            tile.template multiply<width>(candidate ? tile.q() : tile.s(), sums);
            tile.template finish<width>(sums, from_state, width, 0, 1, [&](int r, int half, Values const& v) {
                Run const sum = tile.sum_of_three(input[half], tile.packed(v), tile.run_of(bias, r));
                if (candidate) {
                    blend(tile, layer, r, gate[half], sum);
                } else {
                    gate[half] = sum;
                    Run const s = tile.run_of(tile.s(), r);
                    Values gated;
                    for (int i = 0; i < Shape::run; ++i) {
                        gated[i] = ((tile.value(sum, i) + 127) * tile.value(s, i)) >> 8;
                    }
                    tile.run_of(tile.q(), r) = tile.packed(gated);
                }
            });
            if (!candidate) {
                tile.block.synchronize(); // q is complete
                tile.template project<width>(tile.q(), layer.matrix[EggLayer::candidate_state], 1);
            }
        }
    }

    /// s' = s + (((f + 127) (h - s)) >> 8), y += s'
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void blend(Tile& tile, EggLayer const& layer, int r,
                                                  typename Tile::Run const& gate, typename Tile::Run const& candidate) {
        auto const s = tile.run_of(tile.s(), r);
        auto& y = tile.run_of(tile.y(), r);
        Values next;
        Values sum;
        for (int i = 0; i < Shape::run; ++i) {
            std::int32_t const before = tile.value(s, i);
            next[i] = before + (((tile.value(gate, i) + 127) * (tile.value(candidate, i) - before)) >> 8);
            sum[i] = tile.value(y, i) + next[i];
        }
        if (tile.is_member(r)) {
            tile.state_of(layer, r) = tile.packed(next);
        }
        y = tile.packed(sum);
    }

    /// inner (row, outputs) = x times a matrix (outputs, D): W1, or the head.
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void expand(Tile& tile, EggMatrix const& matrix, int outputs) {
        tile.template project<width>(tile.x(), matrix, 0);
        for (int first = 0; first < outputs; first += width) {
            typename Tile::Sums sums;
            tile.template multiply<width>(tile.x(), sums);
            tile.template finish<width>(sums, matrix, outputs, first, 0, [&](int r, int, Values const& v) {
                tile.run_of(tile.inner().from_column(first), r) = tile.packed(v);
            });
        }
    }

    /// y += W2 inner
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void contract(Tile& tile, EggMatrix const& matrix) {
        tile.template project<4 * width>(tile.inner(), matrix, 1);
        typename Tile::Sums sums;
        tile.template multiply<4 * width>(tile.inner(), sums);
        tile.template finish<4 * width>(sums, matrix, width, 0, 1, [&](int r, int, Values const& v) {
            auto& y = tile.run_of(tile.y(), r);
            auto const product = tile.packed(v); // saturated by itself
            Values sum;
            for (int i = 0; i < Shape::run; ++i) {
                sum[i] = tile.value(y, i) + tile.value(product, i);
            }
            y = tile.packed(sum);
        });
    }
};

} // namespace eggroll::kernels::cuda
