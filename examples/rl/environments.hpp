// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "action_views.hpp"
#include "board_drawings.hpp"
#include "drawings.hpp"

#include <eggroll/error.hpp>
#include <eggroll/models/mlp.hpp>
#include <eggroll/tasks/environments/acrobot.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/door_key.hpp>
#include <eggroll/tasks/environments/dynamic_obstacles.hpp>
#include <eggroll/tasks/environments/egocentric.hpp>
#include <eggroll/tasks/environments/four_rooms.hpp>
#include <eggroll/tasks/environments/game_2048.hpp>
#include <eggroll/tasks/environments/knapsack.hpp>
#include <eggroll/tasks/environments/mountain_car_continuous.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>
#include <eggroll/tasks/environments/snake.hpp>
#include <eggroll/tasks/rollout.hpp>

#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace rl {

template <class E>
struct Named {
    char const* name;
    E environment;
};
template <class E>
Named(char const*, E) -> Named<E>; // Clang 14 needs it

/// Grid worlds as their agents see them, 3 cells to each side.
template <class E, int... Codes>
using Egocentric = eggroll::environments::Egocentric<E, 3, Codes...>;
namespace symbols = eggroll::environments::symbols;
using eggroll::environments::symbol_code;
using EgocentricDoorKey =
    Egocentric<eggroll::environments::DoorKey<>, symbol_code(symbols::wall()), symbol_code(symbols::door(false)),
               symbol_code(symbols::door(true)), symbol_code(symbols::key()), symbol_code(symbols::goal())>;
using EgocentricFourRooms =
    Egocentric<eggroll::environments::FourRooms<>, symbol_code(symbols::wall()), symbol_code(symbols::goal())>;
using EgocentricDynamicObstacles = Egocentric<eggroll::environments::DynamicObstacles<>, symbol_code(symbols::wall()),
                                              symbol_code(symbols::ball()), symbol_code(symbols::goal())>;

/// All environments. To add one, add a line (and, if you like, a drawing).
inline auto const environments = std::tuple{
    Named{"CartPole", eggroll::environments::CartPole<>{}},
    Named{"Acrobot", eggroll::environments::Acrobot<>{}},
    Named{"MountainCarContinuous", eggroll::environments::MountainCarContinuous<>{}},
    Named{"Pendulum", eggroll::environments::Pendulum<>{}},
    Named{"DoorKey", eggroll::environments::DoorKey<>{}},
    Named{"FourRooms", eggroll::environments::FourRooms<>{}},
    Named{"DynamicObstacles", eggroll::environments::DynamicObstacles<>{.random_start = true}},
    Named{"DoorKeyEgocentric", EgocentricDoorKey{}},
    Named{"FourRoomsEgocentric", EgocentricFourRooms{}},
    Named{"DynamicObstaclesEgocentric", EgocentricDynamicObstacles{{.random_start = true}}},
    Named{"Snake", eggroll::environments::Snake<>{}},
    Named{"Game2048", eggroll::environments::Game2048<>{}},
    Named{"Knapsack", eggroll::environments::Knapsack<>{}},
};

inline std::vector<std::string> environment_names() {
    return std::apply([](auto const&... named) { return std::vector<std::string>{named.name...}; }, environments);
}

/// One episode, as it was played.
struct Film {
    std::vector<Drawing> frames; // the start, and the state after each step
    std::vector<double> rewards; // of each step
};

/// What is drawn of an environment.
template <class E>
E const& drawn(E const& environment) {
    return environment;
}
template <class E>
E const& drawn(ActionView<E> const& view) {
    return view;
}

/// An environment that notes what happens in it; for one episode at a time, on the host.
template <class E>
struct Filmed : E {
    Film* film = nullptr;

    template <class Random>
    KOKKOS_FUNCTION auto step(typename E::state_type& state, typename E::action_type const& action,
                              Random& random) const {
        auto const transition = E::step(state, action, random);
        KOKKOS_IF_ON_HOST((film->rewards.push_back(static_cast<double>(transition.reward));
                           if (transition.terminated) { // then it isn't observed again
                               film->frames.push_back(picture(state));
                           }))
        return transition;
    }
    KOKKOS_FUNCTION void observe(typename E::state_type const& state, typename E::real_type* observation) const {
        KOKKOS_IF_ON_HOST((film->frames.push_back(picture(state));))
        E::observe(state, observation);
    }

private:
    auto picture(typename E::state_type const& state) const { return draw(drawn(static_cast<E const&>(*this)), state); }
};

/// An environment whose type is forgotten: what a trainer needs of it.
template <class Members>
struct Game {
    using Play = std::function<void(eggroll::Mlp<> const&, Members const&, eggroll::tasks::Chance, eggroll::Fitness,
                                    eggroll::tasks::ObservationScale const&, eggroll::tasks::EpisodeRecord const&)>;
    int observations = 0;
    int inputs = 0; // of the policy's network
    int outputs = 0;
    bool has_goal = false; // then an episode of return > 0 is a success
    Play train;
    Play test; // an episode without discount
    std::function<Play(Film&)> film;
};

template <class Members, class E>
Game<Members> make_game(E const& environment, eggroll::tasks::RolloutOptions const& options,
                        eggroll::tasks::ActionChoice test) {
    using Rollout = eggroll::tasks::Rollout<E>;
    return {Rollout::observations,
            Rollout::observations,
            Rollout::outputs,
            eggroll::environments::goal_environment<E>,
            Rollout(environment, options),
            Rollout(environment, {.choice = test}),
            [environment, test](Film& film) {
                return eggroll::tasks::Rollout<Filmed<E>>(Filmed<E>{environment, &film}, {.choice = test});
            }};
}

/// The same with a policy that scores each action by what it leads to.
template <class Members, class E>
Game<Members> make_action_game(E const& environment, eggroll::tasks::RolloutOptions const& options,
                               eggroll::tasks::ActionChoice test) {
    using View = ActionView<E>;
    auto const each_action = [](auto const& rollout) -> typename Game<Members>::Play {
        return [rollout](eggroll::Mlp<> const& model, auto const&... rest) {
            rollout(EachAction{model, View::features}, rest...);
        };
    };
    View const view{environment};
    return {View::observation_size,
            View::features,
            1,
            eggroll::environments::goal_environment<E>,
            each_action(eggroll::tasks::Rollout(view, options)),
            each_action(eggroll::tasks::Rollout(view, {.choice = test})),
            [=](Film& film) {
                return each_action(eggroll::tasks::Rollout<Filmed<View>>(Filmed<View>{view, &film}, {.choice = test}));
            }};
}

/// Throws eggroll::Error, with the names that there are, for a name of none.
template <class Members>
Game<Members> game(std::string const& name, bool by_action, eggroll::tasks::RolloutOptions const& options,
                   eggroll::tasks::ActionChoice test) {
    Game<Members> found;
    std::string names;
    auto const look = [&](auto const& named) {
        if (named.name == name) {
            using E = std::decay_t<decltype(named.environment)>;
            if constexpr (has_action_view<E>) {
                found = by_action ? make_action_game<Members>(named.environment, options, test)
                                  : make_game<Members>(named.environment, options, test);
            } else {
                EGGROLL_EXPECTS(!by_action, "there is no --view actions of " + name + "; use --view board");
                found = make_game<Members>(named.environment, options, test);
            }
        }
        names += (names.empty() ? "" : ", ") + std::string(named.name);
    };
    std::apply([&](auto const&... named) { (look(named), ...); }, environments);
    EGGROLL_EXPECTS(found.outputs > 0, "no environment is called \"" + name + "\"; there are: " + names);
    return found;
}

} // namespace rl
