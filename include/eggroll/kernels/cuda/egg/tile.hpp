// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/kernels/cuda/egg/sequence.hpp>
#include <eggroll/kernels/cuda/linear_int8/fragments.hpp>
#include <eggroll/kernels/integer.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>

#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::cuda {

/// How a block holds a tile of an Egg's members, D = `width`. Threads have two roles:
/// - in products, a warp has 32 rows and a strip of D / 4 outputs, a lane `run` neighbouring outputs of 4 rows;
/// - in passes over rows, a lane has a quarter of one row: the 16-byte pieces 4 i + quarter.
/// Rows r = 16 m + 8 h + g of the tile are its members 16 m + 2 g + h: a lane's rows of a product are two pairs.
template <int width>
struct EggShape {
    static_assert(width == 64 || width == 128 || width == 256);
    static constexpr int row_warps = width == 256 ? 3 : width / 64;
    static constexpr int column_warps = 4;
    static constexpr int threads = 32 * row_warps * column_warps;
    static constexpr int blocks_per_multiprocessor = width == 256 ? 1 : 256 / width;
    static constexpr int rows = 32 * row_warps;
    static constexpr int tiles = width / column_warps / 8;
    static constexpr int strip = 8 * tiles;
    static constexpr int run = 2 * tiles;
    static constexpr int pieces = width / 64; // of a quarter of a row

    // Shared memory. Strides are odd multiples of 16 bytes: 8 rows lie in different banks.
    static constexpr int stride = width + 16;
    static constexpr int inner_stride = 4 * width + 16;
    static constexpr int stages = 3;
    static constexpr int stage_bytes = width * integer_step_stride;
    static constexpr int slots = 3;
    static constexpr int y_at = 0;
    static constexpr int x_at = y_at + rows * stride;
    static constexpr int inner_at = x_at + rows * stride;
    static constexpr int stages_at = inner_at + rows * inner_stride;
    static constexpr int projections_at = stages_at + stages * stage_bytes;
    static constexpr std::size_t shared_bytes = projections_at + slots * rows * sizeof(std::int32_t);
    static_assert(shared_bytes <= 227 * 1024);
};

/// An array in shared memory.
struct SharedRows {
    std::int8_t* values; // (row, column)
    int stride;

    KOKKOS_FORCEINLINE_FUNCTION std::int8_t* operator()(int row) const { return values + row * stride; }
    KOKKOS_FORCEINLINE_FUNCTION SharedRows from_column(int column) const { return {values + column, stride}; }
};

/// floor(sum / (16 root(fan_in))), a shift where that is a power of two.
template <std::int64_t fan_in>
KOKKOS_FORCEINLINE_FUNCTION std::int32_t divided_by_fan_in(std::int32_t sum) {
    constexpr auto divisor = static_cast<std::int32_t>(fan_in_divisor(fan_in));
    if constexpr ((divisor & (divisor - 1)) == 0) {
        return sum >> floor_log2(static_cast<std::uint32_t>(divisor));
    } else {
        return floor_divide(sum, divisor);
    }
}

/// A thread's part in its block's tile.
template <int width, class Block>
class EggTile {
    using Shape = EggShape<width>;

public:
    using Run = Packed<Shape::run>;
    using Sums = IntegerSums<2, Shape::tiles>;

    KOKKOS_FUNCTION EggTile(Block& of_block, EggSequence const& of_egg)
        : block(of_block), egg(of_egg), first_member(static_cast<std::int32_t>(of_block.index()) * Shape::rows),
          shared(reinterpret_cast<std::int8_t*>(of_block.shared())), row(of_block.warp() * 8 + of_block.lane() % 8),
          quarter(of_block.lane() / 8), first_row(of_block.warp() / Shape::column_warps * 32),
          output(of_block.warp() % Shape::column_warps * Shape::strip + of_block.lane() % 4 * Shape::run) {
        member = member_of(row);
        sign = egg.members.sign(member);
        for (int ahead = 0; ahead < Shape::stages - 1; ++ahead) {
            load_weights(ahead);
        }
    }

    // Memory.

