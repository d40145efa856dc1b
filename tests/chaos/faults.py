# SPDX-License-Identifier: Apache-2.0
"""The faults of a chaos run, by a schedule that the seed decides: what happens, to whom, for how long.

One large fault at a time, with a quiet time after it in which everything has to be right again; a run of a minute has
each kind once. Small faults, of which little or nothing may come, are strewn over all of it.
"""

import asyncio
import signal
import time

from histories import fault
from support import resp
from world import KEYS, LEASE, PLACES

QUIET = (3.0, 4.5)     # seconds after a large fault
SMALL = (0.3, 1.2)     # seconds between small ones
OUR_NAME = "chaos"     # of the run's own connections: CLIENT KILL spares them


class fault_injector:
    """Each fault is a method: it does it, waits, takes it back. What happened is in `log`."""

    def __init__(self, world, rng, kinds=None):
        self.world, self.random, self.log = world, rng, []
        self.large = [kind for kind in LARGE if kinds is None or kind in kinds]
        self.small = [kind for kind in SMALL_KINDS if kinds is None or kind in kinds]

    async def run(self, end):
        """Until `end`; the last fault is taken back, too."""
        await asyncio.gather(self.run_large(end), self.run_small(end))

    async def run_large(self, end):
        await asyncio.sleep(2)
        while self.large and time.monotonic() < end:
            for kind in self.random.sample(self.large, len(self.large)):
                if time.monotonic() > end - 2.5 * LEASE:
                    return
                await self.inject(kind, self.random.choice(PLACES))
                await asyncio.sleep(self.random.uniform(*QUIET))

    async def run_small(self, end):
        while self.small and time.monotonic() < end:
            await asyncio.sleep(self.random.uniform(*SMALL))
            kind = self.random.choice(self.small)
            await self.inject(kind, self.random.choice(KEYS) if kind == "entry_del" else "")

    async def inject(self, kind, target):
        """The record is there from the beginning, without an end: what is going on is known to whoever looks."""
        about_daemon = kind in ("kill", "freeze", "cut", "blackhole", "slow_link", "slices")
        about_key = kind == "entry_del"
        record = fault(kind, target if about_daemon or about_key else "", time.monotonic(), float("inf"))
        self.log.append(record)
        try:
            await getattr(self, kind)(target)
        except (OSError, asyncio.TimeoutError, resp.error):
            pass    # Redis is away: a small fault that does not come to pass
        finally:
            record.ended = time.monotonic()

    # Large faults

    async def kill(self, place):
        await self.world.kill_daemon(place)
        await asyncio.sleep(self.random.uniform(0, 1.5))
        await self.world.start_daemon(place)

    async def freeze(self, place):
        """Mostly longer than a lease."""
        self.world.signal_daemon(place, signal.SIGSTOP)
        await asyncio.sleep(self.random.uniform(0.5, 2.5) * LEASE)
        self.world.signal_daemon(place, signal.SIGCONT)

    async def cut(self, place):
        self.world.proxies[place].disconnect()
        await asyncio.sleep(self.random.uniform(0.2, 2))
        self.world.proxies[place].heal()

    async def blackhole(self, place):
        self.world.proxies[place].swallowing = True
        await asyncio.sleep(self.random.uniform(0.5, 2.5))
        self.world.proxies[place].cut()
        self.world.proxies[place].heal()

    async def slow_link(self, place):
        """Far within a lease: nothing is excused by it, and races have room."""
        self.world.proxies[place].delay = (0.002, 0.04)
        await asyncio.sleep(self.random.uniform(2, 4))
        self.world.proxies[place].heal()

    async def slices(self, place):
        self.world.proxies[place].slice = self.random.choice([1, 3, 10])
        await asyncio.sleep(self.random.uniform(1, 2))
        self.world.proxies[place].heal()

    async def redis_kill(self, _):
        await self.world.redis.kill()
        await asyncio.sleep(self.random.uniform(0, 2))
        await self.world.redis.restart()

    async def redis_freeze(self, _):
        self.world.redis.freeze()
        await asyncio.sleep(self.random.uniform(0.3, 2.5))
        self.world.redis.thaw()

    async def flushall(self, _):
        await self.world.redis.call("FLUSHALL")

    async def client_kill(self, _):
        """Half of the daemons' connections, whatever they are for."""
        listed = (await self.world.redis.call("CLIENT", "LIST")).decode().splitlines()
        ids = [line.split()[0].removeprefix("id=") for line in listed if f"name={OUR_NAME}" not in line]
        for number in self.random.sample(ids, (len(ids) + 1) // 2):
            await self.world.redis.call("CLIENT", "KILL", "ID", number, "SKIPME", "yes")

    # Small ones

    async def script_flush(self, _):
        await self.quick("SCRIPT", "FLUSH")

    async def entry_del(self, key):
        await self.quick(self.random.choice(["DEL", "UNLINK"]), "cache:" + key)

    async def quick(self, *words):
        client = await self.world.redis.connect()
        try:
            await client.call(*words, deadline=0.5)
        finally:
            client.close()


LARGE = ["kill", "freeze", "cut", "blackhole", "slow_link", "slices", "redis_kill", "redis_freeze", "flushall",
         "client_kill"]
SMALL_KINDS = ["script_flush", "entry_del"]
EXCUSING_NOTHING = {"script_flush", "slow_link", "slices"}
