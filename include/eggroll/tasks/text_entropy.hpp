// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How well a text is predicted by counts of bytes and of pairs of bytes: the lines a language model has to beat.

#include <eggroll/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace eggroll::tasks {

namespace detail {

inline constexpr std::size_t byte_values = 256;

inline std::vector<std::uint64_t> count_bytes(std::span<std::uint8_t const> text) {
    std::vector<std::uint64_t> counts(byte_values, 0); // (byte)
    for (std::uint8_t const byte : text) {
        ++counts[byte];
    }
    return counts;
}

inline std::vector<std::uint64_t> count_pairs(std::span<std::uint8_t const> text) {
    std::vector<std::uint64_t> counts(byte_values * byte_values, 0); // (byte, next byte)
    for (std::size_t i = 1; i < text.size(); ++i) {
        ++counts[text[i - 1] * byte_values + text[i]];
    }
    return counts;
}

/// -sum p log2 p of the distribution that `counts` describe; 0 if they are all 0. Bits.
inline double entropy(std::span<std::uint64_t const> counts) {
    double total = 0;
    double sum = 0; // of c log2 c
    for (std::uint64_t const count : counts) {
        if (count > 0) {
            auto const value = static_cast<double>(count);
            total += value;
            sum += value * std::log2(value);
        }
    }
    return total > 0 ? std::log2(total) - sum / total : 0;
}

inline void expects_texts(std::size_t train, std::size_t heldout, std::size_t shortest_heldout) {
    EGGROLL_EXPECTS(train > 0 && heldout >= shortest_heldout,
                    "a held-out entropy needs a training text and at least " + std::to_string(shortest_heldout) +
                        " held-out bytes; given were " + std::to_string(train) + " and " + std::to_string(heldout));
}

} // namespace detail

/// Empirical entropy of single bytes, H(X) = -sum_b p(b) log2 p(b), p(b) the share of byte b in `text`. Bits/byte; 0
/// for an empty text.
inline double unigram_entropy(std::span<std::uint8_t const> text) {
    return detail::entropy(detail::count_bytes(text));
}

/// Empirical entropy of a byte given the one before, H(Y|X) = H(X, Y) - H(X), over the n - 1 pairs of neighbours in
/// `text` (X counts all bytes but the last). Bits/byte; 0 for fewer than two bytes. In short texts most pairs occur
/// once, so it says less than cross_entropy_bigram.
inline double bigram_entropy(std::span<std::uint8_t const> text) {
    if (text.size() < 2) {
        return 0;
    }
    return detail::entropy(detail::count_pairs(text)) -
           detail::entropy(detail::count_bytes(text.first(text.size() - 1)));
}

/// Bits/byte that counts of `train` spend on `heldout`: the mean of -log2 p(b), with add-one smoothing
/// p(b) = (c(b) + 1) / (n + 256), n the bytes of `train`. Throws eggroll::Error if a text is empty.
inline double cross_entropy_unigram(std::span<std::uint8_t const> train, std::span<std::uint8_t const> heldout) {
    detail::expects_texts(train.size(), heldout.size(), 1);
    std::vector<std::uint64_t> const counts = detail::count_bytes(train); // (byte)
    auto const normaliser = std::log2(static_cast<double>(train.size() + detail::byte_values));
    double sum = 0;
    for (std::uint8_t const byte : heldout) {
        sum += normaliser - std::log2(static_cast<double>(counts[byte] + 1));
    }
    return sum / static_cast<double>(heldout.size());
}

/// The same with pairs: the mean over the second to last bytes of `heldout` of -log2 p(b|a), with add-one smoothing
/// p(b|a) = (c(a, b) + 1) / (c(a) + 256), c(a) the pairs of `train` that begin with a. Throws eggroll::Error if
/// `train` is empty or `heldout` has fewer than two bytes.
inline double cross_entropy_bigram(std::span<std::uint8_t const> train, std::span<std::uint8_t const> heldout) {
    detail::expects_texts(train.size(), heldout.size(), 2);
    std::vector<std::uint64_t> const pairs = detail::count_pairs(train);                          // (byte, next byte)
    std::vector<std::uint64_t> const firsts = detail::count_bytes(train.first(train.size() - 1)); // (byte)
    double sum = 0;
    for (std::size_t i = 1; i < heldout.size(); ++i) {
        std::size_t const before = heldout[i - 1];
        sum += std::log2(static_cast<double>(firsts[before] + detail::byte_values)) -
               std::log2(static_cast<double>(pairs[before * detail::byte_values + heldout[i]] + 1));
    }
    return sum / static_cast<double>(heldout.size() - 1);
}

} // namespace eggroll::tasks
