#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records what Gymnasium's MuJoCo environments do, for tests/environments/mujoco_recorded_test.cpp.

    pip install gymnasium==1.4.0 mujoco==2.3.7
    tests/environments/record_mujoco.py tests/data/environments

The build never runs it. It writes <environment>.txt, lines of words separated by spaces:
    start <state>                                               a trajectory begins
    step <action> <state> <observation> <reward> <terminated>   the state afterwards
A state is that of eggroll's environment: positions, velocities, the solver's warm start, and what observations and
rewards need of the quantities that MuJoCo derives. Each trajectory runs on in one simulation.
"""

import sys

import gymnasium
import mujoco
import numpy as np

assert (gymnasium.__version__, mujoco.__version__) == ("1.4.0", "2.3.7"), "the recorded versions"


def words(numbers, digits=17):
    return " ".join(f"{float(x):.{digits}g}" for x in np.ravel(numbers))


class Recorder:
    def __init__(self, name, derived):
        self.env = gymnasium.make(name).unwrapped
        self.derived = derived  # of an mjData
        self.random = np.random.default_rng(1)
        self.lines = []

    def state(self):
        data = self.env.data
        physics = [data.qpos, data.qvel, data.qacc_warmstart]
        return " ".join([words(x) for x in physics] + [words(x, 9 if np.size(x) > 2 else 17) for x in self.derived(data)])

    def any_action(self):
        return self.random.uniform(-1.3, 1.3, self.env.model.nu)  # the engine clips to [-1, 1]

    def trajectory(self, steps, seed=0, policy=None, start=None):
        """At most `steps` steps; ends with the episode. `start` changes (positions, velocities) in place."""
        self.env.reset(seed=seed)
        if start is not None:
            position, velocity = self.env.data.qpos.copy(), self.env.data.qvel.copy()
            start(position, velocity)
            self.env.set_state(position, velocity)
        self.lines.append("start " + self.state())
        for _ in range(steps):
            action = self.any_action() if policy is None else policy(self.env.data)
            observation, reward, terminated, _, _ = self.env.step(action)
            self.lines.append(
                f"step {words(action)} {self.state()} {words(observation, 9)} {words(reward)} {int(terminated)}"
            )
            if terminated:
                return

    def write(self, directory, name):
        with open(f"{directory}/{name}.txt", "w") as file:
            file.write("\n".join(self.lines) + "\n")


def inverted_double_pendulum():
    record = Recorder(
        "InvertedDoublePendulum-v5", lambda d: [d.site_xpos[0][[0, 2]], d.qfrc_constraint[:1]]
    )
    record.trajectory(30, seed=0)  # falls
    record.trajectory(30, seed=1, policy=lambda d: np.array([0.0]))

    def against_the_stop(position, velocity):
        position[0], velocity[0], velocity[2] = 0.95, 3.0, -12.0

    record.trajectory(12, policy=lambda d: np.array([1.0]), start=against_the_stop)
    return record


def half_cheetah():
    record = Recorder("HalfCheetah-v5", lambda d: [])
    record.trajectory(40)
    return record


def ant():
    record = Recorder("Ant-v5", lambda d: [d.xpos[1][:1], np.clip(d.cfrc_ext, -1, 1)])
    record.trajectory(14)

    def jump(position, velocity):
        position[2], velocity[2] = 0.9, 2.0

    def in_the_ground(position, velocity):
        position[2], velocity[2] = 0.1, -1.0

    record.trajectory(5, seed=2, start=jump)
    record.trajectory(5, seed=3, start=in_the_ground)
    return record


def main():
    for name, record in (("inverted_double_pendulum", inverted_double_pendulum()), ("half_cheetah", half_cheetah()),
                         ("ant", ant())):
        record.write(sys.argv[1], name)


if __name__ == "__main__":
    main()
