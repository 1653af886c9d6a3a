// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Many episodes at once, one a row: what a rollout calls for each row, on any place. A row is (member, row of the
/// member) and plays some of the member's episodes, one after another. When the last is over the row stays as it is.

#include <eggroll/members.hpp>
#include <eggroll/tasks/environments/elementary.hpp>
#include <eggroll/tasks/environments/environment.hpp>
#include <eggroll/tasks/policy_action.hpp>

#include <Kokkos_MathematicalFunctions.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace eggroll::tasks {

/// What all chance of a generation's episodes follows from.
struct Chance {
    PhiloxKey key;                // Seed::key()
    std::uint32_t generation = 0; // generation_word()
};

/// Observations become (observation - mean) * factor, within [-limit, limit].
struct ObservationScale {
    float const* mean = nullptr;   // (component); null: they stay as they are
    float const* factor = nullptr; // (component)
    float limit = 10;
};

/// Where a rollout leaves what it counted, by the member's number in the population; null: not wanted. Moments: the
/// number of observations, the sums of observation - mean, the sums of their squares.
struct EpisodeRecord {
    std::int64_t* steps = nullptr; // (member)
    double* moments = nullptr;     // (member, 1 + 2 x component); zeros for a failed member
    double* seconds = nullptr;     // (member, 2), only by host slices, each at its first member: forward, environment
};

namespace detail {

template <environments::environment E>
struct Episode {
    typename E::state_type state;
    double sum = 0;          // of discounted rewards, of the row's episodes so far; NaN when one failed
    double weight = 1;       // of the next reward
    int steps = 0;           // of this episode
    std::int64_t index = 0;  // of this episode among the row's
    std::int64_t before = 0; // steps of the row's episodes before
    bool over = false;       // the last one is
};

KOKKOS_INLINE_FUNCTION bool all_finite(float const* values, int count) {
    constexpr std::uint32_t exponent = 0x7F800000; // all of these bits, in infinity and what is no number
    std::uint32_t not_finite = 0;
    for (int i = 0; i < count; ++i) {
        not_finite |= (__builtin_bit_cast(std::uint32_t, values[i]) & exponent) == exponent;
    }
    return not_finite == 0;
}

/// Which actions are legal in a state.
template <environments::environment E>
struct Mask : AllLegal {
    KOKKOS_FUNCTION Mask(E const&, typename E::state_type const&) {}
};
template <environments::masked_environment E>
struct Mask<E> {
    E const& environment;
    typename E::state_type const& state;
    KOKKOS_FUNCTION bool operator()(int action) const { return environment.legal(state, {action}); }
};

/// All episodes of a slice. Trivially copyable.
template <environments::environment E>
struct Episodes {
    static constexpr int components = E::observation_size;
    static constexpr int moments_of_row = 1 + 2 * components;
    using action_type = typename E::action_type;

    E environment;
    Array2<Episode<E>> rows;    // (row, 1)
    Array2<float> observations; // (place, component), as the policy sees them; row i's place is i, see UnfinishedRows
    Array2<double> moments;     // (row, 1 + 2 x component), or no rows: the row's part of EpisodeRecord::moments
    ObservationScale scale;
    Chance chance;
    double discount = 1;
    int max_steps = 1;
    bool sampled = false;        // discrete actions are drawn
    std::int64_t per_member = 1; // rows
    std::int64_t per_row = 1;    // episodes
    std::int64_t first_member = 0;
    std::int64_t sharing = 1; // consecutive members that play the same episodes

    /// The number of the row's episode: episodes of one number meet the same chance.
    KOKKOS_FUNCTION std::uint32_t number(std::int64_t row) const {
        std::int64_t const member = first_member + row / per_member;
        std::int64_t const row_number = member / sharing * per_member + row % per_member;
        return static_cast<std::uint32_t>(row_number * per_row + rows(row, 0).index);
    }

    KOKKOS_FUNCTION void start(std::int64_t row) const {
        rows(row, 0) = {};
        for (int i = 0; moments.rows > 0 && i < moments_of_row; ++i) {
            moments(row, i) = 0;
        }
        reset(row, row);
    }

    /// One step with the policy's `outputs`; the next observation takes the place of that which they answer.
    KOKKOS_FUNCTION void step(std::int64_t row, std::int64_t place, float const* outputs) const {
        auto& episode = rows(row, 0);
        if (episode.over) {
            return;
        }
        if (!all_finite(outputs, policy_outputs<action_type>())) {
            return fail(episode);
        }
        ++episode.steps;
        auto const k = static_cast<std::uint32_t>(episode.steps);
        environments::EpisodeRandom random(chance.key, chance.generation, number(row), k);
        auto const [reward, terminated] = environment.step(episode.state, action(row, outputs, k), random);
        episode.sum += episode.weight * static_cast<double>(reward);
        episode.weight *= discount;
        if (!terminated && episode.steps < max_steps) {
            observe(row, place, episode);
        } else if (episode.index + 1 < per_row) {
            episode.weight = 1;
            episode.before += episode.steps;
            episode.steps = 0;
            ++episode.index;
            reset(row, place);
        } else {
            episode.over = true;
        }
    }

