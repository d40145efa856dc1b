# SPDX-License-Identifier: Apache-2.0
"""The base of the fleet's tests: several daemons that share one Redis and one origin.

The daemons are named a, b, c and so on; each tells its name to the origin (header X-Daemon), so that the origin's log
says who loaded. A daemon may have settings of its own, such as an upstream behind a chaos proxy. Whatever a test froze
is thawed, and whatever it killed is not asked to end well.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from . import options
from .daemon import http_route
from .entry import read_entry
from .monitor import monitor
from .redis_server import redis_server
from .scenario import scenario
from .versioned_origin import parse_value, versioned_origin

sys.path.append(str(options.ROOT / "tests/chaos"))
from tcp_proxy import tcp_proxy  # noqa: E402

LEASE = 1.0           # seconds: most tests shorten it
NAMES = "abcdefgh"
NO_STALE = {"stale": {"while_revalidate": 0, "if_error": 0}}
NEAR = {"max_memory": "64MiB", "max_age": "30s", "tracking": "keys"}
QUICK_UPSTREAM = {"timeouts": {"connect": "300ms", "command": "500ms"}}


def product(origin, name, route="product", http=None, **settings):
    """A route whose values say who loaded them. Patient: the tests end loads, not timeouts."""
    http = {"timeout": "30s", **(http or {}), "headers": {"X-Daemon": name}}
    settings = {"wait": {"timeout": "30s"}, **settings}
    return http_route(route, origin.port, target="/v/{id}", http=http, **settings)


def knows_redis():
    """Whether the daemon under test has a Redis store at all. Asked once."""
    if not hasattr(knows_redis, "answer"):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"upstream": {"url": "redis://127.0.0.1:6379/0"}, "routes": []}, file)
            file.flush()
            checked = subprocess.run([options.binary, "check", file.name], capture_output=True, timeout=60)
        knows_redis.answer = b"upstream" not in checked.stdout + checked.stderr
    return knows_redis.answer


class fleet_scenario(scenario):
    @classmethod
    def setUpClass(cls):
        if not options.fleet_required and not knows_redis():
            raise unittest.SkipTest("this daemon has no Redis store")

    async def start_redis(self, **settings):
        started = await redis_server.start(tempfile.mkdtemp(dir=self.folder), **settings)
        self.addAsyncCleanup(started.stop)
        return started

    async def start_versioned_origin(self, **settings):
        started = await versioned_origin.start(**settings)
        self.addAsyncCleanup(started.stop)
        return started

    async def start_proxy(self, redis, seed=0):
        started = await tcp_proxy.start(redis.port, seed)
        self.addAsyncCleanup(started.stop)
        return started

    async def start_monitor(self, redis):
        started = await monitor.start(redis)
        self.addCleanup(started.close)
        return started

    async def start_member(self, name, routes, **settings):
        upstream = {"url": self.redis.url(), **settings.pop("upstream", {})}
        store = {"lease": f"{round(LEASE * 1000)}ms", **settings.pop("store", {})}
        member = await self.start_daemon(routes(self.origin, name), upstream=upstream, store=store, **settings)
        member.name = name
        return member

    async def start_fleet(self, count=3, routes=None, overrides=None, redis=None, origin=None, **settings):
        """The daemons, all ready. `routes`: (origin, name) to routes; `overrides`: settings of daemons, by name."""
        self.redis = redis or await self.start_redis()
        self.origin = origin or await self.start_versioned_origin()
        routes = routes or (lambda origin, name: [product(origin, name)])
        given = [{**settings, **(overrides or {}).get(name, {})} for name in NAMES[:count]]
        return await asyncio.gather(*(self.start_member(n, routes, **g) for n, g in zip(NAMES, given)))

    # Faults

    async def sigkill(self, daemon):
        os.kill(daemon.pid, signal.SIGKILL)
        daemon.judged = True
        await daemon.process.wait_exit(options.scaled(5))

    def freeze(self, started):
        """SIGSTOP for a daemon or a Redis; it is thawed at the test's end at the latest."""
        os.kill(started.pid, signal.SIGSTOP)
        self.addCleanup(self.thaw, started)

    def thaw(self, started):
        if started.process.running:
            os.kill(started.pid, signal.SIGCONT)

    # What everybody needs

    def by_name(self, daemons, name):
        return next(d for d in daemons if d.name == name)

    async def entry(self, key, db=0):
        return await read_entry(self.redis, key, db)

    async def wait_entry(self, key, condition, what, deadline=5.0):
        """The entry, once `condition` is true of it (it may be None)."""
        return await self.eventually(lambda: self.entry(key), condition, f"entry {key}: {what}", deadline)

    async def eventually(self, look, condition, what, deadline=5.0):
        """What `look` finds, once `condition` is true of it."""
        end = time.monotonic() + options.scaled(deadline)
        while not condition(seen := await look()):
            self.assertLess(time.monotonic(), end, f"not in time: {what}; seen: {seen}")
            await asyncio.sleep(0.005)
        return seen

    async def version(self, client, key):
        """The version that a reader gets."""
        reply = await client.call("GET", key)
        found = parse_value(reply)
        self.assertIsNotNone(found, f"{key}: {reply!r}")
        self.assertEqual(found.key, key.partition(":")[2], "another key's value")
        return found.version

    async def one_reader_each(self, daemons):
        return {d.name: await self.connect(d) for d in daemons}

    async def assert_all_mortal(self):
        self.assertEqual(await self.redis.immortal_keys(), [], "keys without a TTL")

    def ms(self, seconds):
        return seconds * 1000
