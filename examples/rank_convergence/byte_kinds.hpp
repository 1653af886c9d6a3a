// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Real data small enough for millions of evaluations: the kind of the next byte of a text, from the kinds of the two
/// bytes before it. There are few contexts, so their counts are the whole text, and a loss over the contexts weighted
/// by them is the exact loss over every byte of it.

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rank_convergence {

/// Letters and _, blanks, newlines, digits, brackets, the rest.
inline constexpr int byte_kinds = 6;

inline int kind_of(std::uint8_t byte) {
    if (std::isalpha(byte) != 0 || byte == '_') {
        return 0;
    }
    switch (byte) {
    case ' ':
    case '\t':
        return 1;
    case '\n':
        return 2;
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}':
    case '<':
    case '>':
        return 4;
    default:
        return std::isdigit(byte) != 0 ? 3 : 5;
    }
}

/// A text as contexts.
struct ByteKinds {
    static constexpr int contexts = byte_kinds * byte_kinds;
    static constexpr int inputs = 2 * byte_kinds;

    std::vector<float> input = std::vector<float>(contexts * inputs);     // (context, input): two one-hot codes
    std::vector<float> share = std::vector<float>(contexts * byte_kinds); // (context, next kind): of the text's bytes

    explicit ByteKinds(std::span<std::uint8_t const> text) {
        for (int context = 0; context < contexts; ++context) {
            float* const row = input.data() + context * inputs;
            row[context / byte_kinds] = 1;
            row[byte_kinds + context % byte_kinds] = 1;
        }
        std::vector<double> counts(share.size());
        for (std::size_t i = 2; i < text.size(); ++i) {
            int const context = kind_of(text[i - 2]) * byte_kinds + kind_of(text[i - 1]);
            counts[static_cast<std::size_t>(context * byte_kinds + kind_of(text[i]))] += 1;
        }
        for (std::size_t i = 0; i < counts.size(); ++i) {
            share[i] = static_cast<float>(counts[i] / static_cast<double>(text.size() - 2));
        }
    }
};

} // namespace rank_convergence
