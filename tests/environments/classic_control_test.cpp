// SPDX-License-Identifier: Apache-2.0
// The classic-control environments against trajectories of the original package, recorded by record_gymnasium.py.

#include "environments/recording.hpp"

#include <eggroll/tasks/environments/acrobot.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/mountain_car_continuous.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>

#include <Kokkos_Core.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace eggroll;
using namespace eggroll::environments;
using namespace eggroll::testing;

struct CartPoleCase {
    template <class Real>
    using of = CartPole<Real>;
    static constexpr char const* recording = "cart_pole";
    static constexpr double magnitude = 1; // of the smallest variable
    static constexpr int max_steps = 500;
    static constexpr double start_low[] = {-0.05, -0.05, -0.05, -0.05};
    static constexpr double start_high[] = {0.05, 0.05, 0.05, 0.05};
};
struct AcrobotCase {
    template <class Real>
    using of = Acrobot<Real>;
    static constexpr char const* recording = "acrobot";
    static constexpr double magnitude = 1; // of the smallest variable
    static constexpr int max_steps = 500;
    static constexpr double start_low[] = {-0.1, -0.1, -0.1, -0.1};
    static constexpr double start_high[] = {0.1, 0.1, 0.1, 0.1};
};
struct MountainCarContinuousCase {
    template <class Real>
    using of = MountainCarContinuous<Real>;
    static constexpr char const* recording = "mountain_car_continuous";
    static constexpr double magnitude = 0.07; // of the smallest variable
    static constexpr int max_steps = 999;
    static constexpr double start_low[] = {-0.6, 0};
    static constexpr double start_high[] = {-0.4, 0};
};
struct PendulumCase {
    template <class Real>
    using of = Pendulum<Real>;
    static constexpr char const* recording = "pendulum";
    static constexpr double magnitude = 1; // of the smallest variable
    static constexpr int max_steps = 200;
    static constexpr double start_low[] = {-3.14159265358979, -1};
    static constexpr double start_high[] = {3.14159265358979, 1};
};

template <class E>
std::vector<RecordedStep<E>> recording_of(char const* name) {
    return read_recording<E>(std::string(EGGROLL_RECORDINGS_DIR) + "/" + name + ".txt");
}

/// What a step makes of a state.
template <class E>
struct Outcome {
    typename E::state_type state;
    typename E::real_type observation[E::observation_size];
    Transition<typename E::real_type> transition;
};

template <class E>
KOKKOS_FUNCTION Outcome<E> outcome(typename E::state_type const& before, typename E::action_type const& action) {
    EpisodeRandom random({}, 0, 0, 1);
    Outcome<E> out{before, {}, {}};
    out.transition = E{}.step(out.state, action, random);
    E{}.observe(out.state, out.observation);
    return out;
}

/// A recorded state, rounded if E computes in float.
template <class E, class Recorded>
typename E::state_type state_of(RecordedStep<Recorded> const& step) {
    Numbers<E> values{};
    auto const recorded = numbers<Recorded>(step.before);
    std::transform(recorded.begin(), recorded.end(), values.begin(),
                   [](double x) { return static_cast<typename E::real_type>(x); });
    return std::bit_cast<typename E::state_type>(values);
}

constexpr double unit_roundoff = 0x1p-24; // of float