    KOKKOS_FORCEINLINE_FUNCTION SharedRows y() const { return {shared + Shape::y_at, Shape::stride}; } // (row, D)
    KOKKOS_FORCEINLINE_FUNCTION SharedRows x() const { return {shared + Shape::x_at, Shape::stride}; } // (row, D)
    /// (row, 4 D), the output of W1; or the logits (row, 256); or, in the recurrent cell, s and q.
    KOKKOS_FORCEINLINE_FUNCTION SharedRows inner() const { return {shared + Shape::inner_at, Shape::inner_stride}; }
    KOKKOS_FORCEINLINE_FUNCTION SharedRows s() const { return inner(); }                    // (row, D)
    KOKKOS_FORCEINLINE_FUNCTION SharedRows q() const { return inner().from_column(width); } // (row, D)
    /// c (row) of a product: the row's projection on B, with the member's sign.
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t* projection(int slot) const {
        return reinterpret_cast<std::int32_t*>(shared + Shape::projections_at) + slot * Shape::rows;
    }

    /// Of the chunk; beyond the last one, the last one again: computed, but not stored.
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t member_of(int r) const {
        std::int32_t const asked = unclipped_member_of(r);
        return asked < egg.size ? asked : egg.size - 1;
    }
    KOKKOS_FORCEINLINE_FUNCTION bool is_member(int r) const { return unclipped_member_of(r) < egg.size; }

    // Passes over rows.

    /// Offset of the thread's piece i in a row.
    KOKKOS_FORCEINLINE_FUNCTION int piece(int i) const { return 16 * (4 * i + quarter); }
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t sum_of_row(std::int32_t part) const {
        part += block.shuffle_xor(part, 8);
        return part + block.shuffle_xor(part, 16);
    }

    /// y = the embedding of a byte.
    KOKKOS_FORCEINLINE_FUNCTION void look_up(int byte) const {
        EggMatrix const& table = egg.embedding;
        std::int32_t const pair = member / 2;
        std::int32_t const a = table.a != nullptr ? table.a[offset(pair, 256) + byte] * sign : 0;
        for (int i = 0; i < Shape::pieces; ++i) {
            auto const w = Packed<16>::at(table.weights + byte * width + piece(i));
            auto const b = table.a != nullptr ? Packed<16>::at(table.b + offset(pair, width) + piece(i)) : Packed<16>{};
            Packed<16> result;
            for (int k = 0; k < 4; ++k) {
                std::int32_t v[4];
                for (int j = 0; j < 4; ++j) {
                    v[j] = signed_byte(w.word[k], j) + ((a * signed_byte(b.word[k], j)) >> table.shift);
                }
                result.word[k] = block.pack4(v[0], v[1], v[2], v[3]);
            }
            Packed<16>::at(y()(row) + piece(i)) = result;
        }
    }

    /// x = the layer norm of y.
    KOKKOS_FORCEINLINE_FUNCTION void normalise(EggVector const& weight) const {
        std::int8_t const* const from = y()(row);
        std::int32_t sum = 0;
        for (int i = 0; i < Shape::pieces; ++i) {
            auto const v = Packed<16>::at(from + piece(i));
            for (int k = 0; k < 4; ++k) {
                std::uint32_t const negative = v.word[k] >> 7 & 0x01010101u;
                sum = block.dot4(v.word[k], (negative * 0xfeu) ^ 0x01010101u, sum); // times 1 or -1
            }
        }
        std::int32_t const mean = sum_of_row(sum) / width;
        float const reciprocal = 1.0f / static_cast<float>(mean);
        for (int i = 0; i < Shape::pieces; ++i) {
            auto const v = Packed<16>::at(from + piece(i));
            auto const w = Packed<16>::at(weight.values + offset(member, weight.stride) + piece(i));
            Packed<16> result;
            for (int k = 0; k < 4; ++k) {
                std::int32_t quotient[4];
                for (int j = 0; j < 4; ++j) {
                    std::int32_t const product = signed_byte(v.word[k], j) * signed_byte(w.word[k], j);
                    quotient[j] =
                        mean != 0 ? rows::quotient_by_mean(product, reciprocal) : rows::quotient_by_zero(product);
                }
                result.word[k] = block.pack4(quotient[0], quotient[1], quotient[2], quotient[3]);
            }
            Packed<16>::at(x()(row) + piece(i)) = result;
        }
    }

