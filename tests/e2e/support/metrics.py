# SPDX-License-Identifier: Apache-2.0
"""Reads a daemon's /metrics. Tests synchronise on these figures, not on time."""

import asyncio
import re
import time

from . import http, options

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class scraped:
    """One scrape."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            match = SAMPLE.match(line)
            if not match:
                raise ValueError(f"not a sample: {line!r}")
            self.samples.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))

    def get(self, name, **labels):
        """The sum of the series `name` (without its prefix herdgate_) that have these labels; there must be one."""
        full = name if name.startswith("process_") else "herdgate_" + name
        found = [v for n, l, v in self.samples if n == full and labels.items() <= l.items()]
        if not found:
            raise KeyError(f"{full} {labels}")
        total = sum(found)
        return int(total) if total == int(total) else total


async def scrape(admin_port):
    status, body = await http.request(admin_port, "/metrics", deadline=options.scaled(10))
    if status != 200:
        raise AssertionError(f"/metrics answers {status}")
    return scraped(body.decode())


async def wait_until(admin_port, condition, what, deadline=10.0):
    """The first scrape for which `condition` is true."""
    end = time.monotonic() + options.scaled(deadline)
    while True:
        seen = await scrape(admin_port)
        if condition(seen):
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not seen in the metrics in {options.scaled(deadline)} s: {what}")
        await asyncio.sleep(0.01)
