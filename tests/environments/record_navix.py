# SPDX-License-Identifier: Apache-2.0
"""Records transitions of Navix' DoorKey, FourRooms and Dynamic-Obstacles for the tests of eggroll's own.

    pip install navix==0.7.4 jumanji==1.1.2    # the second for record_jumanji.py, which this imports
    python record_navix.py DIRECTORY       # tests/data/environments

The build never runs this: what it wrote is committed. The records are those of record_jumanji.py; an observation is a
string of hexadecimal digits, one for each number. Rewards have MiniGrid's step penalty of 0.9, which Navix leaves out
unless asked. A carried key is at [0, -1]. Observations of FourRooms are kept in every fourth record.
"""

import pathlib
import sys

import jax
import jax.numpy as jnp
import navix
import numpy as np

from record_jumanji import write

LEFT, RIGHT, FORWARD, PICK_UP, DROP, TOGGLE, DONE = range(7)
EAST, SOUTH, WEST, NORTH = range(4)


class Recorder:
    def __init__(self, name):
        assert navix.make(name).penality_coeff == 0 and navix.make(name).max_steps == 100
        self.env = navix.make(name, penality_coeff=0.9)
        self.start, self.advance = jax.jit(self.env.reset), jax.jit(self.env.step)
        self.records = []

    @staticmethod
    def observation(t):
        return "".join("%x" % x for x in np.asarray(t.observation).ravel())

    @staticmethod
    def agent(t):
        player = t.state.entities["player"]
        return np.asarray(player.position)[0].tolist() + [int(player.direction[0])]

    def reset(self, seed):
        t = self.start(jax.random.PRNGKey(seed))
        after = self.state(t)
        goal = np.asarray(t.state.entities["goal"].position)[0].tolist()
        hidden = after["agent"][:2] == goal  # in this one observation Navix draws the goal over the agent
        self.records.append({"kind": "reset", "random": self.start_choices(after), "after": after,
                             "observation": None if hidden else self.observation(t)})
        return t

    def record(self, t, action):
        assert int(t.step_type) == 0
        after = self.advance(t, jnp.asarray(action))
        self.records.append({
            "kind": "step", "before": self.state(t), "action": action, "random": self.step_choices(t),
            "reward": float(str(np.float32(after.reward))), "terminated": int(after.step_type) == 2,
            "after": self.state(after), "observation": self.observation(after)})
        return after

    def step_choices(self, t):
        return []

    def crafted(self, t, steps=10, **entities):
        """The timestep with entities' fields replaced: player={"position": ..., "direction": ...}, ..."""
        changed = dict(t.state.entities)
        for name, fields in entities.items():
            old = changed[name]
            changed[name] = old.replace(
                **{k: jnp.asarray(v, getattr(old, k).dtype).reshape(getattr(old, k).shape) for k, v in fields.items()})
        return t.replace(t=jnp.asarray(steps, jnp.int32), step_type=jnp.asarray(0, jnp.int32),
                         state=t.state.replace(entities=changed))

    def wander(self, t, count, rng, weights):
        """Random actions; a new start where the episode ends."""
        for _ in range(count):
            t = self.record(t, int(rng.choice(7, p=weights)))
            if int(t.step_type) > 0:
                t = self.reset(int(rng.integers(1000)))


