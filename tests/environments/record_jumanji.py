# SPDX-License-Identifier: Apache-2.0
"""Records transitions of Jumanji's Snake-v1, Game2048-v1 and Knapsack-v1 for the tests of eggroll's own.

    pip install jumanji==1.1.2
    python record_jumanji.py DIRECTORY       # tests/data/environments

The build never runs this: what it wrote is committed. Each file is a JSON array, one record a line, of two kinds.
- "reset": the random choices that give the start, and its state and observation.
- "step": the state before, the action, the random choices, the state after, reward, terminated and observation.
Random choices are [chosen, out of how many] for integers, in the order in which eggroll draws them, and plain numbers
for uniform reals. "observation" is flattened as docs/environments.md says; {"index": ..., "value": ...} lists what is not
zero. It is null where eggroll leaves the board as it was: the snake's fatal move and the fruit on a full board.
"""

import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import jumanji
import numpy as np
from jumanji.environments.logic.game_2048.utils import move
from jumanji.environments.routing.snake.types import Position


def numbers(array):
    """A list whose floats read back as the same float32."""
    return [int(x) if float(x).is_integer() else float(str(np.float32(x))) for x in np.asarray(array).ravel()]


def sparse(array):
    flat = np.asarray(array, np.float32).ravel()
    index = np.flatnonzero(flat)
    return {"index": [int(i) for i in index], "value": numbers(flat[index])}


def write(path, records):
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    path.write_text("[\n" + lines + "\n]\n")
    print(path, len(records), "records", path.stat().st_size, "bytes")


