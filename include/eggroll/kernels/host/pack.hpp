// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Weights in the order in which the host kernels read them. Outputs come in blocks of 16, one vector register of
/// 32-bit accumulators, and run fastest, so that one broadcast input element meets 16 weights. Every instruction set
/// reads the same form:
///
///   float  (block, input, 16 outputs)
///   int8   (block, input / 4, 16 outputs, 4 inputs), each weight stored as weight + 128
///
/// 16-bit floats are widened to float: the form is that of their ValueOf, and so are the kernels.
///
/// Outputs and inputs beyond the matrix are filled with weights of zero. The offset 128 makes weights the unsigned
/// operand of the byte dot product vpdpbusd, so the inputs stay signed and are broadcast from where they lie; a kernel
/// starts from -128 times the sum of a row's inputs.

#include <eggroll/config.hpp>
#include <eggroll/error.hpp>
#include <eggroll/kernels/host/isa.hpp>
#include <eggroll/storage/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace eggroll::kernels::host {

inline constexpr std::int64_t outputs_per_block = 16;
inline constexpr std::size_t packed_alignment = 64;

/// What a packed element is, and how many inputs of one output lie side by side.
template <class T>
struct PackedForm;
template <>
struct PackedForm<float> {
    using stored_type = float;
    static constexpr std::int64_t inputs_per_step = 1;
    static constexpr float stored(float weight) { return weight; }
};
template <>
struct PackedForm<std::int8_t> {
    using stored_type = std::uint8_t;
    static constexpr std::int64_t inputs_per_step = 4;
    static constexpr std::uint8_t stored(std::int8_t weight) { return static_cast<std::uint8_t>(weight + 128); }
};

/// A packed matrix as the kernels see it.
template <class T>
struct PackedWeights {
    typename PackedForm<T>::stored_type const* data = nullptr; // (block, step, 16 outputs, inputs of the step)
    std::int64_t out = 0;
    std::int64_t in = 0;

    static constexpr std::int64_t inputs_per_step = PackedForm<T>::inputs_per_step;

    constexpr std::int64_t blocks() const { return (out + outputs_per_block - 1) / outputs_per_block; }
    constexpr std::int64_t steps() const { return (in + inputs_per_step - 1) / inputs_per_step; }
    /// Elements from one block to the next.
    constexpr std::int64_t block_stride() const { return steps() * outputs_per_block * inputs_per_step; }
};

/// Bytes that `pack` writes for a matrix of shape (out, in). For a transpose exchange the two.
template <class T>
constexpr std::size_t packed_bytes(std::int64_t out, std::int64_t in) {
    PackedWeights<T> const shape{nullptr, out, in};
    return static_cast<std::size_t>(shape.blocks() * shape.block_stride()) * sizeof(T);
}

namespace detail {

/// A part of a block: `steps` of its steps from the source's `data` on, of which `outputs` and `inputs` lie within the
/// matrix. It is as long as a cache line of a source row, and each of its lines is read once from end to end: rows a
/// power of two apart share a set of the first-level cache, and would not stay there until the next step.
template <class Stored>
struct PackedChunk {
    using T = ValueOf<Stored>;
    using Form = PackedForm<T>;
    static constexpr std::int64_t steps = 64 / (Form::inputs_per_step * static_cast<std::int64_t>(sizeof(T)));

    Stored const* data;
    std::int64_t output_stride;
    std::int64_t input_stride;
    typename Form::stored_type* destination; // (step, 16 outputs, inputs of the step)

    EGGROLL_ALWAYS_INLINE void put(std::int64_t output, std::int64_t step, std::int64_t input_of_step) const {
        std::int64_t const input = step * Form::inputs_per_step + input_of_step;
        destination[(step * outputs_per_block + output) * Form::inputs_per_step + input_of_step] =
            Form::stored(T(data[output * output_stride + input * input_stride]));
    }

    EGGROLL_ALWAYS_INLINE void fill(std::int64_t outputs, std::int64_t inputs) const {
        std::int64_t const whole_steps = inputs / Form::inputs_per_step;
        std::int64_t const remaining = inputs % Form::inputs_per_step;
        if (input_stride == 1) {
            for (std::int64_t output = 0; output < outputs; ++output) {
                for (std::int64_t step = 0; step < whole_steps; ++step) {
                    for (std::int64_t input = 0; input < Form::inputs_per_step; ++input) {
                        put(output, step, input);
                    }
                }
                for (std::int64_t input = 0; input < remaining; ++input) {
                    put(output, whole_steps, input);
                }
            }
        } else {
            for (std::int64_t input = 0; input < inputs; ++input) {
                for (std::int64_t output = 0; output < outputs; ++output) {
                    put(output, input / Form::inputs_per_step, input % Form::inputs_per_step);
                }
            }
        }
    }
};

} // namespace detail

/// Packs the matrix `data` of shape (out, in), or its transpose, which has `in` outputs. `destination` is aligned to
/// `packed_alignment` and holds `packed_bytes<ValueOf<Stored>>` of the matrix that is packed.
template <class Stored>
void pack(Stored const* data, std::int64_t out, std::int64_t in, bool transposed, void* destination) {
    using T = ValueOf<Stored>;
    using Form = PackedForm<T>;
    EGGROLL_EXPECTS(reinterpret_cast<std::uintptr_t>(destination) % packed_alignment == 0,
                    "packed weights need memory aligned to 64 bytes");
    PackedWeights<T> const shape{nullptr, transposed ? in : out, transposed ? out : in};
    std::int64_t const output_stride = transposed ? 1 : in;
    std::int64_t const input_stride = transposed ? in : 1;
    constexpr std::int64_t chunk_inputs = detail::PackedChunk<Stored>::steps * Form::inputs_per_step;
    constexpr std::int64_t step_elements = outputs_per_block * Form::inputs_per_step;
    auto* to = static_cast<typename Form::stored_type*>(destination);
    for (std::int64_t output = 0; output < shape.out; output += outputs_per_block) {
        std::int64_t const outputs = std::min(outputs_per_block, shape.out - output);
        for (std::int64_t input = 0; input < shape.in; input += chunk_inputs) {
            std::int64_t const inputs = std::min(chunk_inputs, shape.in - input);
            std::int64_t const steps = (inputs + Form::inputs_per_step - 1) / Form::inputs_per_step;
            detail::PackedChunk<Stored> const chunk{data + output * output_stride + input * input_stride, output_stride,
                                                    input_stride, to};
            if (outputs == outputs_per_block && inputs == chunk_inputs) {
                chunk.fill(outputs_per_block, chunk_inputs);
            } else {
                std::fill_n(to, steps * step_elements, Form::stored(T{}));
                chunk.fill(outputs, inputs);
            }
            to += steps * step_elements;
        }
    }
}

} // namespace eggroll::kernels::host
