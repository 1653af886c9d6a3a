// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Rollout: plays episodes of an environment with a policy, for all members of a slice.

#include <eggroll/error.hpp>
#include <eggroll/tasks/episodes.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

namespace eggroll::tasks {

/// Which members play the same episodes, from the same starts and with the same chance. Evaluating the mean, each
/// member plays its own.
enum class CommonRandomNumbers {
    none, // each its own
    pair, // members 2p and 2p + 1, an antithetic pair, the same
    group // the members of a group (StrategyOptions::group_size): by default the whole population
};

/// How a policy's outputs become a discrete action. (Continuous ones are action_limit * tanh(output).)
enum class ActionChoice {
    greedy, // the largest output's
    sampled // drawn, outputs being logarithms of probabilities; from NoiseDomain::sampling, by step and episode
};

/// Options of Rollout.
struct RolloutOptions {
    std::int64_t episodes = 1; // that each member plays
    /// How many of them one after another, in a row of the policy's products; the others at the same time. Where
    /// episodes differ in length, rows whose episodes are over wait for the longest: one after another they wait less.
    /// The episodes, and so the fitness but for rounding, are the same.
    std::int64_t in_turn = 1; // divides episodes
    CommonRandomNumbers common_random_numbers = CommonRandomNumbers::group;
    ActionChoice choice = ActionChoice::greedy;
    double discount = 1; // of a reward, for each step before it
    int max_steps = 0;   // of an episode; 0: the environment's
};

namespace detail {

/// What a rollout on the calling thread spends on what.
struct Laps {
    using Clock = std::chrono::steady_clock;
    bool counted;
    Clock::time_point last;
    double forward = 0; // seconds
    double environment = 0;

    explicit Laps(bool counts) : counted(counts), last(counts ? Clock::now() : Clock::time_point{}) {}
    /// The time since the last end is that of `what`.
    void end(double& what) {
        if (counted) {
            auto const now = Clock::now();
            what += std::chrono::duration<double>(now - last).count();
            last = now;
        }
    }
};

} // namespace detail

/// Plays episodes with every member of a slice as the policy; its fitness is the mean return of its episodes. An
/// episode ends where the environment says so, or after the environment's max_steps steps, or the options'.
///
/// A member whose outputs or observations are not finite gets the fitness NaN, which a strategy counts in
/// Report::failed_members. On host slices a rollout ends when all its episodes have; on a device it runs for max_steps
/// steps for each episode in turn, and those that are over wait.
///
/// `policy` has forward(members, observations), observations (row, component) -> (row, output): an Mlp. Where it says
/// `static constexpr bool independent_rows = true`, which promises that an output follows from its row's observation
/// and the member's parameters alone, by operations of `members`, host slices leave out episodes that are over.
template <environments::environment E>
class Rollout {
public:
    using environment_type = E;
    using action_type = typename E::action_type;
    static constexpr int observations = E::observation_size; // inputs of the policy
    static constexpr int outputs = policy_outputs<action_type>();

    explicit Rollout(E const& environment = {}, RolloutOptions const& options = {})
        : environment_(environment), options_(options) {
        EGGROLL_EXPECTS(environment.max_steps > 0, "the environment's max_steps is " +
                                                       std::to_string(environment.max_steps) +
                                                       "; an episode needs at least 1 step");
        EGGROLL_EXPECTS(options.episodes > 0,
                        "RolloutOptions::episodes is " + std::to_string(options.episodes) + "; give at least 1");
        EGGROLL_EXPECTS(options.in_turn > 0 && options.episodes % options.in_turn == 0,
                        "RolloutOptions::in_turn is " + std::to_string(options.in_turn) + "; it must divide the " +
                            std::to_string(options.episodes) + " episodes");
        EGGROLL_EXPECTS(options.discount > 0 && options.discount <= 1, "RolloutOptions::discount is " +
                                                                           std::to_string(options.discount) +
                                                                           "; it must be above 0 and at most 1");
        EGGROLL_EXPECTS(options.max_steps >= 0, "RolloutOptions::max_steps is " + std::to_string(options.max_steps) +
                                                    "; give at least 1, or 0 for the environment's");
    }

    E const& environment() const { return environment_; }
    RolloutOptions const& options() const { return options_; }

