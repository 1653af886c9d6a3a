// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/egg/tile.hpp>

#include <cstdint>

namespace eggroll::kernels::cuda {

/// A block takes a tile of members through all bytes of the text and all layers: activations stay in shared memory,
/// weights stream from the L2 cache, noise from memory, states of a layer at a time. Bit for bit what the operations
/// of models/egg.hpp give.
template <int width>
struct ScoreEgg {
    static constexpr int threads = EggShape<width>::threads;
    static constexpr std::size_t shared_bytes = EggShape<width>::shared_bytes;

    EggSequence egg;

    std::int64_t blocks() const { return (egg.size + EggShape<width>::rows - 1) / EggShape<width>::rows; }

    template <class Block>
    KOKKOS_FUNCTION void operator()(Block& block) const {
        using Tile = EggTile<width, Block>;
        Tile tile(block, egg);
        std::uint8_t const* const text = egg.text.data.row(egg.text.data_row(tile.member));
        std::int64_t sum = 0;
        for (std::int64_t token = 0; token < egg.tokens(); ++token) {
            tile.look_up(text[token]);
            for (int l = 0; l < egg.layers; ++l) {
                EggLayer const& layer = egg.layer[l];
                advance(tile, layer, text[token] == 0);
                feed_forward(tile, layer);
            }
            block.synchronize();
            tile.normalise(egg.norm);
            tile.template project<width>(tile.x(), egg.head, 0);
            expand<256>(tile, egg.head);
            block.synchronize();
            sum += tile.log_likelihood(text[token + 1]);
        }
        block.template wait_for_copies<0>();
        if (tile.quarter == 0 && tile.is_member(tile.row)) {
            egg.sums[tile.member] = sum;
        }
    }

private:
    using Shape = EggShape<width>;

    /// The recurrent cell: y += s' = cell(norm(y), s).
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void advance(Tile& tile, EggLayer const& layer, bool reset) {
        using Run = typename Tile::Run;
        constexpr int run = Shape::run;
        auto const& wf = layer.matrix[EggLayer::gate_input];
        auto const& uf = layer.matrix[EggLayer::gate_state];
        auto const& wh = layer.matrix[EggLayer::candidate_input];
        auto const& uh = layer.matrix[EggLayer::candidate_state];

        tile.block.synchronize(); // y is complete
        tile.normalise(layer.norm1);
        tile.load_state(layer, reset);
        tile.template project<width>(tile.x(), wf, 0);
        tile.template project<width>(tile.s(), uf, 1);
        tile.template project<width>(tile.x(), wh, 3);

        Run first[4]; // of the lane's rows: sat(Wf x), then sat(Wh x)
        Run gate[4];  // f
        {
            typename Tile::Sums sums;
            tile.template multiply<width>(tile.x(), sums);
            tile.template finish<width, width>(
                sums, wf, 0, 0, [&](int, int half, std::int32_t const(&v)[run]) { first[half] = tile.packed(v); });
        }
        {
            typename Tile::Sums sums;
            tile.template multiply<width>(tile.s(), sums);
            tile.template finish<width, width>(sums, uf, 0, 1, [&](int r, int half, std::int32_t const(&v)[run]) {
                gate[half] = sum_of_three(tile, first[half], v, tile.run_of(layer.gate_bias, r));
                Run const s = tile.run_of(tile.s(), r);
                std::int32_t gated[run];
                for (int i = 0; i < run; ++i) {
                    gated[i] =
                        ((signed_byte(gate[half].word[i / 4], i % 4) + 127) * signed_byte(s.word[i / 4], i % 4)) >> 8;
                }
                tile.run_of(tile.q(), r) = tile.packed(gated);
            });
        }
        tile.block.synchronize(); // q is complete
        tile.template project<width>(tile.q(), uh, 2);
        {
            typename Tile::Sums sums;
            tile.template multiply<width>(tile.x(), sums);
            tile.template finish<width, width>(
                sums, wh, 0, 3, [&](int, int half, std::int32_t const(&v)[run]) { first[half] = tile.packed(v); });
        }
        typename Tile::Sums sums;
        tile.template multiply<width>(tile.q(), sums);
        tile.template finish<width, width>(sums, uh, 0, 2, [&](int r, int half, std::int32_t const(&v)[run]) {
            Run const candidate = sum_of_three(tile, first[half], v, tile.run_of(layer.state_bias, r));
            Run const s = tile.run_of(tile.s(), r);
            Run& y = tile.run_of(tile.y(), r);
            std::int32_t next[run];
            std::int32_t added[run];
            for (int i = 0; i < run; ++i) {
                std::int32_t const before = signed_byte(s.word[i / 4], i % 4);
                std::int32_t const h = signed_byte(candidate.word[i / 4], i % 4);
                next[i] = before + (((signed_byte(gate[half].word[i / 4], i % 4) + 127) * (h - before)) >> 8);
                added[i] = signed_byte(y.word[i / 4], i % 4) + next[i];
            }
            if (tile.is_member(r)) {
                Run::at(layer.state + tile.member_of(r) * width + tile.output) = tile.packed(next);
            }
            y = tile.packed(added);
        });
    }

    /// y += W2 (W1 norm(y)).
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void feed_forward(Tile& tile, EggLayer const& layer) {
        auto const& w2 = layer.matrix[EggLayer::contract];
        tile.block.synchronize(); // y is complete, and no one reads s or q any more
        tile.normalise(layer.norm2);
        tile.template project<width>(tile.x(), layer.matrix[EggLayer::expand], 0);
        expand<4 * width>(tile, layer.matrix[EggLayer::expand]);
        tile.block.synchronize(); // the inner layer is complete
        tile.template project<4 * width>(tile.inner(), w2, 1);
        typename Tile::Sums sums;
        tile.template multiply<4 * width>(tile.inner(), sums);
        tile.template finish<4 * width, width>(sums, w2, 0, 1, [&](int r, int, std::int32_t const(&v)[Shape::run]) {
            auto& y = tile.run_of(tile.y(), r);
            auto const product = tile.packed(v); // saturated by itself
            std::int32_t added[Shape::run];
            for (int i = 0; i < Shape::run; ++i) {
                added[i] = signed_byte(y.word[i / 4], i % 4) + signed_byte(product.word[i / 4], i % 4);
            }
            y = tile.packed(added);
        });
    }

    /// The inner layer's rows = x times a matrix (outputs, D): W1, or the head.
    template <int outputs, class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static void expand(Tile& tile, EggMatrix const& matrix) {
        for (int chunk = 0; chunk < outputs / width; ++chunk) {
            typename Tile::Sums sums;
            tile.template multiply<width>(tile.x(), sums);
            tile.template finish<width, outputs>(
                sums, matrix, chunk, 0, [&](int r, int, std::int32_t const(&v)[Shape::run]) {
                    tile.run_of(tile.inner().from_column(chunk * width), r) = tile.packed(v);
                });
        }
    }

    /// sat(first + sat(second) + bias)
    template <class Tile>
    KOKKOS_FORCEINLINE_FUNCTION static typename Tile::Run
    sum_of_three(Tile const& tile, typename Tile::Run const& first, std::int32_t const (&second)[Shape::run],
                 typename Tile::Run const& bias) {
        auto const product = tile.packed(second);
        std::int32_t sum[Shape::run];
        for (int i = 0; i < Shape::run; ++i) {
            sum[i] = signed_byte(first.word[i / 4], i % 4) + signed_byte(product.word[i / 4], i % 4) +
                     signed_byte(bias.word[i / 4], i % 4);
        }
        return tile.packed(sum);
    }
};

} // namespace eggroll::kernels::cuda
