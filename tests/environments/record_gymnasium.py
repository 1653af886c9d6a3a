#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records what Gymnasium's classic-control environments do, for tests/environments/classic_control_test.cpp.

    pip install gymnasium==1.4.0
    tests/environments/record_gymnasium.py tests/data/environments

The build never runs it. It writes <environment>.txt, lines of words separated by spaces:
    start <state>                                     a trajectory begins; numbers are doubles
    step <action> <state> <observation> <reward> <terminated>   the state afterwards; the observation is float32
MountainCarContinuous rounds its state to float32 after each step. Its states and rewards are recorded from the same code
with that rounding taken out; its observations from the code as it is, started from the rounded state.
"""

import sys
import types

import gymnasium
import numpy as np
from gymnasium.envs.classic_control import acrobot, cartpole, continuous_mountain_car, pendulum

assert gymnasium.__version__ == "1.4.0", "the recorded version"


def discrete(action):
    return action


def continuous(action):
    return np.array([action], dtype=np.float64)


class Recorder:
    def __init__(self, env, as_action):
        self.env = env
        self.as_action = as_action
        self.lines = []

    def step_from(self, state, action):
        """(state, observation, reward, terminated) one step after `state`."""
        self.env.reset(seed=0)
        self.env.state = np.array(state, dtype=np.float64)
        observation, reward, terminated, _, _ = self.env.step(self.as_action(action))
        return [float(x) for x in self.env.state], observation, float(reward), terminated

    def trajectory(self, state, policy, steps):
        """At most `steps` steps from `state`; ends with the episode."""
        self.lines.append("start " + " ".join(f"{x:.17g}" for x in state))
        for _ in range(steps):
            action = policy(state)
            state, observation, reward, terminated = self.step_from(state, action)
            self.lines.append(
                f"step {action:.17g} "
                + " ".join(f"{x:.17g}" for x in state)
                + " "
                + " ".join(f"{float(np.float32(x)):.9g}" for x in observation)
                + f" {reward:.17g} {int(terminated)}"
            )
            if terminated:
                return

    def edge(self, one, other, action):
        """One step from either side of the line where `terminated` changes, 1e-6 apart."""
        one, other = np.array(one, dtype=np.float64), np.array(other, dtype=np.float64)
        ends = self.step_from(one, action)[3]
        assert ends != self.step_from(other, action)[3]
        while np.max(np.abs(one - other)) > 1e-6:
            middle = (one + other) / 2
            if self.step_from(middle, action)[3] == ends:
                one = middle
            else:
                other = middle
        for state in (one, other):
            self.trajectory(state, lambda _: action, 1)

    def start(self, seed):
        self.env.reset(seed=seed)
        return [float(x) for x in self.env.state]

    def write(self, path):
        with open(path, "w") as file:
            file.write("\n".join(self.lines) + "\n")


class UnroundedMountainCar(Recorder):
    def __init__(self):
        super().__init__(continuous_mountain_car.Continuous_MountainCarEnv(), continuous)

    def step_from(self, state, action):
        rounded = np.array(state, dtype=np.float32)
        self.env.reset(seed=0)
        self.env.state = rounded
        observation = self.env.step(np.array([action], dtype=np.float32))[0]
        module_numpy = continuous_mountain_car.np
        continuous_mountain_car.np = types.SimpleNamespace(array=np.array, float32=np.float64)
        try:
            state, _, reward, terminated = super().step_from(state, action)
        finally:
            continuous_mountain_car.np = module_numpy
        return state, observation, reward, terminated


def cart_pole():
    random = np.random.default_rng(1)
    record = Recorder(cartpole.CartPoleEnv(), discrete)
    for seed in range(4):
        record.trajectory(record.start(seed), lambda _: int(random.integers(2)), 100)
    record.trajectory(record.start(4), lambda s: int(s[2] + 0.3 * s[3] > 0), 60)
    for side in (-1, 1):
        record.trajectory([side * 2.2, side * 1.5, side * 0.1, side * 0.5], lambda s: int(s[2] + 0.3 * s[3] > 0), 20)
        for action in (0, 1):
            record.edge([side * 2.3, side * 0.7, 0.1, -0.2], [side * 2.5, side * 0.7, 0.1, -0.2], action)
            record.edge([0.5, -0.2, side * 0.2, side * 0.3], [0.5, -0.2, side * 0.22, side * 0.3], action)
    return record


def acrobot_():
    random = np.random.default_rng(2)
    record = Recorder(acrobot.AcrobotEnv(), discrete)
    for seed in range(2):
        record.trajectory(record.start(seed), lambda _: int(random.integers(3)), 40)
    record.trajectory(record.start(2), lambda s: 2 if s[3] > 0 else 0, 100)  # swings up
    for side in (-1, 1):  # both limits of velocity, both ends of the angles
        record.trajectory([side * 0.5, side * 1.0, side * 12.5, side * 28.0], lambda s: 1 + side, 10)
        record.trajectory([side * 1.5, side * 3.1, side * 1.0, side * 2.0], lambda s: 1 - side, 10)
        record.trajectory([side * 3.14, side * -3.14, side * 0.5, side * -1.0], lambda s: 1 + side, 10)
        for action in range(3):
            record.edge([side * 1.5, side * 0.3, side * 0.5, side * 0.2], [side * 2.2, side * 0.3, side * 0.5, side * 0.2], action)
    return record


def mountain_car_continuous():
    random = np.random.default_rng(3)
    record = UnroundedMountainCar()
    record.trajectory(record.start(0), lambda _: float(np.float32(random.uniform(-1.5, 1.5))), 100)
    record.trajectory(record.start(1), lambda s: 1.0 if s[1] >= 0 else -1.0, 200)  # to the goal
    for position, velocity, action in ((-1.1, -0.05, -1), (-1.19, -0.069, 1), (-1.2, 0.0, -0.5), (-0.5, 0.0699, 1.5),
                                       (-1.0, -0.0695, -2), (-0.4, 0.07, 1), (-0.95, -0.0699, -1), (0.2, -0.0699, -1),
                                       (0.58, 0.06, 0.5), (0.5, -0.01, 0.25)):
        record.trajectory([position, velocity], lambda _: action, 6)
    record.edge([0.40, 0.02], [0.44, 0.02], 0.5)
    record.edge([0.5, -0.01], [0.5, 0.01], 0.5)
    return record


def pendulum_():
    random = np.random.default_rng(4)
    record = Recorder(pendulum.PendulumEnv(), continuous)
    for seed in range(2):
        record.trajectory(record.start(seed), lambda _: float(np.float32(random.uniform(-3, 3))), 60)
    record.trajectory(record.start(2), lambda s: 2.0 if s[1] > 0 else -2.0, 60)  # gains energy, turns over
    for side in (-1, 1):
        record.trajectory([side * 3.1, side * 7.5], lambda _: side * 2.5, 40)  # at the velocity's limit, many turns
        record.trajectory([side * 40.0, side * -1.0], lambda _: side * -1.75, 20)
    return record


def main():
    for name, record in (("cart_pole", cart_pole()), ("acrobot", acrobot_()),
                         ("mountain_car_continuous", mountain_car_continuous()), ("pendulum", pendulum_())):
        record.write(f"{sys.argv[1]}/{name}.txt")


if __name__ == "__main__":
    main()
