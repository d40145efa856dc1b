# SPDX-License-Identifier: Apache-2.0
"""A herdgate daemon on free ports of 127.0.0.1. Whoever stops it learns that it ended well, or why not."""

import asyncio
import json
import os
import pathlib
import re
import signal
import time

from . import http, metrics, options, resp
from .process import process

SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior|Memory)Sanitizer|runtime error:|Assertion|assertion")


def http_route(name, origin_port, match=None, target=None, http=None, **settings):
    """A route to the origin's products."""
    url = f"http://127.0.0.1:{origin_port}" + (target or "/products/{id}")
    return {"name": name, "match": match or name + ":{id}", "load": {"http": {"url": url, **(http or {})}}, **settings}


def command_route(name, argv, match=None, command=None, **settings):
    return {"name": name, "match": match or name + ":{id}", "load": {"command": {"argv": argv, **(command or {})}}, **settings}


def write_config(folder, routes, **settings):
    """A configuration file (JSON is YAML) with free ports."""
    content = {"listen": [{"address": "127.0.0.1:0"}], "admin": {"address": "127.0.0.1:0"}, "workers": 2,
               "routes": routes, **settings}
    path = pathlib.Path(folder) / "herdgate.yaml"
    path.write_text(json.dumps(content, indent=1))
    return path


async def launch(config, pass_fds=()):
    """The daemon's process, ready or not."""
    # A sanitizer's quarantine is not the daemon's memory.
    environment = dict(os.environ)
    environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
    return await process.start(options.binary, "run", "-c", str(config), watch="stderr", env=environment, pass_fds=pass_fds)


class daemon:
    def __init__(self, started):
        self.process = started
        self.pid = started.pid
        self.port = None
        self.admin_port = None
        self.judged = False    # its end has been looked at

    @classmethod
    async def start(cls, config, **more):
        self = cls(await launch(config, **more))
        try:
            await self.process.wait_line(r"is ready:")
            listening = [m for line in self.process.lines if (m := re.search(r"listening on 127\.0\.0\.1:(\d+)", line))]
            self.port = int(listening[0][1]) if listening else None
            if admin := re.search(r"admin on http://127\.0\.0\.1:(\d+)", self.process.text):
                self.admin_port = int(admin[1])
        except BaseException:
            await self.process.kill()
            raise
        return self

    async def connect(self):
        return await resp.connect(self.port)

    async def metrics(self):
        return await metrics.scrape(self.admin_port)

    async def wait_until(self, condition, what, deadline=10.0):
        return await metrics.wait_until(self.admin_port, condition, what, deadline)

    async def wait_for_waiters(self, count):
        return await self.wait_until(lambda m: m.get("waiters") == count, f"{count} waiters")

    async def wait_idle(self):
        """Until no flight, no load and nobody who waits is left. A page of figures is no snapshot: each is read by itself.

        A worker may have told another to load what a reader has been answered with already: when each has said twice what
        flights it has, that has been heard.
        """
        for _ in range(2):
            await http.request(self.admin_port, "/flights", deadline=options.scaled(10))
        idle = ("flights", "loads_in_flight", "load_queue_length", "waiters")
        return await self.wait_until(lambda m: all(m.get(gauge) == 0 for gauge in idle), "nothing going on", 20)

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    async def ended(self, deadline=20.0):
        """Asserts that it ends well; returns how long that took."""
        began, self.judged = time.monotonic(), True
        try:
            status = await self.process.wait_exit(options.scaled(deadline))
        except asyncio.TimeoutError:
            await self.process.kill()
            raise AssertionError(f"does not end in {options.scaled(deadline)} s:\n{self.tail()}") from None
        assert status == 0, f"exit status {status}:\n{self.tail()}"
        assert not SANITIZER.search(self.process.text), f"on standard error:\n{self.tail()}"
        return time.monotonic() - began

    def tail(self, lines=40):
        """The end of the log; from where a sanitizer begins to speak, if one does."""
        first = next((i for i, line in enumerate(self.process.lines) if SANITIZER.search(line)), None)
        return "\n".join(self.process.lines[-lines:] if first is None else self.process.lines[first : first + lines])

    async def stop(self):
        if self.process.running:
            self.terminate()
        await self.ended()
