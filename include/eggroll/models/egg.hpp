// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// EGG: a byte-level recurrent language model in integers only (paper, section 6 and appendix H): int8 weights,
/// activations and states, int32 sums, no activation function but the gates' clipping. Every parameter is trained.

#include <eggroll/error.hpp>
#include <eggroll/kernels/cuda/egg/sequence.hpp>
#include <eggroll/kernels/rows/add.hpp>
#include <eggroll/kernels/rows/draw_byte.hpp>
#include <eggroll/kernels/rows/gated_cell.hpp>
#include <eggroll/kernels/rows/integer_layer_norm.hpp>
#include <eggroll/kernels/rows/log_likelihood.hpp>
#include <eggroll/kernels/rows/reset_rows.hpp>
#include <eggroll/parameters.hpp>
#include <eggroll/random/noise.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

namespace eggroll {

namespace detail {

// At namespace scope, because nvcc's kernels can't name private types.
struct SetZero {
    std::int64_t* sums; // (member)
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { sums[member] = 0; }
};
template <class Fitness>
struct SetFitness {
    std::int64_t const* sums; // (member)
    Fitness fitness;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { fitness(member) = static_cast<double>(sums[member]); }
};

} // namespace detail

/// Sizes of an Egg.
struct EggOptions {
    std::int64_t layers = 6;
    std::int64_t width = 256; // powers of 4 make all divisions shifts; any other takes the same floor division
};

class Egg {
public:
    using storage_type = std::int8_t;
    using Bytes = Input<std::uint8_t>;       // (data row, 1)
    using Activations = Array2<std::int8_t>; // (member, feature)
    using ExactLogLoss = kernels::rows::ExactLogLoss;
    static constexpr std::int64_t alphabet = 256;

    ParameterLayout layout;

    explicit Egg(EggOptions options = {}) : options_(options) {
        EGGROLL_EXPECTS(options.layers > 0 && options.width > 0, "Egg{.layers = " + std::to_string(options.layers) +
                                                                     ", .width = " + std::to_string(options.width) +
                                                                     "}: both must be positive");
        std::int64_t const d = options.width;
        Initial const one = Initial::value(1.0F);
        embedding_ = layout.embedding("emb", alphabet, d);
        for (std::int64_t index = 0; index < options.layers; ++index) {
            std::string const name = "layer" + std::to_string(index) + ".";
            layers_.push_back(
                {layout.vector(name + "ln1", d, one), layout.vector(name + "ln2", d, one),
                 layout.vector(name + "bf", d), layout.vector(name + "bh", d),
                 layout.matrix(name + "Wf", d, d, unit_normal), layout.matrix(name + "Uf", d, d, unit_normal),
                 layout.matrix(name + "Wh", d, d, unit_normal), layout.matrix(name + "Uh", d, d, unit_normal),
                 layout.matrix(name + "W1", 4 * d, d, unit_normal), layout.matrix(name + "W2", d, 4 * d, unit_normal),
                 layout.state(name + "state", d)});
        }
        norm_ = layout.vector("ln_out", d, one);
        head_ = layout.matrix("head", alphabet, d, unit_normal);
    }

    EggOptions const& options() const { return options_; }

    /// Multiplications and additions that one byte takes, noise not counted.
    std::int64_t operations_per_byte() const {
        std::int64_t const d = options_.width;
        return 2 * (options_.layers * 12 * d * d + alphabet * d);
    }

    /// One byte for every member: advances the states and gives the logits of the next one, (member, 256) in 1/16 bit.
    /// A byte 0 begins a document: the member's states become zero before it is read.
    template <class Members>
    Activations logits(Members const& members, Bytes const& bytes) const {
        std::int64_t const rows = members.size();
        Activations y = members.embedding(embedding_, bytes);
        for (auto const& layer : layers_) {
            Activations const s = members.state(layer.state);
            members.apply(rows, kernels::rows::ResetRows{bytes, s});
            auto const scope = members.frame();
            advance(members, layer, norm(members, layer.norm1, y), s);
            members.apply(rows, kernels::rows::AddVector<std::int8_t>{y, s, 1});
            Activations const inner = members.linear(layer.expand, norm(members, layer.norm2, y));
            members.apply(rows, kernels::rows::AddVector<std::int8_t>{y, members.linear(layer.contract, inner), 1});
        }
        return members.linear(head_, norm(members, norm_, y));
    }

    /// Reads `text` (stream, length + 1), a stream for each group, and sets every member's fitness to its summed
    /// log-likelihood of bytes 1..length, in 1/16 bit with EGG's integer tables. With `exact` (one for each of the
    /// slice's members) the real-valued loss is added there.
    template <class Members>
    void score(Members const& members, Array2<std::uint8_t const> text, typename Members::fitness_type fitness,
               ExactLogLoss* exact = nullptr) const {
        auto const scope = members.frame();
        std::int64_t const rows = members.size();
        auto const sums = members.template array<std::int64_t>(1, rows);
        if (!score_at_once(members, text, sums.data, exact)) {
            members.for_each(rows, detail::SetZero{sums.data});
            members.repeat(text.columns - 1, [&](typename Members::step_type step) {
                Activations const predicted = logits(members, members.per_group(members.column(text, step)));
                members.apply(rows,
                              kernels::rows::LogLikelihood{predicted, members.per_group(members.column(text, step + 1)),
                                                           sums.data, exact});
            });
        }
        members.for_each(rows, detail::SetFitness<typename Members::fitness_type>{sums.data, fitness});
    }

