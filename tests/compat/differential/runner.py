# SPDX-License-Identifier: Apache-2.0
"""Carries out steps, and finds the first difference."""

import collections

from exchange import Exchange
from steps import batch, blocked, dropped, seeded
from wire import comparable, replies, shown, words

KEPT_COMMANDS = 12
SHOWN_REPLIES = 3
KIND_BYTES = 8
CONTEXT = 60    # bytes of a reply before the one that differs


class WrongModel(Exception):
    """Redis itself, asked directly, did something else than the generator counts on."""


def unlike(one, other):
    """Where the first byte differs."""
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


class Divergence:
    def __init__(self, group, heard, before):
        self.group, self.heard, self.before = group, heard, before

    def at(self):
        """The number of the first reply that differs."""
        ours = [replies(comparable(data)) for data in self.heard.data]
        pairs = zip(ours[0] + [None], ours[1] + [None])
        return next((i for i, (one, other) in enumerate(pairs) if one != other), max(0, len(ours[0]) - 1)), ours

    def kind(self):
        """Alike for differences that are likely to have one cause: how the replies begin and the connections end."""
        at, ours = self.at()
        return [found[at][:KIND_BYTES] if at < len(found) else b"" for found in ours], self.heard.ends

    def text(self):
        batch, (at, (direct, through)) = self.heard.batch, self.at()
        lines = [f"connection {batch.connection}, group {self.group}: reply {at} of {len(direct)} differs"]
        lines += [f"  before: {words(command)}" for command in list(self.before)[-KEPT_COMMANDS:]]
        first = max(0, at - KEPT_COMMANDS)
        from_here = max(0, unlike(*(found[at] if at < len(found) else b"" for found in (direct, through))) - CONTEXT)
        lines += [f"  {i:4}: {words(command)}" for i, command in enumerate(batch.commands[first:at + 3], first)]
        for name, found, end in (("direct", direct, self.heard.ends[0]), ("through", through, self.heard.ends[1])):
            lines += [f"  {name:8}{at + i:4}: {shown(reply[from_here if i == 0 else 0:])}" for i, reply in enumerate(found[at:][:SHOWN_REPLIES])]
            lines.append(f"  {name:8} {end or 'open'} after {len(found)} replies")
        return "\n".join(lines)


class Stalled:
    """A difference that no reply shows: what is awaited does not come about in a Redis."""

    def __init__(self, group, what, said):
        self.group, self.what, self.said = group, what, said

    def text(self):
        lines = [f"group {self.group}: {self.what}"]
        for connection, commands in self.said.items():
            lines += [f"  connection {connection}: {words(command)}" for command in commands]
        return "\n".join(lines)


class Runner:
    def __init__(self, world, **settings):
        self.world = world
        self.exchange = Exchange(world.addresses, **settings)
        self.before = collections.defaultdict(lambda: collections.deque(maxlen=KEPT_COMMANDS))
        self.commands = self.reply_bytes = 0
        self.groups = 0

    def run(self, groups):
        """The first difference, or None."""
        for group in groups:
            try:
                if found := self.step(group):
                    return found
                if self.exchange.ended:
                    self.exchange.ended = False
                    self.world.settle(len(self.exchange.pairs))
            except AssertionError as error:
                return Stalled(self.groups, str(error), self.before)
            self.groups += 1
        return None

    def step(self, group):
        first = group[0] if group else None
        if isinstance(first, seeded):
            self.world.seed()
        elif isinstance(first, blocked):
            self.world.wait_blocked(first.count)
        elif isinstance(first, dropped):
            self.exchange.drop(first.connection, first.rest)
        elif isinstance(first, batch):
            return self.judge(group)
        return None

    def judge(self, batches):
        for heard in self.exchange.run(batches):
            expected_end = "closed" if heard.batch.tail is None else ""
            direct, through = heard.data
            if heard.ends != (expected_end, expected_end) or direct != through and comparable(direct) != comparable(through):
                found = Divergence(self.groups, heard, self.before[heard.batch.connection])
                if heard.ends[0] != expected_end:
                    raise WrongModel(f"directly: {heard.ends[0] or 'open'}, not {expected_end or 'open'}\n{found.text()}")
                return found
            self.reply_bytes += len(direct)
        for one in batches:
            self.commands += len(one.commands)
            self.before[one.connection].extend(one.commands[-KEPT_COMMANDS:])
        return None

    def close(self):
        self.exchange.close()
