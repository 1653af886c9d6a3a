// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/members/packed_weights.hpp>
#include <eggroll/members/place.hpp>
#include <eggroll/perturbation/generation_noise.hpp>
#include <eggroll/storage/storage.hpp>

#include <cstdint>
#include <vector>

namespace eggroll {

/// Noise of one parameter that was generated for a slice: the factors A and B of a matrix (direction, component,
/// length), or the vectors of the members (member, length) in `first`, one row if no member perturbs it. Null until
/// first asked for.
template <class Value>
struct SliceNoise {
    Value const* first = nullptr;
    Value const* second = nullptr;
};

/// What Members works with: which members, whose parameters, the generation's noise, and memory of its own. A worker
/// has one and moves it from slice to slice.
template <class Storage, class Source, class Place>
struct Slice {
    using value_type = ValueOf<Storage>;
    using arena_type = typename PlaceTraits<Place>::arena_type;

    ParameterLayout const* layout = nullptr;
    Storage const* parameters = nullptr;
    PackedWeights<Storage>* packed = nullptr; // null where kernels read plain weights
    GenerationNoise<Storage, Source> const* noise = nullptr;

    std::int64_t population = 0;
    std::int64_t group_size = 1;
    std::int64_t begin = 0; // first member
    std::int64_t size = 0;
    bool mean = false;                      // members are the unperturbed parameters
    bool repeating = false;                 // inside repeat(): what is generated will be used again
    std::int32_t const* selected = nullptr; // MemberRows::selected
    std::int64_t selected_blocks = 0;
    std::vector<value_type*> states; // by state id: (member of the slice, length)

    arena_type noise_arena;                        // lives as long as the slice is worked on
    arena_type scratch;                            // in frames
    std::vector<SliceNoise<value_type>> generated; // by parameter id
    [[no_unique_address]] typename PlaceTraits<Place>::graph_type graph;

    std::int64_t directions() const { return (size + noise->members_per_direction - 1) / noise->members_per_direction; }
    /// Of rows in a plain array.
    std::int64_t blocks() const { return selected == nullptr ? size : selected_blocks; }
    std::int64_t first_direction() const { return begin / noise->members_per_direction; }

    /// Moves to members [first, first + count), whose states are rows of `all_states` (member, length).
    void move_to(std::int64_t first, std::int64_t count, std::vector<value_type*> const& all_states) {
        begin = first;
        size = count;
        repeating = false;
        noise_arena.return_to(0);
        scratch.return_to(0);
        generated.assign(layout->parameters().size(), {});
        states.resize(all_states.size());
        for (std::size_t id = 0; id < all_states.size(); ++id) {
            states[id] = all_states[id] + first * layout->states()[id].length;
        }
    }
};

} // namespace eggroll
