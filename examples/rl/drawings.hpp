// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <eggroll/tasks/environments/acrobot.hpp>
#include <eggroll/tasks/environments/cart_pole.hpp>
#include <eggroll/tasks/environments/mountain_car_continuous.hpp>
#include <eggroll/tasks/environments/pendulum.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace rl {

/// Lines of text.
using Drawing = std::vector<std::string>;

/// A drawing of the rectangle [left, right] x [bottom, top].
class Canvas {
public:
    Canvas(double left, double right, double bottom, double top, int columns, int rows)
        : left_(left), bottom_(bottom), per_column_((right - left) / columns), per_row_((top - bottom) / rows),
          lines_(static_cast<std::size_t>(rows), std::string(static_cast<std::size_t>(columns), ' ')) {}

    void point(double x, double y, char mark) {
        double const column = std::floor((x - left_) / per_column_);
        double const row = static_cast<double>(lines_.size()) - 1 - std::floor((y - bottom_) / per_row_);
        if (row >= 0 && row < static_cast<double>(lines_.size()) && column >= 0 &&
            column < static_cast<double>(lines_.front().size())) {
            lines_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = mark;
        }
    }
    void line(double x0, double y0, double x1, double y1, char mark) {
        constexpr int points = 100;
        for (int i = 0; i <= points; ++i) {
            double const t = static_cast<double>(i) / points;
            point(x0 + t * (x1 - x0), y0 + t * (y1 - y0), mark);
        }
    }
    Drawing const& lines() const { return lines_; }

private:
    double left_;
    double bottom_;
    double per_column_;
    double per_row_;
    Drawing lines_;
};

/// An environment without a drawing of its own: what an agent sees.
template <class E>
Drawing draw(E const& environment, typename E::state_type const& state) {
    typename E::real_type observation[E::observation_size];
    environment.observe(state, observation);
    std::string line;
    for (auto const value : observation) {
        char text[32];
        std::snprintf(text, sizeof text, "%9.3f", static_cast<double>(value));
        line += text;
    }
    return {line};
}

template <class Real>
Drawing draw(eggroll::environments::CartPole<Real> const&,
             typename eggroll::environments::CartPole<Real>::state_type const& state) {
    double const x = static_cast<double>(state.position);
    double const angle = static_cast<double>(state.angle);
    Canvas canvas(-2.6, 2.6, -0.2, 1.2, 61, 9);
    canvas.line(-2.4, -0.1, 2.4, -0.1, '-');
    canvas.line(x, 0.1, x + std::sin(angle), 0.1 + std::cos(angle), '|');
    canvas.line(x - 0.25, 0, x + 0.25, 0, '=');
    return canvas.lines();
}

template <class Real>
Drawing draw(eggroll::environments::Acrobot<Real> const&,
             typename eggroll::environments::Acrobot<Real>::state_type const& state) {
    double const first = static_cast<double>(state.angle_1);
    double const second = first + static_cast<double>(state.angle_2);
    double const x = std::sin(first);
    double const y = -std::cos(first);
    Canvas canvas(-2.1, 2.1, -2.1, 2.1, 42, 21);
    canvas.line(-2, 1, 2, 1, '-');
    canvas.line(0, 0, x, y, '#');
    canvas.line(x, y, x + std::sin(second), y - std::cos(second), '*');
    canvas.point(0, 0, 'o');
    return canvas.lines();
}

template <class Real>
Drawing draw(eggroll::environments::MountainCarContinuous<Real> const& environment,
             typename eggroll::environments::MountainCarContinuous<Real>::state_type const& state) {
    auto const height = [](double x) { return std::sin(3 * x); };
    Canvas canvas(-1.2, 0.6, -1.1, 1.3, 60, 15);
    for (double x = -1.2; x < 0.6; x += 0.01) {
        canvas.point(x, height(x), '.');
    }
    double const goal = static_cast<double>(environment.goal);
    canvas.line(goal, height(goal), goal, height(goal) + 0.3, 'P');
    double const position = static_cast<double>(state.position);
    canvas.point(position, height(position), 'O');
    return canvas.lines();
}

template <class Real>
Drawing draw(eggroll::environments::Pendulum<Real> const&,
             typename eggroll::environments::Pendulum<Real>::state_type const& state) {
    double const angle = static_cast<double>(state.angle);
    Canvas canvas(-1.2, 1.2, -1.2, 1.2, 30, 15);
    canvas.line(0, 0, std::sin(-angle), std::cos(angle), '#');
    canvas.point(0, 0, 'o');
    return canvas.lines();
}

} // namespace rl
