// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "idx.hpp"

#include <eggroll/kernels/operands.hpp>
#include <eggroll/random/distributions.hpp>
#include <eggroll/random/noise.hpp>
#include <eggroll/random/philox.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace digits {

inline constexpr std::int64_t classes = 10;

/// Labelled images; pixels are numbers from 0 (paper) to 1 (ink).
struct Digits {
    std::int64_t pixels = 0;          // of an image
    std::vector<float> images;        // (digit, pixel)
    std::vector<std::uint8_t> labels; // (digit), below 10

    std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
    eggroll::Array2<float const> rows() const { return {images.data(), size(), pixels, pixels}; }

    /// The digits [begin, end).
    Digits part(std::int64_t begin, std::int64_t end) const {
        return {pixels,
                {images.begin() + begin * pixels, images.begin() + end * pixels},
                {labels.begin() + begin, labels.begin() + end}};
    }
};

/// What is learned from, and what the result is measured on.
struct Split {
    Digits train;
    Digits held_out;
};

/// The pair of files `<set>-images-idx3-ubyte.gz` and `<set>-labels-idx1-ubyte.gz`.
inline Digits read_digits(std::filesystem::path const& directory, std::string const& set) {
    auto const image_file = directory / (set + "-images-idx3-ubyte.gz");
    auto const label_file = directory / (set + "-labels-idx1-ubyte.gz");
    Idx const images = read_idx(image_file, 3);
    Idx labels = read_idx(label_file, 1);
    EGGROLL_EXPECTS(images.shape[0] == labels.shape[0],
                    image_file.string() + " has " + std::to_string(images.shape[0]) + " images, " +
                        label_file.string() + " " + std::to_string(labels.shape[0]) + " labels" + remedy);
    for (std::uint8_t const label : labels.values) {
        EGGROLL_EXPECTS(label < classes, label_file.string() + " has the label " + std::to_string(label) + remedy);
    }
    Digits digits{static_cast<std::int64_t>(images.shape[1] * images.shape[2]), {}, std::move(labels.values)};
    digits.images.resize(images.values.size());
    std::transform(images.values.begin(), images.values.end(), digits.images.begin(),
                   [](std::uint8_t ink) { return static_cast<float>(ink) / 255; });
    return digits;
}

/// The training and the test set; where a directory has the test set alone, four fifths of it to learn from.
inline Split read_split(std::filesystem::path const& directory) {
    EGGROLL_EXPECTS(std::filesystem::is_directory(directory),
                    "--data " + directory.string() + " is not a directory" + remedy);
    Digits test = read_digits(directory, "t10k");
    if (std::filesystem::exists(directory / "train-images-idx3-ubyte.gz")) {
        Split split{read_digits(directory, "train"), std::move(test)};
        EGGROLL_EXPECTS(split.train.pixels == split.held_out.pixels,
                        directory.string() + ": the images of the training and of the test set differ in size" +
                            remedy);
        return split;
    }
    std::int64_t const cut = test.size() * 4 / 5;
    EGGROLL_EXPECTS(cut > 0, directory.string() + " has too few digits to hold one out" + remedy);
    return {test.part(0, cut), test.part(cut, test.size())};
}

/// The digits that a generation reads: drawn with replacement, a function of seed, generation and position alone.
class Batch {
public:
    Batch(Digits const& digits, std::int64_t size, std::uint64_t seed)
        : digits_(digits), key_(eggroll::Seed(seed).key()), images_(static_cast<std::size_t>(size * digits.pixels)),
          labels_(static_cast<std::size_t>(size)) {}

    void draw(std::uint64_t generation) {
        eggroll::NoiseStream<eggroll::Uniform> const stream{key_, static_cast<std::uint32_t>(generation),
                                                            eggroll::NoiseDomain::sampling};
        auto const digits = static_cast<std::uint64_t>(digits_.size());
        for (std::size_t i = 0; i < labels_.size(); ++i) {
            auto const block = static_cast<std::uint32_t>(i / 4);
            auto const random = eggroll::philox4x32_10(stream.counter(0, eggroll::Factor::full, 0, block), stream.key);
            auto const chosen = static_cast<std::int64_t>(random.word[i % 4] * digits >> 32);
            auto const* const image = digits_.rows().row(chosen);
            std::copy_n(image, digits_.pixels, images_.data() + static_cast<std::ptrdiff_t>(i) * digits_.pixels);
            labels_[i] = digits_.labels[static_cast<std::size_t>(chosen)];
        }
    }

    /// (digit, pixel)
    eggroll::Array2<float const> images() const {
        return {images_.data(), static_cast<std::int64_t>(labels_.size()), digits_.pixels, digits_.pixels};
    }
    std::uint8_t const* labels() const { return labels_.data(); }

private:
    Digits const& digits_;
    eggroll::PhiloxKey key_;
    std::vector<float> images_;
    std::vector<std::uint8_t> labels_;
};

} // namespace digits