    /// s = the member's state, or zero where a document begins.
    KOKKOS_FORCEINLINE_FUNCTION void load_state(EggLayer const& layer, bool reset) const {
        for (int i = 0; i < Shape::pieces; ++i) {
            Packed<16>::at(s()(row) + piece(i)) =
                reset ? Packed<16>{} : Packed<16>::at(layer.state + offset(member, width) + piece(i));
        }
    }

    /// c = g (values . B), for `values` of `inputs` a row, of which this thread wrote or may read its pieces.
    template <int inputs>
    KOKKOS_FORCEINLINE_FUNCTION void project(SharedRows const& values, EggMatrix const& matrix, int slot) const {
        std::int32_t sum = 0;
        if (matrix.b != nullptr) {
            std::int8_t const* const b = matrix.b + offset(member / 2, inputs);
            for (int i = 0; i < inputs / 64; ++i) {
                auto const left = Packed<16>::at(values(row) + piece(i));
                auto const right = Packed<16>::at(b + piece(i));
                for (int k = 0; k < 4; ++k) {
                    sum = block.dot4(left.word[k], right.word[k], sum);
                }
            }
        }
        sum = sum_of_row(sum);
        if (quarter == 0) {
            projection(slot)[row] = sum * sign;
        }
    }

    /// Adds to the sums what the logits, in the inner layer's rows, say of the byte that followed. The sums wait in
    /// memory: registers are short.
    KOKKOS_FORCEINLINE_FUNCTION void add_log_likelihood(int byte, bool first) const {
        std::int8_t const* const logits = inner()(row);
        rows::LogLikelihood::PowerSums sum;
        for (int i = 0; i < 4; ++i) {
            auto const v = Packed<16>::at(logits + piece(i));
            for (int k = 0; k < 4; ++k) {
                for (int j = 0; j < 4; ++j) {
                    rows::LogLikelihood::add_power(signed_byte(v.word[k], j), sum);
                }
            }
        }
        sum = {sum_of_row(sum.whole), sum_of_row(sum.fractions)};
        if (quarter == 0 && is_member(row)) {
            egg.sums[member] = (first ? 0 : egg.sums[member]) + rows::LogLikelihood::likelihood(sum, logits[byte]);
            if (egg.exact != nullptr) {
                rows::LogLikelihood::add_exact(sum, logits[byte], egg.exact[member]);
            }
        }
    }

    // Products.

    /// The next weights of the stream times `rows` (row, inputs). Its first step waits for what all threads wrote.
    template <int inputs>
    KOKKOS_FORCEINLINE_FUNCTION void multiply(SharedRows const& rows, Sums& sums) {
        std::int8_t const* const left = rows(first_row);
        for (int k = 0; k < inputs; k += integer_step) {
            block.template wait_for_copies<Shape::stages - 2>();
            block.synchronize(); // all have this step's weights, and none reads the last step's any more
            load_weights((stage + Shape::stages - 1) % Shape::stages);
            std::int8_t const* const weights = shared + Shape::stages_at + stage * Shape::stage_bytes +
                                               output / Shape::strip * Shape::strip * integer_step_stride;
            sums.template multiply<integer_step>(block, left + k, rows.stride, weights, integer_step_stride);
            stage = (stage + 1) % Shape::stages;
        }
    }

    /// use(row, half, values[run]) for each of the lane's 4 rows: its outputs from `first` + `output` on of a matrix
    /// (outputs, fan_in), not yet saturated.
    template <std::int64_t fan_in, class Use>
    KOKKOS_FORCEINLINE_FUNCTION void finish(Sums const& sums, EggMatrix const& matrix, int outputs, int first, int slot,
                                            Use const& use) const {
        // |c A| <= 127^3 fan_in, and the sum of products is 127 times smaller.
        static_assert((127 * 127 * 127 + 127 * 127) * fan_in < std::int64_t{1} << 31);
        unrolled<2>([&](int m) {
            int const first_of_pairs = first_row + 16 * m + block.lane() / 4;
            Run a{};
            if (matrix.a != nullptr) {
                a = Run::at(matrix.a + offset(member_of(first_of_pairs) / 2, outputs) + first + output);
            }
            unrolled<2>([&](int h) {
                int const r = first_of_pairs + 8 * h;
                std::int32_t const c = projection(slot)[r];
                std::int32_t values[Shape::run];
                for (int i = 0; i < Shape::run; ++i) {
                    std::int32_t const noise = (c * value(a, i)) >> matrix.shift;
                    values[i] = divided_by_fan_in<fan_in>(sums(m, h, i) + noise);
                }
                use(r, 2 * m + h, values);
            });
        });
    }