    /// fitness(i) = the mean return of the slice's member i. Records have room for the whole population.
    template <class Policy, class Members>
    void operator()(Policy const& policy, Members const& members, Chance chance, Fitness fitness,
                    ObservationScale const& scale = {}, EpisodeRecord const& record = {}) const {
        if constexpr (environments::host_environment<E> && !Members::synchronous) {
            using Space = std::remove_cvref_t<decltype(members.place().space)>;
            static_assert(Kokkos::SpaceAccessibility<Space, Kokkos::HostSpace>::accessible,
                          "this environment calls a library of the host: use HostSlices, or WholePopulation on a host "
                          "space");
        }
        detail::Laps laps(Members::synchronous && record.seconds != nullptr);
        std::int64_t const per_member = options_.episodes / options_.in_turn;
        std::int64_t const rows = members.size() * per_member;
        check_numbers((members.begin() + members.size()) * options_.episodes);
        auto const frame = members.frame();
        detail::Episodes<E> const episodes{
            environment_,
            members.template array<detail::Episode<E>>(rows, 1),
            members.template array<float>(rows, observations),
            members.template array<double>(record.moments != nullptr ? rows : 0, 1 + 2 * observations),
            scale,
            chance,
            options_.discount,
            max_steps(),
            options_.choice == ActionChoice::sampled,
            per_member,
            options_.in_turn,
            members.begin(),
            sharing(members)};

        members.for_each(rows, detail::StartEpisodes<E>{episodes});
        laps.end(laps.environment);
        auto const step = [&](std::int64_t count, std::int32_t const* rows_of_places) {
            auto const& all = episodes.observations;
            auto const y =
                policy.forward(members, Array2<float>{all.data, count, all.columns, all.stride}); // (place, output)
            EGGROLL_EXPECTS(y.columns == outputs, "the policy has " + std::to_string(y.columns) +
                                                      " outputs, the environment's actions take " +
                                                      std::to_string(outputs));
            laps.end(laps.forward);
            members.for_each(count, detail::StepEpisodes<E>{episodes, y, rows_of_places});
            laps.end(laps.environment);
        };
        std::int64_t const most_steps = options_.in_turn * max_steps();
        if constexpr (Members::synchronous && requires { requires Policy::independent_rows; }) {
            detail::UnfinishedRows<E> unfinished{members.template array<std::int32_t>(rows, 1),
                                                 members.template array<std::int32_t>(rows + 1, 1)};
            unfinished.fill(episodes);
            unfinished.drop_finished(episodes);
            while (unfinished.count > 0) { // at most most_steps times
                auto const scope = members.frame();
                auto const selection = members.select(unfinished.members.data, unfinished.count);
                step(unfinished.count, unfinished.rows.data);
                unfinished.drop_finished(episodes);
            }
        } else if constexpr (Members::synchronous) {
            for (std::int64_t k = 0; k < most_steps && !all_over(episodes.rows); ++k) {
                auto const scope = members.frame();
                step(rows, nullptr);
            }
        } else {
            members.repeat(most_steps, [&](typename Members::step_type) { step(rows, nullptr); });
        }
        members.for_each(members.size(), detail::FinishEpisodes<E>{episodes, fitness, record});
        laps.end(laps.environment);
        if (laps.counted) {
            record.seconds[2 * members.begin()] = laps.forward;
            record.seconds[2 * members.begin() + 1] = laps.environment;
        }
    }

private:
    int max_steps() const {
        return options_.max_steps > 0 ? std::min(options_.max_steps, environment_.max_steps) : environment_.max_steps;
    }

    static void check_numbers(std::int64_t episodes) {
        constexpr std::int64_t limit = std::numeric_limits<std::uint32_t>::max();
        EGGROLL_EXPECTS(episodes <= limit, "a generation of " + std::to_string(episodes) +
                                               " episodes; their numbers go up to " + std::to_string(limit));
    }

    template <class Members>
    std::int64_t sharing(Members const& members) const {
        if (options_.common_random_numbers == CommonRandomNumbers::group) {
            return members.group_size();
        }
        return options_.common_random_numbers == CommonRandomNumbers::pair && !members.mean() ? 2 : 1;
    }

    static bool all_over(Array2<detail::Episode<E>> const& rows) {
        for (std::int64_t row = 0; row < rows.rows; ++row) {
            if (!rows(row, 0).over) {
                return false;
            }
        }
        return true;
    }

    E environment_;
    RolloutOptions options_;
};

} // namespace eggroll::tasks