    /// The mean return of a member's episodes, and what is to be recorded of it.
    KOKKOS_FUNCTION void finish(std::int64_t member, Fitness fitness, EpisodeRecord const& record) const {
        double sum = 0;
        std::int64_t steps = 0;
        for (std::int64_t row = member * per_member; row < (member + 1) * per_member; ++row) {
            sum += rows(row, 0).sum;
            steps += rows(row, 0).before + rows(row, 0).steps;
        }
        fitness(member) = sum / static_cast<double>(per_member * per_row);
        if (record.steps != nullptr) {
            record.steps[first_member + member] = steps;
        }
        bool const failed = !Kokkos::isfinite(sum); // its observations may be of any size
        for (int i = 0; moments.rows > 0 && i < moments_of_row; ++i) {
            double total = 0;
            for (std::int64_t row = member * per_member; !failed && row < (member + 1) * per_member; ++row) {
                total += moments(row, i);
            }
            record.moments[(first_member + member) * moments_of_row + i] = total;
        }
    }

private:
    KOKKOS_FUNCTION void reset(std::int64_t row, std::int64_t place) const {
        auto& episode = rows(row, 0);
        environments::EpisodeRandom random(chance.key, chance.generation, number(row), 0);
        environment.reset(episode.state, random);
        observe(row, place, episode);
    }

    static KOKKOS_FUNCTION void fail(Episode<E>& episode) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        episode.sum = nan;
        episode.over = true;
    }

    KOKKOS_FUNCTION action_type action(std::int64_t row, float const* outputs, std::uint32_t k) const {
        if constexpr (environments::discrete_action<action_type>) {
            Mask<E> const legal{environment, rows(row, 0).state};
            if (sampled) {
                std::uint32_t const id = parameter_word(NoiseDomain::sampling, 0, Factor::a);
                auto const words = philox4x32_10({{k, number(row), id, chance.generation}}, chance.key);
                return sampled_action<action_type>(outputs, static_cast<float>(words.word[0] >> 8) * 0x1p-24F, legal);
            }
            return greedy_action<action_type>(outputs, legal);
        } else {
            return squashed_action<action_type>(outputs, environment.action_limit);
        }
    }

    /// Writes the row's observation to `place`, counted and scaled.
    KOKKOS_FUNCTION void observe(std::int64_t row, std::int64_t place, Episode<E>& episode) const {
        float* const seen = observations.row(place);
        if constexpr (std::is_same_v<typename E::real_type, float>) {
            environment.observe(episode.state, seen);
        } else {
            typename E::real_type values[components];
            environment.observe(episode.state, values);
            for (int i = 0; i < components; ++i) {
                seen[i] = static_cast<float>(values[i]);
            }
        }
        if (!all_finite(seen, components)) {
            return fail(episode);
        }
        // Loops without branches, so that compilers vectorise them: observations may be long.
        if (moments.rows > 0) {
            double* const sums = moments.row(row);
            sums[0] += 1;
            for (int i = 0; i < components; ++i) {
                auto const centred = static_cast<double>(seen[i] - (scale.mean != nullptr ? scale.mean[i] : 0));
                sums[1 + i] += centred;
                sums[1 + components + i] += centred * centred;
            }
        }
        if (scale.mean != nullptr) {
            for (int i = 0; i < components; ++i) {
                seen[i] = environments::clamp((seen[i] - scale.mean[i]) * scale.factor[i], -scale.limit, scale.limit);
            }
        }
    }
};

template <environments::environment E>
struct StartEpisodes {
    Episodes<E> episodes;
    KOKKOS_FUNCTION void operator()(std::int64_t row) const { episodes.start(row); }
};

template <environments::environment E>
struct StepEpisodes {
    Episodes<E> episodes;
    Array2<float const> outputs;        // (place, output)
    std::int32_t const* rows = nullptr; // (place): the row; null: row i has place i
    KOKKOS_FUNCTION void operator()(std::int64_t place) const {
        episodes.step(rows == nullptr ? place : rows[place], place, outputs.row(place));
    }
};

/// The rows whose episodes are not over; their observations have the first places, in order. For the host.
template <environments::environment E>
struct UnfinishedRows {
    Array2<std::int32_t> rows;    // (place, 1)
    Array2<std::int32_t> members; // (place and one more, 1): the slice's member
    std::int64_t count = 0;

    void fill(Episodes<E> const& episodes) {
        count = episodes.rows.rows;
        for (std::int64_t row = 0; row < count; ++row) {
            rows(row, 0) = static_cast<std::int32_t>(row);
            members(row, 0) = static_cast<std::int32_t>(row / episodes.per_member);
        }
        members(count, 0) = 0;
    }
    void drop_finished(Episodes<E> const& episodes) {
        std::int64_t kept = 0;
        for (std::int64_t place = 0; place < count; ++place) {
            if (episodes.rows(rows(place, 0), 0).over) {
                continue;
            }
            if (kept < place) {
                rows(kept, 0) = rows(place, 0);
                members(kept, 0) = members(place, 0);
                std::copy_n(episodes.observations.row(place), E::observation_size, episodes.observations.row(kept));
            }
            ++kept;
        }
        count = kept;
    }
};

template <environments::environment E>
struct FinishEpisodes {
    Episodes<E> episodes;
    Fitness fitness;
    EpisodeRecord record;
    KOKKOS_FUNCTION void operator()(std::int64_t member) const { episodes.finish(member, fitness, record); }
};

} // namespace detail

} // namespace eggroll::tasks