    KOKKOS_FORCEINLINE_FUNCTION Run packed(std::int32_t const (&values)[Shape::run]) const {
        Run result;
        for (int i = 0; i < Shape::run / 4; ++i) {
            result.word[i] = block.pack4(values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3]);
        }
        return result;
    }
    KOKKOS_FORCEINLINE_FUNCTION static std::int32_t value(Run const& run, int i) {
        return signed_byte(run.word[i / 4], i % 4);
    }
    /// sat(a + b + c)
    KOKKOS_FORCEINLINE_FUNCTION Run sum_of_three(Run const& a, Run const& b, Run const& c) const {
        std::int32_t sum[Shape::run];
        for (int i = 0; i < Shape::run; ++i) {
            sum[i] = value(a, i) + value(b, i) + value(c, i);
        }
        return packed(sum);
    }
    /// The lane's outputs of a row of an array in shared memory.
    KOKKOS_FORCEINLINE_FUNCTION Run& run_of(SharedRows const& values, int r) const {
        return Run::at(values(r) + output);
    }
    /// The lane's outputs of a member's state.
    KOKKOS_FORCEINLINE_FUNCTION Run& state_of(EggLayer const& layer, int r) const {
        return Run::at(layer.state + offset(member_of(r), width) + output);
    }
    KOKKOS_FORCEINLINE_FUNCTION Run run_of(EggVector const& vector, int r) const {
        return Run::at(vector.values + offset(member_of(r), vector.stride) + output);
    }

    Block& block;
    EggSequence const& egg;
    std::int32_t const first_member;
    std::int8_t* const shared;
    int const row; // of passes over rows
    int const quarter;
    std::int32_t member; // of `row`
    std::int32_t sign;
    int const first_row; // of the warp's products
    int const output;    // the lane's first one

private:
    KOKKOS_FORCEINLINE_FUNCTION std::int32_t unclipped_member_of(int r) const {
        return first_member + r / 16 * 16 + r % 8 * 2 + r / 8 % 2;
    }
    /// Element 0 of row `row` of an array of rows of `length`.
    KOKKOS_FORCEINLINE_FUNCTION static std::int64_t offset(std::int32_t row, std::int32_t length) {
        return static_cast<std::int64_t>(row) * length;
    }

    /// Copies the next 64 inputs' weights of D outputs, in the order of the products; the last layer and the head are
    /// followed by the first layer of the next byte.
    KOKKOS_FORCEINLINE_FUNCTION void load_weights(int to) {
        bool const head = next_layer == egg.layers;
        int const which = next_block < 4 ? next_block : next_block < 8 ? EggLayer::expand : EggLayer::contract;
        std::int8_t const* from = head ? egg.head.weights : egg.layer[next_layer].matrix[which].weights;
        int const in = !head && which == EggLayer::contract ? 4 * width : width;
        from += head                          ? next_block * width * width
                : which == EggLayer::expand   ? (next_block - 4) * width * width
                : which == EggLayer::contract ? (next_block - 8) * width
                                              : 0;
        from += next_step * integer_step;
        std::int8_t* const into = shared + Shape::stages_at + to * Shape::stage_bytes;
        for (int i = block.thread(); i < width * (integer_step / 16); i += Shape::threads) {
            int const r = i / 4;
            int const out = r / Shape::strip * Shape::strip + output_of_row<Shape::tiles>(r % Shape::strip);
            block.copy_async(into + r * integer_step_stride + i % 4 * 16, from + out * in + i % 4 * 16);
        }
        block.commit_copies();
        if (++next_step == width / integer_step) {
            next_step = 0;
            if (++next_block == (head ? 256 / width : 12)) {
                next_block = 0;
                next_layer = head ? 0 : next_layer + 1;
            }
        }
    }

    int next_layer = 0; // `layers`: the head
    int next_block = 0; // D x D: Wf, Uf, Wh, Uh, 4 of W1, 4 of W2; or of the head
    int next_step = 0;
    int stage = 0; // of the next step to multiply
};

} // namespace eggroll::kernels::cuda