    /// Writes text (member, length): the first `prompt` bytes of every row are read, the others drawn from the model,
    /// each with probability proportional to 2^(logit / 16). Row i's draws follow the seed alone.
    template <class Members>
    void generate(Members const& members, Array2<std::uint8_t> text, std::int64_t prompt, Seed seed) const {
        EGGROLL_EXPECTS(prompt >= 1 && prompt <= text.columns,
                        "Egg::generate with a prompt of " + std::to_string(prompt) + " bytes and a text of " +
                            std::to_string(text.columns) + "; give at least one byte to begin with");
        members.repeat(text.columns - 1, [&](typename Members::step_type step) {
            Activations const predicted = logits(members, {members.column(text, step), 1, 1});
            members.for_each(members.size(),
                             kernels::rows::DrawByte{predicted, text, prompt, seed.key(), step, members.begin()});
        });
    }

private:
    static constexpr Initial unit_normal = Initial::normal(1.0F);

    struct Layer {
        Vector norm1, norm2;                                             // ln1, ln2 (D)
        Vector gate_bias, state_bias;                                    // bf, bh (D)
        Matrix gate_input, gate_state, candidate_input, candidate_state; // Wf, Uf, Wh, Uh (D, D)
        Matrix expand, contract;                                         // W1 (4D, D), W2 (D, 4D)
        State state;                                                     // (member, D)
    };
    template <class Members>
    static Activations norm(Members const& members, Vector const& weight, Activations x) {
        Activations const y = members.template array<std::int8_t>(x.rows, x.columns);
        members.apply(x.rows, kernels::rows::IntegerLayerNorm{x, members.vector(weight), 1, y});
        return y;
    }

    /// The recurrent cell: x (member, D) is the normalised input, s the state and the output.
    template <class Members>
    static void advance(Members const& members, Layer const& layer, Activations x, Activations s) {
        std::int64_t const rows = members.size();
        Activations const f = members.linear(layer.gate_input, x);
        members.apply(rows, kernels::rows::SumOfThree{f, members.linear(layer.gate_state, s),
                                                      members.vector(layer.gate_bias), 1, f});
        Activations const q = members.template array<std::int8_t>(rows, s.columns);
        members.apply(rows, kernels::rows::GatedState{f, s, q});
        Activations const h = members.linear(layer.candidate_input, x);
        members.apply(rows, kernels::rows::SumOfThree{h, members.linear(layer.candidate_state, q),
                                                      members.vector(layer.state_bias), 1, h});
        members.apply(rows, kernels::rows::BlendState{f, h, s});
    }

    using Sequence = kernels::cuda::EggSequence;

    /// Scores in one kernel where the place has one for this model and noise; else false, and nothing is done.
    template <class Members>
    bool score_at_once(Members const& members, Array2<std::uint8_t const> text, std::int64_t* sums,
                       ExactLogLoss* exact) const {
        if constexpr (requires(Sequence const& egg) { score_sequence(members.place(), egg); }) {
            if (options_.layers > Sequence::max_layers) {
                return false;
            }
            Sequence egg;
            egg.width = options_.width;
            egg.norm = described(members, norm_);
            egg.text = members.per_group(text);
            egg.size = static_cast<std::int32_t>(members.size());
            egg.sums = sums;
            egg.exact = exact;
            bool fits = describe(members, embedding_, egg, egg.embedding) && describe(members, head_, egg, egg.head);
            for (auto const& layer : layers_) {
                auto& to = egg.layer[egg.layers++];
                Matrix const matrices[] = {layer.gate_input,      layer.gate_state, layer.candidate_input,
                                           layer.candidate_state, layer.expand,     layer.contract};
                for (std::size_t i = 0; i < std::size(matrices); ++i) {
                    fits = fits && describe(members, matrices[i], egg, to.matrix[i]);
                }
                to.norm1 = described(members, layer.norm1);
                to.norm2 = described(members, layer.norm2);
                to.gate_bias = described(members, layer.gate_bias);
                to.state_bias = described(members, layer.state_bias);
                to.state = members.state(layer.state).data;
            }
            return fits && score_sequence(members.place(), egg);
        }
        return false;
    }
    template <class Members>
    static bool describe(Members const& members, Matrix const& matrix, Sequence& egg, kernels::cuda::EggMatrix& to) {
        bool fits = true;
        members.with_operands(matrix, [&](auto const& weights, auto const& noise, MemberRows const& rows) {
            to.weights = weights.data;
            egg.members = rows;
            using Noise = std::decay_t<decltype(noise)>;
            if constexpr (std::is_same_v<Noise, LowRankNoise<std::int8_t>>) {
                to.a = noise.a;
                to.b = noise.b;
                to.shift = noise.scale.shift;
                fits = noise.rank == 1;
            } else {
                fits = std::is_same_v<Noise, NoNoise>;
            }
        });
        return fits;
    }
    template <class Members>
    static kernels::cuda::EggVector described(Members const& members, Vector const& vector) {
        auto const values = members.vector(vector);
        return {values.data, static_cast<std::int32_t>(values.stride)};
    }

    EggOptions options_;
    Embedding embedding_; // (256, D)
    std::vector<Layer> layers_;
    Vector norm_; // ln_out (D)
    Matrix head_; // (256, D)
};

} // namespace eggroll
