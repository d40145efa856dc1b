# SPDX-License-Identifier: Apache-2.0
"""Draws what the connections say: batches of commands for connections whose state is known without asking.

A batch ends with a command whose reply nothing else has, so that its end is seen: PING with a text of its own, or, inside
MULTI, another MULTI. Everything else follows from the seed alone.
"""

import random

import scenes
from drawing import draw, speak
from fill import Filler
from state import State
from steps import batch, seeded
from wire import bulk, command

NESTED = b"-ERR MULTI calls can not be nested\r\n"
CONNECTIONS = 4
LARGEST_BATCH = 250


class Generator:
    def __init__(self, seed, protocol, dumps, without=()):
        owners = [b"c%d" % i for i in range(CONNECTIONS)]
        self.filler = Filler(seed, owners, dumps, without)
        self.random = self.filler.random
        self.cuts = random.Random(seed)    # of its own: what DUMP says changes the lengths
        self.owners = owners
        self.protocol = protocol
        self.states = [State() for _ in owners]
        self.numbers = 0
        self.commands = 0

    def steps(self, count):
        """Groups of steps that go together, until about `count` commands. A group of batches may run at the same time."""
        yield [seeded()]
        while self.commands < count:
            kind = self.random.random()
            if kind < 0.5:
                order = [i for i, s in enumerate(self.states) if self.random.random() < 0.8 and not s.exclusive]
                yield [self.batch(i, shared=False) for i in order]
            elif kind < 0.9:
                yield [self.batch(self.random.randrange(CONNECTIONS), shared=True)]
            elif kind < 0.97:
                yield from scenes.fed_blocking(self)
            elif kind < 0.99:
                yield from scenes.lost_watch(self)
            else:
                yield from scenes.vanishing(self)
            if self.random.random() < 0.01:
                yield from scenes.flush(self)

    def opening(self, state):
        """A connection's first words, if it has not said any."""
        if state.greeted:
            return []
        state.greeted = True
        wanted = self.protocol if self.protocol != "both" else self.random.choice("23")
        if wanted == "2":
            return []
        state.protocol = 3
        return [command("HELLO", "3")]

    def batch(self, index, shared):
        """Random commands. `shared`: nobody else speaks meanwhile, so they may touch what others see."""
        state = self.states[index]
        self.filler.use(self.owners[index], shared)
        commands = self.opening(state)
        count = int(self.random.random() ** 2 * LARGEST_BATCH) + 1
        while len(commands) < count:
            commands += draw(self, state, shared)
            if state.closing:
                break
        return self.ended(index, commands, shared)

    def ended(self, index, commands, shared=True):
        state = self.states[index]
        if state.closing:
            state.reset(closed=True)
            tail = None
        else:
            if state.silent:
                commands.append(speak(state))
            marker, tail = self.marker(state)
            commands.append(marker)
        state.exclusive = state.multi and (shared or state.exclusive)
        self.commands += len(commands)
        return batch(index, commands, tail, self.splits(commands))

    def marker(self, state):
        if state.multi:
            return command("MULTI"), NESTED
        text = b"marker:%d" % self.number()
        return command("PING", text), bulk(text)

    def splits(self, commands):
        """Where the bytes are cut into writes, and how long to wait before each: (offset, seconds)."""
        total = sum(map(len, commands))
        kind = self.cuts.random()
        if kind < 0.4 or total < 2:
            return []
        count = 1 + self.cuts.randrange(20 if kind < 0.9 else 200)
        offsets = sorted({self.cuts.randrange(1, total) for _ in range(count)})
        return [(offset, self.cuts.random() * 0.002 if self.cuts.random() < 0.05 else 0) for offset in offsets]

    def number(self):
        """Never the same."""
        self.numbers += 1
        return self.numbers