class DoorKey(Recorder):
    def __init__(self, size):
        super().__init__(f"Navix-DoorKey-{size}x{size}-v0")
        self.size = size

    def state(self, t):
        door, key, player = (t.state.entities[k] for k in ("door", "key", "player"))
        return {"agent": self.agent(t), "door": np.asarray(door.position)[0].tolist(), "open": bool(door.open[0]),
                "key": np.asarray(key.position)[0].tolist(), "has_key": int(player.pocket[0]) == 3,
                "steps": int(t.t)}

    def start_choices(self, after):
        row, column = after["door"]
        width, height = column - 1, self.size - 2
        key = (after["key"][0] - 1) * width + after["key"][1] - 1
        return [[column - 2, self.size - 4], [row - 1, height], [key - 1, height * width - 1]]

    def run(self):
        rng, weights = np.random.default_rng(4), [0.15, 0.15, 0.4, 0.1, 0.05, 0.1, 0.05]
        for seed in range(12):
            t = self.reset(seed)
        if self.size != 8:
            self.wander(t, 40, rng, weights)
            return self.records
        t = self.start(jax.random.PRNGKey(4))
        (row, column), key = self.state(t)["door"], self.state(t)["key"]
        locked, opened = {"open": False, "requires": 3}, {"open": True, "requires": -1}
        carried, beyond = [0, -1], [6, column + 1]  # beyond: on the door's far side
        at_door, before_goal = {"position": [row, column - 1], "direction": EAST}, {"position": [6, 5], "direction": EAST}
        places = [  # player, key, door
            ({"position": [1, 1], "direction": NORTH, "pocket": -1}, key, locked),
            ({"position": [1, 1], "direction": WEST, "pocket": -1}, key, locked),
            ({"position": [6, 1], "direction": SOUTH, "pocket": 3}, carried, locked),
            ({"position": [row % 6 + 1, column - 1], "direction": EAST, "pocket": 3}, carried, locked),  # at the wall
            ({"position": [3, 1], "direction": SOUTH, "pocket": -1}, [4, 1], locked),  # at the key
            ({"position": [3, 1], "direction": SOUTH, "pocket": 3}, [4, 1], locked),  # at the key, dropped before
            ({"position": [3, 1], "direction": SOUTH, "pocket": 3}, carried, locked),  # on the floor
            ({**at_door, "pocket": -1}, [1, 2], locked),
            ({**at_door, "pocket": 3}, [1, 2], locked),  # dropped elsewhere
            ({**at_door, "pocket": 3}, carried, locked),
            ({**at_door, "pocket": 3}, carried, opened),
            ({**at_door, "pocket": 3}, [row, column], opened),  # the key lies in the door
            ({"position": [row, column], "direction": EAST, "pocket": 3}, carried, opened),  # in the door
            ({**before_goal, "pocket": 3}, carried, opened),
            ({**before_goal, "pocket": 3}, [6, 6], opened),  # the key lies on the goal
            ({"position": [5, 6], "direction": SOUTH, "pocket": 3}, beyond, opened),
        ]
        for player, key_position, door in places:
            here = self.crafted(t, player=player, key={"position": key_position}, door=door)
            for action in range(7):
                self.record(here, action)
        for steps in (0, 98, 99):
            self.record(self.crafted(t, steps, player={**before_goal, "pocket": 3}, door=opened), FORWARD)
        self.wander(self.reset(4), 60, rng, weights)
        return self.records


class FourRooms(Recorder):
    def __init__(self):
        super().__init__("Navix-FourRooms-v0")

    def walls(self, t):
        blocked = np.asarray(t.state.grid) != 0
        blocked[tuple(np.asarray(t.state.entities["wall"].position).T)] = True
        self.free = np.flatnonzero(~blocked.ravel())
        return blocked

    def state(self, t):
        blocked = self.walls(t)
        return {"agent": self.agent(t), "goal": np.asarray(t.state.entities["goal"].position)[0].tolist(),
                "rows": np.flatnonzero(~blocked[:, 9]).tolist(), "columns": np.flatnonzero(~blocked[9]).tolist(),
                "steps": int(t.t)}

    def start_choices(self, after):
        ordinal = lambda cell: [int(np.searchsorted(self.free, cell[0] * 19 + cell[1])), len(self.free)]
        return [[after["rows"][0] - 1, 8], [after["columns"][0] - 1, 8], ordinal(after["agent"]), ordinal(after["goal"])]

    def run(self):
        starts = [self.reset(seed) for seed in range(24)]
        t = starts[0]
        s = self.state(t)
        goal = [4, 4]
        for position in ([1, 1], [17, 17], [8, 10], [10, 8], [s["rows"][0], 8], [8, s["columns"][0]], [s["rows"][1], 9],
                         [9, s["columns"][1]], [3, 4], [4, 5]):
            for direction in range(4):
                here = self.crafted(t, player={"position": position, "direction": direction}, goal={"position": goal})
                self.record(here, FORWARD)
        on_goal = self.crafted(t, player={"position": goal, "direction": EAST}, goal={"position": goal})
        for action in range(7):
            self.record(on_goal, action)
        self.record(self.crafted(t, player={"position": [1, 1], "direction": NORTH}, goal={"position": [1, 1]}), FORWARD)
        self.wander(starts[1], 40, np.random.default_rng(5), [0.1, 0.1, 0.6, 0.05, 0.05, 0.05, 0.05])
        self.reset(24)
        for i, record in enumerate(self.records):
            if i % 4 != 0:
                del record["observation"]
        return self.records