class SnakeRecorder:
    def __init__(self):
        self.env = jumanji.make("Snake-v1")
        self.step, self.start = jax.jit(self.env.step), jax.jit(self.env.reset)
        self.records = []

    @staticmethod
    def state(s):
        order = np.asarray(s.body_state).ravel()
        cells = [int(c) for c in np.argsort(order, kind="stable") if order[c] > 0]  # tail first
        return {
            "body": cells,
            "head": int(s.head_position.row) * 12 + int(s.head_position.col),
            "fruit": int(s.fruit_position.row) * 12 + int(s.fruit_position.col),
            "steps": int(s.step_count),
            "legal": numbers(s.action_mask),
        }

    @staticmethod
    def observation(o):
        steps = np.float32(int(o.step_count)) / np.float32(4000)
        return np.concatenate([np.ravel(o.grid), [steps], np.asarray(o.action_mask, np.float32)])

    def reset(self, seed):
        s, t = self.start(jax.random.PRNGKey(seed))
        after = self.state(s)
        head, fruit = after["head"], after["fruit"]
        choices = [[head // 12, 12], [head % 12, 12], [fruit - (fruit > head), 143]]
        self.records.append({"kind": "reset", "random": choices, "after": after,
                             "observation": sparse(self.observation(t.observation))})
        return s

    def record(self, s, action):
        before = self.state(s)
        after_s, t = self.step(s, action)
        body = np.asarray(after_s.body).ravel()
        full, valid = bool(body.all()), bool(before["legal"][action])
        fruit = int(after_s.fruit_position.row) * 12 + int(after_s.fruit_position.col)
        eaten = bool(t.reward > 0)
        choices = [[int((~body[:fruit]).sum()), int((~body).sum())]] if eaten and not full else []
        self.records.append({
            "kind": "step", "before": before, "action": int(action), "random": choices, "reward": float(t.reward),
            "terminated": bool(t.step_type == 2),
            "after": self.state(after_s) if valid and not full else None,
            "observation": sparse(self.observation(t.observation)) if valid and not full else None})
        return after_s, bool(t.step_type == 2)

    def crafted(self, cells, fruit, steps=100):
        """A snake that lies on these cells, tail first."""
        order = np.zeros(144, np.int32)
        for i, cell in enumerate(cells):
            order[cell] = i + 1
        order = jnp.asarray(order.reshape(12, 12))
        head = Position(jnp.int32(cells[-1] // 12), jnp.int32(cells[-1] % 12))
        s, _ = self.start(jax.random.PRNGKey(0))
        return s.replace(body=order > 0, body_state=order, tail=order == 1, head_position=head,
                         fruit_position=Position(jnp.int32(fruit // 12), jnp.int32(fruit % 12)),
                         length=jnp.int32(len(cells)), step_count=jnp.int32(steps),
                         action_mask=self.env._get_action_mask(head, order))

    def run(self):
        for seed in range(3):
            s = self.reset(seed)
        rng = np.random.default_rng(1)
        for _ in range(70):  # towards the fruit, until it dies
            r, c = int(s.head_position.row), int(s.head_position.col)
            fr, fc = int(s.fruit_position.row), int(s.fruit_position.col)
            wish = [0] * (fr < r) + [1] * (fc > c) + [2] * (fr > r) + [3] * (fc < c)
            legal = [a for a in range(4) if s.action_mask[a]]
            good = [a for a in wish if a in legal] or legal or [0]
            s, dead = self.record(s, int(rng.choice(good)))
            if dead:
                s = self.reset(int(rng.integers(1000)))
        for head, action in ((5, 0), (59, 1), (137, 2), (60, 3)):  # out of each side
            self.record(self.crafted([head], 70), action)
        self.record(self.crafted([66, 67], 0), 3)  # back into its own neck, which is its tail: allowed
        self.record(self.crafted([65, 66, 67], 0), 3)  # back into its own neck
        ring = [53, 52, 51, 63, 75, 76, 77, 65]  # a closed ring: the head follows the tail
        self.record(self.crafted(ring, 0), 0)
        self.record(self.crafted([54] + ring, 0), 0)  # one longer: it bites
        boustrophedon = [r * 12 + (c if r % 2 == 0 else 11 - c) for r in range(12) for c in range(12)]
        self.record(self.crafted(boustrophedon[:143], 132), 3)  # the last fruit: the board is full
        self.record(self.crafted(boustrophedon[:142], 133), 3)  # the last but one
        self.record(self.crafted(boustrophedon[:143], 132), 2)  # dead with one cell to go
        self.record(self.crafted([14], 100, steps=3998), 1)  # one more would be the time limit
        self.reset(4)
        return self.records


class Game2048Recorder:
    def __init__(self):
        self.env = jumanji.make("Game2048-v1")
        self.step, self.start = jax.jit(self.env.step), jax.jit(self.env.reset)
        self.records = []

    @staticmethod
    def new_tile(without, board):
        """The choices that put the new tile there: which empty cell, then 0 of 10 for a four."""
        without, board = np.ravel(without), np.ravel(board)
        (cell,) = np.flatnonzero(without != board)
        return [[int((without[:cell] == 0).sum()), int((without == 0).sum())], [int(board[cell] == 1), 10]]

    @staticmethod
    def observation(o):
        return numbers(o.board) + numbers(o.action_mask)

    def reset(self, seed):
        s, t = self.start(jax.random.PRNGKey(seed))
        self.records.append({"kind": "reset", "random": self.new_tile(np.zeros(16), s.board),
                             "after": numbers(s.board), "observation": self.observation(t.observation)})
        return s

    def record(self, s, action):
        moved, _ = move(s.board, action)
        after, t = self.step(s, action)
        legal = bool(s.action_mask[action])
        self.records.append({
            "kind": "step", "before": numbers(s.board), "legal": numbers(s.action_mask), "action": int(action),
            "random": self.new_tile(moved, after.board) if legal else [], "reward": float(t.reward),
            "terminated": bool(t.step_type == 2), "after": numbers(after.board),
            "observation": self.observation(t.observation)})
        return after, bool(t.step_type == 2)

    def crafted(self, rows):
        board = jnp.asarray(rows, jnp.int32)
        s, _ = self.start(jax.random.PRNGKey(len(self.records)))
        return s.replace(board=board, action_mask=self.env._get_action_mask(board))

    def run(self):
        for seed in range(12):
            s = self.reset(seed)
        rng = np.random.default_rng(2)
        for _ in range(160):  # legal moves, now and then an illegal one
            legal = [a for a in range(4) if s.action_mask[a]]
            s, over = self.record(s, int(rng.integers(4)) if rng.random() < 0.1 else int(rng.choice(legal)))
            if over:
                s = self.reset(int(rng.integers(1000)))
        kinds = [[1, 1, 1, 1], [1, 1, 2, 0], [2, 1, 1, 0], [1, 2, 1, 2], [1, 0, 0, 1], [0, 0, 0, 3], [3, 3, 3, 0],
                 [0, 3, 3, 3], [1, 1, 2, 3], [3, 2, 1, 1], [4, 4, 0, 5], [10, 10, 1, 1], [1, 0, 1, 2], [2, 0, 0, 1]]
        for first in range(0, len(kinds) - 3, 3):  # four rows at a time, as rows and as columns
            rows = np.asarray(kinds[first:first + 4])
            for action in range(4):
                self.record(self.crafted(rows), action)
                self.record(self.crafted(rows.T), action)
        stuck = np.asarray([[1, 2, 1, 2], [2, 1, 2, 1], [1, 2, 1, 2], [2, 1, 2, 1]])
        full = stuck.copy()
        full[3] = [3, 3, 2, 1]  # full, one merge left
        for action in range(4):
            self.record(self.crafted(full), action)
            self.record(self.crafted(stuck), action)
        last = np.asarray([[5, 6, 7, 8], [6, 7, 8, 9], [7, 8, 9, 10], [0, 9, 10, 11]])  # the new tile may end it
        self.record(self.crafted(last), 3)
        return self.records


class KnapsackRecorder:
    def __init__(self):
        self.env = jumanji.make("Knapsack-v1")
        self.step, self.start = jax.jit(self.env.step), jax.jit(self.env.reset)
        self.records = []
        self.instance = -1

    @staticmethod
    def observation(o):
        return np.concatenate([np.asarray(x, np.float32) for x in (o.weights, o.values, o.packed_items, o.action_mask)])

    @staticmethod
    def state(s):
        """What a step changes; weights and values stand in the reset that "instance" counts."""
        return {"packed": [int(i) for i in np.flatnonzero(s.packed_items)], "budget": numbers(s.remaining_budget)[0]}

    def reset(self, seed):
        s, t = self.start(jax.random.PRNGKey(seed))
        o = self.observation(t.observation)
        self.instance += 1
        self.records.append({"kind": "reset", "random": numbers(o[:100]), "after": self.state(s),
                             "observation": sparse(o)})
        return s

    def record(self, s, action):
        after, t = self.step(s, action)
        o = self.observation(t.observation)
        over = bool(t.step_type == 2)
        self.records.append({
            "kind": "step", "instance": self.instance, "before": self.state(s), "action": int(action),
            "reward": numbers(t.reward)[0], "terminated": over, "after": self.state(after),
            "observation": sparse(o) if over or len(self.records) % 16 == 0 else None,
            "legal_after": [int(i) for i in np.flatnonzero(o[150:])]})
        return after, over

    def run(self):
        rng = np.random.default_rng(3)
        for seed in range(2):
            s, over = self.reset(seed), False
            while not over:  # whatever fits, until nothing does
                legal = np.flatnonzero(~np.asarray(s.packed_items) & (np.asarray(s.weights) <= float(s.remaining_budget)))
                previous, (s, over) = s, self.record(s, int(rng.choice(legal)))
            heavy = int(np.argmax(np.where(previous.packed_items, 0, previous.weights)))
            self.record(previous, heavy)  # overflow
            self.record(previous, int(np.flatnonzero(previous.packed_items)[0]))  # packed already
            self.record(previous.replace(remaining_budget=previous.weights[heavy]), heavy)  # fits exactly
        everything = previous.replace(packed_items=jnp.arange(50) != 7, remaining_budget=jnp.float32(3))
        self.record(everything, 7)  # the last item
        return self.records


if __name__ == "__main__":
    directory = pathlib.Path(sys.argv[1])
    write(directory / "snake.json", SnakeRecorder().run())
    write(directory / "game_2048.json", Game2048Recorder().run())
    write(directory / "knapsack.json", KnapsackRecorder().run())