bool close(double a, double b, double tolerance = 1e-12) {
    return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

/// What differs from the recording by more than 1e-12 in double, "" if nothing does. Observations are recorded as
/// float32, so to its half unit; but those of MountainCarContinuous are computed in float32 and compared elsewhere.
template <class E>
std::string difference(Outcome<E> const& out, RecordedStep<E> const& step) {
    auto const state = numbers<E>(out.state);
    auto const expected = numbers<E>(step.after);
    for (std::size_t i = 0; i < state.size(); ++i) {
        if (!close(state[i], expected[i])) {
            return "variable " + std::to_string(i) + " of the state";
        }
    }
    for (std::size_t i = 0; i < step.observation.size(); ++i) {
        double const error = std::abs(out.observation[i] - step.observation[i]);
        bool const computed_in_float = std::is_same_v<E, MountainCarContinuous<double>>;
        if (!computed_in_float && error > unit_roundoff * std::abs(step.observation[i]) + 1e-12) {
            return "observation " + std::to_string(i);
        }
    }
    if (!close(out.transition.reward, step.reward)) {
        return "reward " + std::to_string(out.transition.reward);
    }
    return out.transition.terminated == step.terminated ? "" : "terminated";
}

/// How far the observation and reward of a float32 computation may be from those in double: as far as if the state,
/// each variable relative to max(magnitude, |variable|), and then the result had been wrong by 4 roundings. A backward
/// error bound: the step's own conditioning is in it, and next to a jump (an end, a wall) so is the jump.
template <class E>
struct FloatBound {
    static constexpr int size = E::observation_size + 1; // and the reward
    static constexpr double roundings = 4 * unit_roundoff;
    std::array<double, size> bound{};
    bool may_end_otherwise = false;

    FloatBound(RecordedStep<E> const& step, double magnitude) {
        auto const action = action_of<E>(step.action);
        auto const exact = outcome<E>(step.before, action);
        auto const values = [](Outcome<E> const& out) {
            std::array<double, size> all{};
            std::copy_n(out.observation, size - 1, all.begin());
            all.back() = out.transition.reward;
            return all;
        };
        for (int i = 0; i < size; ++i) {
            auto const n = static_cast<std::size_t>(i);
            bound[n] = roundings * std::max(magnitude, std::abs(values(exact)[n]));
        }
        auto const before = numbers<E>(step.before);
        for (std::size_t j = 0; j < before.size(); ++j) {
            std::array<double, size> largest{};
            for (double const sign : {-1.0, 1.0}) {
                auto moved = before;
                moved[j] += sign * roundings * std::max(magnitude, std::abs(before[j]));
                auto const out = outcome<E>(std::bit_cast<typename E::state_type>(moved), action);
                may_end_otherwise |= out.transition.terminated != exact.transition.terminated;
                for (std::size_t i = 0; i < size; ++i) {
                    largest[i] = std::max(largest[i], std::abs(values(out)[i] - values(exact)[i]));
                }
            }
            std::transform(bound.begin(), bound.end(), largest.begin(), bound.begin(), std::plus{});
        }
    }
};

} // namespace

TEMPLATE_TEST_CASE("each recorded step is the environment's", "", CartPoleCase, AcrobotCase, MountainCarContinuousCase,
                   PendulumCase) {
    using E = typename TestType::template of<double>;
    STATIC_REQUIRE(environment<E>);
    CHECK(E{}.max_steps == TestType::max_steps);
    int row = 0;
    for (auto const& step : recording_of<E>(TestType::recording)) {
        CAPTURE(row++);
        CHECK(difference(outcome<E>(step.before, action_of<E>(step.action)), step) == "");
    }
}

TEMPLATE_TEST_CASE("a free-running environment stays on the recorded trajectory", "", CartPoleCase, AcrobotCase,
                   MountainCarContinuousCase, PendulumCase) {
    // 1e-15 a step, growing by less than 1.5 times a step.
    constexpr int steps = 30;
    constexpr double tolerance = 1e-9;
    using E = typename TestType::template of<double>;
    EpisodeRandom random({}, 0, 0, 1);
    typename E::state_type state{};
    int age = 0;
    for (auto const& step : recording_of<E>(TestType::recording)) {
        if (step.first) {
            state = step.before;
            age = 0;
        }
        if (age++ < steps) {
            CHECK(E{}.step(state, action_of<E>(step.action), random).terminated == step.terminated);
            auto const all = numbers<E>(state);
            auto const expected = numbers<E>(step.after);
            for (std::size_t i = 0; i < all.size(); ++i) {
                CHECK(close(all[i], expected[i], tolerance));
            }
        }
    }
}

