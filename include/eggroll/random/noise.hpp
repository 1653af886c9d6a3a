// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The noise contract: a value is a function of seed, generation, pair, parameter, factor and element, and of nothing
/// else: not the tile, the slice, the thread, the device or the number of ranks. Members recompute noise instead of
/// storing it (arXiv 2511.16652, section 4).
///
/// Philox' key is the seed. The counter words are: block of elements (noise_layout.hpp), pair, parameter word,
/// generation. The parameter word is domain (8 bits), id (22), factor (2).

#include <eggroll/error.hpp>
#include <eggroll/random/noise_cast.hpp>
#include <eggroll/random/noise_layout.hpp>

#include <limits>
#include <string>
#include <type_traits>

namespace eggroll {

/// All randomness of a run follows from it. Neighbouring seeds give unrelated noise.
struct Seed {
    std::uint64_t value = 0;

    constexpr Seed() = default;
    constexpr Seed(std::uint64_t seed) : value(seed) {} // implicit, so that options read `.seed = 7`

    constexpr PhiloxKey key() const {
        return {{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)}};
    }
    friend constexpr bool operator==(Seed const&, Seed const&) = default;
};

/// What noise is for. Domains never share a counter.
enum class NoiseDomain : std::uint8_t { perturbation, initialisation, rounding, environment, sampling };

/// Which array of a parameter's noise: the factors of A B^T, or noise of full rank.
enum class Factor : std::uint32_t { a = 0, b = 1, full = 2 };

inline constexpr std::uint32_t parameter_id_limit = 1u << 22;

/// The third counter word. `id` must be below parameter_id_limit: check_parameter_id.
KOKKOS_FUNCTION constexpr std::uint32_t parameter_word(NoiseDomain domain, std::uint32_t id, Factor factor) {
    return static_cast<std::uint32_t>(domain) << 24 | id << 2 | static_cast<std::uint32_t>(factor);
}

/// Throws eggroll::Error unless `id` fits the parameter word; ids beyond it would share their noise with others.
inline void check_parameter_id(std::uint64_t id) {
    EGGROLL_EXPECTS(id < parameter_id_limit, "parameter id " + std::to_string(id) + " is not below " +
                                                 std::to_string(parameter_id_limit) +
                                                 ": use fewer parameters, or merge small ones into one array.");
}

/// Throws eggroll::Error unless the blocks of `columns` columns of `length` elements can be counted in the first
/// counter word (for the widest fields, so that the limit doesn't depend on the distribution); beyond it noise would
/// repeat.
inline void check_noise_extent(std::int64_t columns, std::int64_t length) {
    using Layout = NoiseLayout<16>;
    constexpr std::int64_t limit = (std::int64_t{1} << 32) / Layout::blocks_per_period; // periods
    EGGROLL_EXPECTS(columns >= 0 && length >= 0, "noise of " + std::to_string(columns) + " columns of " +
                                                     std::to_string(length) + " elements: neither may be negative.");
    // The first comparison keeps the rounding up in the second from overflowing.
    bool const fits = length <= limit * Layout::period && (length == 0 || columns <= limit / Layout::periods(length));
    EGGROLL_EXPECTS(fits, "noise of " + std::to_string(columns) + " columns of " + std::to_string(length) +
                              " elements needs more than 2^32 random blocks: split the parameter.");
}

/// The generation word when noise is kept for `noise_reuse` generations: generation / noise_reuse. Throws
/// eggroll::Error if that exceeds 32 bits or `noise_reuse` is 0. Only the perturbation domain reuses noise.
inline std::uint32_t generation_word(std::uint64_t generation, std::uint64_t noise_reuse = 1) {
    EGGROLL_EXPECTS(noise_reuse >= 1, "noise_reuse is 0: it counts the generations that share noise; use 1 or more.");
    std::uint64_t const word = generation / noise_reuse;
    EGGROLL_EXPECTS(word <= std::numeric_limits<std::uint32_t>::max(),
                    "generation " + std::to_string(generation) + " with noise_reuse " + std::to_string(noise_reuse) +
                        " is beyond 2^32: start a new run with another seed.");
    return static_cast<std::uint32_t>(word);
}

/// What kernels take as noise: trivially copyable, and value() gives one element on any device.
template <class S>
concept noise_source = std::is_trivially_copyable_v<S> && requires(S const source, std::int64_t n) {
    typename S::value_type;
    { source.value(std::uint32_t{}, Factor{}, n, n, n, n) } -> std::same_as<typename S::value_type>;
};

/// The noise of one seed, generation and domain. Factor b follows DistributionB; a and full follow DistributionA.
template <distribution DistributionA, distribution DistributionB = DistributionA>
struct NoiseStream {
    using value_type = typename DistributionA::value_type;
    static_assert(std::same_as<value_type, typename DistributionB::value_type>,
                  "The distributions of the factors A and B must have the same value_type.");

    PhiloxKey key;                // Seed::key()
    std::uint32_t generation = 0; // generation_word()
    NoiseDomain domain = NoiseDomain::perturbation;

    /// The counter of a block. `direction` is the pair (without antithetic pairs, the member), below 2^32.
    KOKKOS_FUNCTION PhiloxBlock counter(std::uint32_t parameter, Factor factor, std::int64_t direction,
                                        std::uint32_t block) const {
        return {{block, static_cast<std::uint32_t>(direction), parameter_word(domain, parameter, factor), generation}};
    }

    /// Element `element` of column `column`, each column being `length` long. Columns: components of A and B, rows of
    /// full noise.
    KOKKOS_FUNCTION value_type value(std::uint32_t parameter, Factor factor, std::int64_t direction,
                                     std::int64_t column, std::int64_t length, std::int64_t element) const {
        if (factor == Factor::b) {
            return value_of<DistributionB>(parameter, factor, direction, column, length, element);
        }
        return value_of<DistributionA>(parameter, factor, direction, column, length, element);
    }

private:
    template <class Distribution>
    KOKKOS_FUNCTION value_type value_of(std::uint32_t parameter, Factor factor, std::int64_t direction,
                                        std::int64_t column, std::int64_t length, std::int64_t element) const {
        using Layout = NoiseLayout<Distribution::field_bits>;
        FieldPosition const at = Layout::position(column, length, element);
        PhiloxBlock const words = philox4x32_10(counter(parameter, factor, direction, at.block), key);
        return Distribution::value(Layout::field(words, at.field));
    }
};

} // namespace eggroll
