# SPDX-License-Identifier: Apache-2.0
"""Looks for fewer commands that still make a difference: groups are left out, then commands, while one is left.

What is left out may change what a connection is in the middle of, so that the end of a batch is not seen. Such an attempt counts
as without a difference: it is enough that others are left.
"""

import time

from runner import Divergence, Runner, WrongModel
from steps import batch
from wire import shown, words

SECONDS = 120
STUCK_SECONDS = 1


class Shrinker:
    def __init__(self, world, kind):
        self.world, self.kind = world, kind
        self.end = time.monotonic() + SECONDS

    def fails(self, groups):
        """The difference of this run, if there is one that counts."""
        self.world.clear()
        runner = Runner(self.world, stuck=STUCK_SECONDS)
        try:
            found = runner.run(groups)
            return found if isinstance(found, Divergence) and found.kind() == self.kind else None
        except WrongModel:
            return None
        finally:
            runner.close()

    def fewer(self, items, build):
        """Leaves out halves, quarters and so on, as long as it fails."""
        size = max(1, len(items) // 2)
        while items and time.monotonic() < self.end:
            at = 0
            while at < len(items) and time.monotonic() < self.end:
                attempt = items[:at] + items[at + size:]
                if self.fails(build(attempt)):
                    items = attempt
                else:
                    at += size
            if size == 1:
                break
            size //= 2
        return items


def flat(groups):
    """Each command of each batch by itself, to be put together again by together()."""
    return [(number, step, i) for number, group in enumerate(groups) for step in group
            for i in (range(len(step.commands)) if isinstance(step, batch) else [None])]


def together(items):
    """Groups of what is left. The end of each batch stays, so that its end is seen."""
    groups = {}
    for number, step, i in items:
        groups.setdefault(number, {}).setdefault(id(step), (step, []))[1].append(i)
    return [[restricted(step, kept) for step, kept in group.values()] for group in groups.values()]


def restricted(step, kept):
    if not isinstance(step, batch):
        return step
    last = len(step.commands) - 1
    indices = sorted({*kept, last})
    return step._replace(commands=[step.commands[i] for i in indices], splits=[] if len(indices) <= last else step.splits)


def shrink(world, groups, found):
    """Text: the commands that are left, and the difference that they make."""
    if not isinstance(found, Divergence):
        return "Nothing to compare: not made shorter."
    groups = [group for _, group in zip(range(found.group + 1), groups)]
    shrinker = Shrinker(world, found.kind())
    if not shrinker.fails(groups):
        return "It does not come again: its cause is time, or chance."
    groups = shrinker.fewer(groups, lambda items: items)
    items = shrinker.fewer(flat(groups), together)
    last = shrinker.fails(together(items))
    lines = ["Fewer commands that make a difference:"]
    for group in together(items):
        for step in group:
            said = step.commands if isinstance(step, batch) else [repr(step).encode()]
            lines += [f"  {getattr(step, 'connection', ' ')}: {words(command) if isinstance(step, batch) else shown(command)}" for command in said]
    return "\n".join([*lines, last.text() if last else "(not every time)"])