TEMPLATE_TEST_CASE("float differs by roundings only", "", CartPoleCase, AcrobotCase, MountainCarContinuousCase,
                   PendulumCase) {
    using E = typename TestType::template of<double>;
    using Single = typename TestType::template of<float>;
    STATIC_REQUIRE(environment<Single>);
    double worst = 0; // share of the bound
    for (auto const& step : recording_of<E>(TestType::recording)) {
        FloatBound<E> const bound(step, TestType::magnitude);
        auto const out = outcome<Single>(state_of<Single>(step), action_of<Single>(step.action));
        for (std::size_t i = 0; i < step.observation.size(); ++i) {
            worst = std::max(worst, std::abs(out.observation[i] - step.observation[i]) / bound.bound[i]);
        }
        worst = std::max(worst, std::abs(out.transition.reward - step.reward) / bound.bound.back());
        CHECK((bound.may_end_otherwise || out.transition.terminated == step.terminated));
    }
    CAPTURE(worst); // of the bound
    CHECK(worst <= 1);
}

namespace {

template <class E>
bool same_bits(Outcome<E> const& a, Outcome<E> const& b) {
    return numbers<E>(a.state) == numbers<E>(b.state) &&
           std::equal(a.observation, a.observation + E::observation_size, b.observation) &&
           a.transition.reward == b.transition.reward && a.transition.terminated == b.transition.terminated;
}

template <class E>
struct StepAll {
    Kokkos::View<typename E::state_type*> before;
    Kokkos::View<typename E::action_type*> action;
    Kokkos::View<Outcome<E>*> out;
    KOKKOS_FUNCTION void operator()(int i) const { out(i) = outcome<E>(before(i), action(i)); }
};

/// Every recorded step, computed on the default device: what the host computes, and in double the recording.
template <class E, class Recorded>
void check_device(std::vector<RecordedStep<Recorded>> const& steps) {
    auto const count = static_cast<int>(steps.size());
    StepAll<E> const all{Kokkos::View<typename E::state_type*>("eggroll::before", steps.size()),
                         Kokkos::View<typename E::action_type*>("eggroll::action", steps.size()),
                         Kokkos::View<Outcome<E>*>("eggroll::out", steps.size())};
    auto const before = Kokkos::create_mirror_view(all.before);
    auto const action = Kokkos::create_mirror_view(all.action);
    for (int i = 0; i < count; ++i) {
        before(i) = state_of<E>(steps[static_cast<std::size_t>(i)]);
        action(i) = action_of<E>(steps[static_cast<std::size_t>(i)].action);
    }
    Kokkos::deep_copy(all.before, before);
    Kokkos::deep_copy(all.action, action);
    Kokkos::parallel_for("eggroll::step", Kokkos::RangePolicy<Kokkos::IndexType<int>>(0, count), all);
    auto const out = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, all.out);
    for (int i = 0; i < count; ++i) {
        CAPTURE(i);
        if constexpr (std::is_same_v<E, Recorded>) {
            CHECK(difference(out(i), steps[static_cast<std::size_t>(i)]) == "");
        }
        if constexpr (Kokkos::SpaceAccessibility<Kokkos::DefaultExecutionSpace, Kokkos::HostSpace>::accessible) {
            CHECK(same_bits(out(i), outcome<E>(before(i), action(i))));
        }
    }
}

} // namespace

TEMPLATE_TEST_CASE("a device computes what the host does", "", CartPoleCase, AcrobotCase, MountainCarContinuousCase,
                   PendulumCase) {
    using E = typename TestType::template of<double>;
    auto const steps = recording_of<E>(TestType::recording);
    check_device<E>(steps);
    check_device<typename TestType::template of<float>>(steps);
}