class DynamicObstacles(Recorder):
    def __init__(self, size, random_start):
        super().__init__(f"Navix-Dynamic-Obstacles-{size}x{size}-{'Random-' if random_start else ''}v0")
        self.size, self.random_start = size, random_start

    def state(self, t):
        return {"agent": self.agent(t), "balls": np.asarray(t.state.entities["ball"].position).tolist(),
                "steps": int(t.t)}

    def start_choices(self, after):
        row, column, direction = after["agent"]
        width = self.size - 2
        taken = {(row, column), (width, width)}
        inner = range(1, width + 1)
        cells = [(r, c) for r in inner for c in inner if (r, c) not in taken]
        agent = [[(row - 1) * width + column - 1, width * width], [direction, 4]] if self.random_start else []
        return agent + [[cells.index(tuple(ball)), len(cells)] for ball in after["balls"]]

    def step_choices(self, t):
        balls = len(t.state.entities["ball"].position)
        return [[int(jax.random.randint(k, (), 0, 4)), 4] for k in jax.random.split(t.state.key, balls + 1)[1:]]

    def run(self):
        rng, weights = np.random.default_rng(6), [0.15, 0.15, 0.5, 0.05, 0.05, 0.05, 0.05]
        for seed in range(12):
            t = self.reset(seed)
        if self.size != 6:
            self.wander(t, 40, rng, weights)
            return self.records
        if self.random_start:  # they differ in the start only
            while self.agent(t)[:2] != [4, 4]:  # on the goal: only two cells are taken then
                seed += 1
                self.records.pop()
                t = self.reset(seed)
            return self.records
        for seed in range(10):  # beside the goal, so that reaching it and being hit both happen
            here = self.crafted(self.start(jax.random.PRNGKey(seed)), steps=int(rng.integers(99)),
                                player={"position": [4, 3], "direction": EAST})
            self.record(here, FORWARD)
        for seed in range(10):  # balls on one cell, and one in the agent's way
            here = self.crafted(self.start(jax.random.PRNGKey(seed)), player={"position": [2, 2], "direction": EAST},
                                ball={"position": [[3, 3], [2, 3], [2, 3]]})
            self.record(here, FORWARD)
        self.wander(self.reset(7), 200, rng, weights)
        return self.records


if __name__ == "__main__":
    directory = pathlib.Path(sys.argv[1])
    write(directory / "door_key.json", DoorKey(8).run())
    write(directory / "door_key_5.json", DoorKey(5).run())
    write(directory / "four_rooms.json", FourRooms().run())
    write(directory / "dynamic_obstacles.json", DynamicObstacles(6, random_start=False).run())
    write(directory / "dynamic_obstacles_random.json", DynamicObstacles(6, random_start=True).run())
    write(directory / "dynamic_obstacles_5.json", DynamicObstacles(5, random_start=False).run())
