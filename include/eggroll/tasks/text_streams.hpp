// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// How a text is fed to a language model: several contiguous streams read in step, one segment after another. A segment
/// of `steps` bytes to predict is steps + 1 bytes of text: each byte but the last is an input, each but the first the
/// target of the one before. The next segment begins with the last target.

#include <eggroll/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace eggroll::tasks {

namespace detail {

inline void expects_streams(std::span<std::uint8_t const> text, std::size_t streams) {
    EGGROLL_EXPECTS(text.size() >= 2, "a text of " + std::to_string(text.size()) +
                                          " bytes has nothing to predict; give at least 2 bytes");
    EGGROLL_EXPECTS(streams > 0, "0 streams through a text read nothing; ask for at least 1");
}

inline void expects_segment(std::span<std::uint8_t> out, std::size_t streams, std::size_t steps) {
    EGGROLL_EXPECTS(steps > 0, "a segment of 0 bytes is no progress; ask for at least 1");
    EGGROLL_EXPECTS(out.size() % (steps + 1) == 0 && out.size() / (steps + 1) == streams,
                    "segments of " + std::to_string(steps) + " + 1 bytes of " + std::to_string(streams) +
                        " streams don't fill a buffer of " + std::to_string(out.size()) + " bytes exactly");
}

} // namespace detail

/// Endless streams through a training text. Stream s of S begins at byte s floor(n / S) of the n bytes, and goes on at
/// the text's beginning when it reaches the end. The text must outlive this object. Throws eggroll::Error for a text of
/// fewer than 2 bytes.
class TextStreams {
public:
    TextStreams(std::span<std::uint8_t const> text, std::size_t streams) : text_(text) {
        detail::expects_streams(text, streams);
        std::size_t const distance = std::max<std::size_t>(1, text.size() / streams);
        for (std::size_t stream = 0; stream < streams; ++stream) {
            // The remainder matters only when there are more streams than bytes.
            positions_.push_back(stream % text.size() * distance % text.size());
        }
    }

    std::size_t streams() const { return positions_.size(); }

    /// Fills `out`, (stream, steps + 1) row-major, with the next segment of every stream and goes `steps` bytes on. A
    /// text shorter than a segment is repeated. Does not allocate.
    void next(std::size_t steps, std::span<std::uint8_t> out) {
        detail::expects_segment(out, streams(), steps);
        for (std::size_t stream = 0; stream < streams(); ++stream) {
            auto position = static_cast<std::size_t>(positions_[stream]);
            std::span<std::uint8_t> row = out.subspan(stream * (steps + 1), steps + 1); // (byte)
            positions_[stream] = (position + steps % text_.size()) % text_.size();
            while (!row.empty()) {
                std::size_t const count = std::min(row.size(), text_.size() - position);
                std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(position), count, row.begin());
                row = row.subspan(count);
                position = 0;
            }
        }
    }

    /// (stream): where the next input of each stream stands in the text. Save it in checkpoints.
    std::vector<std::uint64_t> const& positions() const { return positions_; }

    /// Goes on from saved positions. Throws eggroll::Error if they are of another number of streams or lie outside the
    /// text, and then changes nothing.
    void restore(std::vector<std::uint64_t> positions) {
        EGGROLL_EXPECTS(positions.size() == streams(),
                        "saved positions of " + std::to_string(positions.size()) + " streams can't be restored to " +
                            std::to_string(streams()) + "; use the saved run's settings");
        for (std::size_t stream = 0; stream < positions.size(); ++stream) {
            EGGROLL_EXPECTS(positions[stream] < text_.size(),
                            "the saved position " + std::to_string(positions[stream]) + " of stream " +
                                std::to_string(stream) + " lies outside the text of " + std::to_string(text_.size()) +
                                " bytes; use the saved run's text");
        }
        positions_ = std::move(positions);
    }

private:
    std::span<std::uint8_t const> text_;   // (byte)
    std::vector<std::uint64_t> positions_; // (stream)
};

/// One pass through a held-out text: V streams read consecutive stretches of floor((n - 1) / V) predictions each, so
/// every byte but the first is predicted once; the last (n - 1) mod V bytes are left out, to keep the streams equally
/// long. The text must outlive this object. Throws eggroll::Error if a stream would have nothing to predict.
class ValidationStreams {
public:
    ValidationStreams(std::span<std::uint8_t const> text, std::size_t streams) : text_(text), streams_(streams) {
        detail::expects_streams(text, streams);
        length_ = (text.size() - 1) / streams;
        EGGROLL_EXPECTS(length_ > 0, "a validation text of " + std::to_string(text.size()) +
                                         " bytes is too short for " + std::to_string(streams) +
                                         " streams; use fewer streams or more text");
    }

    std::size_t streams() const { return streams_; }

    /// Predictions of the whole pass, over all streams.
    std::uint64_t predictions() const { return std::uint64_t{length_} * streams_; }

    /// Back to the beginning.
    void rewind() { position_ = 0; }

    /// Fills `out`, (stream, steps + 1) row-major, with the next segment of every stream. Returns how many of `steps`
    /// predictions are left in it, the same for all streams: fewer than `steps` at the end, where rows are filled up
    /// with zeros, and 0 when the pass is over. Does not allocate.
    std::size_t next(std::size_t steps, std::span<std::uint8_t> out) {
        detail::expects_segment(out, streams_, steps);
        std::size_t const valid = std::min(steps, length_ - position_);
        std::fill(out.begin(), out.end(), std::uint8_t{0});
        for (std::size_t stream = 0; valid > 0 && stream < streams_; ++stream) {
            auto const source = text_.subspan(stream * length_ + position_, valid + 1); // (byte)
            std::copy(source.begin(), source.end(), out.begin() + static_cast<std::ptrdiff_t>(stream * (steps + 1)));
        }
        position_ += valid;
        return valid;
    }

private:
    std::span<std::uint8_t const> text_; // (byte)
    std::size_t streams_;
    std::size_t length_ = 0;   // predictions of a stream
    std::size_t position_ = 0; // of every stream, within its stretch
};

} // namespace eggroll::tasks
