# SPDX-License-Identifier: Apache-2.0
"""The base of the tests of config/patterns: a daemon that runs such a file as it is, an origin, and clients that are timed.

The control is cache-aside without protection: as many clients, the same daemon as their cache (under keys that no route
claims), another origin with the same settings. Each reads, computes what is missing, and writes it.
"""

import asyncio
import os
import random
import time

from . import http, options
from .herd import percentile
from .resp import error
from .scenario import scenario

FOLDER = options.ROOT / "config"


def spread(seconds, suffix=""):
    """p50, p99 and max in ms, as figures."""
    found = {"p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99), "max": max(seconds)}
    return {f"{name}_ms{suffix}": value * 1000 for name, value in found.items()}


class pattern_scenario(scenario):
    async def start_pattern(self, name, folder="patterns", **settings):
        """The daemon that runs the file, and two origins with these settings: its own, and the control's."""
        self.origin, self.other_origin = await self.start_origin(), await self.start_origin()
        for started in (self.origin, self.other_origin):
            await started.set(**settings)
        os.environ.update(LISTEN="127.0.0.1:0", ADMIN="127.0.0.1:0", ORIGIN=f"http://127.0.0.1:{self.origin.port}")
        self.daemon = await self.start_configured(FOLDER / folder / f"{name}.yaml")
        return self.daemon

    # What clients do

    def reading(self, *words):
        """A client of herdgate: one command."""
        return lambda client: client.call(*words)

    def unprotected(self, path, ttl=60.0):
        """A client of the control: what it does to read `path`."""
        key = "control:" + path

        async def read(client):
            value = await client.call("GET", key)
            if value is None:
                _, value = await http.request(self.other_origin.port, path, deadline=options.scaled(15))
                await client.call("PSETEX", key, round(ttl * 1000), value)
            return value

        return read

    async def timed(self, client, read):
        began = time.monotonic()
        reply = await read(client)
        return time.monotonic() - began, reply

    async def at_once(self, clients, read):
        """All clients do it at the same moment: seconds, and replies."""
        took = await asyncio.gather(*(self.timed(client, read) for client in clients))
        return [seconds for seconds, _ in took], [reply for _, reply in took]

    async def steadily(self, clients, read, seconds, pause):
        """Each client does it again and again, at random moments, `pause` seconds apart on average."""
        end, took, replies = time.monotonic() + seconds, [], []

        async def one(client):
            await asyncio.sleep(random.uniform(0, pause))
            while time.monotonic() < end:
                waited, reply = await self.timed(client, read)
                took.append(waited)
                replies.append(reply)
                await asyncio.sleep(random.uniform(0, 2 * pause))

        await asyncio.gather(*map(one, clients))
        return took, replies

    # What is looked at

    async def loads_of(self, target):
        """When the origin was asked for it (time.monotonic)."""
        return [r["at"] for r in await self.origin.requests() if r["target"] == target]

    async def loads(self, **labels):
        """Loads that were started; all of them have ended."""
        return (await self.daemon.wait_idle()).get("loads_started_total", **labels)

    def assert_values(self, replies):
        for reply in replies:
            self.assertIsNotNone(reply)
            self.assertNotIsInstance(reply, error, reply)

    async def compare(self, protected, unprotected, **more):
        """Prints both runs' times and origin calls."""
        self.figure(origin_calls=await self.origin.calls(), **spread(protected), **more)
        self.figure(unprotected_origin_calls=await self.other_origin.calls(), **spread(unprotected, "_unprotected"))