TEMPLATE_TEST_CASE("a loop over environments, SIMD or not, computes what each alone does", "", CartPoleCase,
                   AcrobotCase, MountainCarContinuousCase, PendulumCase) {
    // So that results don't depend on how many members a slice has.
    using E = typename TestType::template of<float>;
    auto const steps = recording_of<typename TestType::template of<double>>(TestType::recording);
    std::size_t const count = steps.size();
    std::vector<typename E::state_type> states;
    std::vector<typename E::action_type> actions;
    for (auto const& step : steps) {
        states.push_back(state_of<E>(step));
        actions.push_back(action_of<E>(step.action));
    }
    std::vector<Outcome<E>> together(count);
    auto const* const action = actions.data();
    auto* const all = states.data();
    auto* const out = together.data();
    for (std::size_t i = 0; i < count; ++i) {
        EpisodeRandom random({}, 0, 0, 1);
        auto state = all[i];
        out[i].transition = E{}.step(state, action[i], random);
        E{}.observe(state, out[i].observation);
        out[i].state = state;
    }
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(same_bits(together[i], outcome<E>(states[i], actions[i])));
    }
}

TEMPLATE_TEST_CASE("starts are uniform within their limits", "", CartPoleCase, AcrobotCase, MountainCarContinuousCase,
                   PendulumCase) {
    using E = typename TestType::template of<double>;
    using Single = typename TestType::template of<float>;
    constexpr int episodes = 1 << 16;
    constexpr std::size_t variables = std::tuple_size_v<Numbers<E>>;
    std::vector<Numbers<E>> starts;
    for (std::uint32_t episode = 0; episode < episodes; ++episode) {
        EpisodeRandom random(Seed(3).key(), 0, episode, 0);
        EpisodeRandom again = random;
        typename E::state_type start;
        E{}.reset(start, random);
        starts.push_back(numbers<E>(start));
        typename Single::state_type single;
        Single{}.reset(single, again);
        for (std::size_t i = 0; i < variables; ++i) {
            if (!close(numbers<Single>(single)[i], starts.back()[i], 20 * unit_roundoff)) { // low, width, product, sum
                FAIL("float starts elsewhere");
            }
        }
    }
    for (std::size_t i = 0; i < variables; ++i) {
        CAPTURE(i);
        double const low = TestType::start_low[i];
        double const width = TestType::start_high[i] - low;
        if (width == 0) {
            CHECK(std::all_of(starts.begin(), starts.end(), [&](auto const& start) { return start[i] == low; }));
            continue;
        }
        // u in [0, 1): the ends are approached within 2e-4 but for a probability of 2 exp(-13); mean 1/2 of deviation
        // 1/sqrt(12 n), mean square 1/3 of deviation sqrt(4/45 / n), and covariances of deviation 1/(12 sqrt n): five
        // deviations each, exceeded with probability 6e-7.
        double least = 1, most = 0, mean = 0, square = 0;
        std::array<double, variables> covariance{};
        for (auto const& start : starts) {
            double const u = (start[i] - low) / width;
            least = std::min(least, u);
            most = std::max(most, u);
            mean += u / episodes;
            square += u * u / episodes;
            for (std::size_t j = 0; j < i; ++j) {
                double const other =
                    (start[j] - TestType::start_low[j]) / (TestType::start_high[j] - TestType::start_low[j]);
                covariance[j] += (u - 0.5) * (other - 0.5) / episodes;
            }
        }
        CHECK(least >= -1e-12);
        CHECK(least < 2e-4);
        CHECK(most <= 1 + 1e-12);
        CHECK(most > 1 - 2e-4);
        CHECK(std::abs(mean - 0.5) < 5 * std::sqrt(1.0 / 12 / episodes));
        CHECK(std::abs(square - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / episodes));
        CHECK(std::all_of(covariance.begin(), covariance.end(),
                          [](double c) { return std::abs(c) < 5.0 / 12 / std::sqrt(double{episodes}); }));
    }
}
