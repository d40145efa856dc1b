# SPDX-License-Identifier: Apache-2.0
"""What a chaos run happens to: a real Redis, an origin, three daemons, each behind a TCP proxy of its own to Redis.

Every incarnation of a daemon has a name (a1, a2, …) that the origin's log and the histories know. All processes are
started here and ended here, by pid.
"""

import asyncio
import os
import random
import signal
import tempfile
import time
from pathlib import Path

from histories import load
from rules import route_rule, rules
from support import daemon as daemons
from support.daemon import http_route
from support.process import children, descriptors
from support.redis_server import redis_server
from support.versioned_origin import versioned_origin
from tcp_proxy import tcp_proxy

PLACES = "abc"
LEASE, NEAR_AGE, WAIT = 1.0, 1.5, 5.0
ROUTES = {"hard": route_rule(ttl=2.0), "soft": route_rule(ttl=1.0, revalidate=2.0, if_error=4.0)}
LOAD_TIMES = (0.05, 0.4)    # seconds, of the origin
CHANGING = [f"{route}:{n}" for route in ROUTES for n in range(6)]
QUIET = [f"{route}:q{n}" for route in ROUTES for n in range(3)]    # nobody invalidates them
KEYS = CHANGING + QUIET


def duration(seconds):
    return f"{round(seconds * 1000)}ms"


def allowed(slow_factor=1.0):
    """The rules that follow from the configuration below."""
    return rules(routes=ROUTES, lease=LEASE, near_age=NEAR_AGE, wait=WAIT, woken=0.4 * slow_factor,
                 told=0.25 * slow_factor, slack=0.1 * slow_factor)


class world:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="herdgate-chaos-"))
        self.daemons, self.names, self.proxies, self.first_descriptors = {}, {}, {}, {}
        self.incarnations = {place: 0 for place in PLACES}
        self.bad_ends = []

    @classmethod
    async def start(cls, seed):
        self = cls(seed)
        self.redis = await redis_server.start(tempfile.mkdtemp(dir=self.folder))
        self.origin = await versioned_origin.start(delay=lambda key: self.random.uniform(*LOAD_TIMES))
        for place in PLACES:
            self.proxies[place] = await tcp_proxy.start(self.redis.port, seed)
            await self.start_daemon(place)
        return self

    def config(self, name):
        """Keys are `hard:1` and `soft:1`; the origin knows them by these names, too."""
        routes = []
        for route, rule in ROUTES.items():
            http = {"timeout": "3s", "headers": {"X-Daemon": name}}
            stale = {"while_revalidate": duration(rule.revalidate), "if_error": duration(rule.if_error)}
            routes.append(http_route(route, self.origin.port, target=f"/v/{route}:{{id}}", http=http, stale=stale,
                                     ttl=duration(rule.ttl), wait={"timeout": duration(WAIT - 0.5)}))
        upstream = {"url": f"redis://127.0.0.1:{self.proxies[name[0]].port}/0",
                    "timeouts": {"connect": "300ms", "command": "500ms"}}
        return daemons.write_config(tempfile.mkdtemp(dir=self.folder), routes, upstream=upstream,
                                    store={"lease": duration(LEASE)}, near_cache={"max_age": duration(NEAR_AGE)})

    async def start_daemon(self, place):
        self.incarnations[place] += 1
        name = f"{place}{self.incarnations[place]}"
        started = await daemons.daemon.start(self.config(name))
        self.first_descriptors[name] = len(descriptors(started.pid))
        self.names[place], self.daemons[place] = name, started

    async def kill_daemon(self, place):
        os.kill(self.daemons[place].pid, signal.SIGKILL)
        await self.daemons[place].process.wait_exit(5)

    def signal_daemon(self, place, number):
        if self.daemons[place].process.running:
            os.kill(self.daemons[place].pid, number)

    async def heal(self):
        """No fault any more: everything runs and is reachable."""
        for proxy in self.proxies.values():
            proxy.heal()
        if not self.redis.running:
            await self.redis.restart()
        self.redis.thaw()
        for place in PLACES:
            self.signal_daemon(place, signal.SIGCONT)
            if not self.daemons[place].process.running:
                await self.start_daemon(place)

    def unexpected_ends(self):
        """Daemons that ended although nobody killed them."""
        return [self.names[place] for place in PLACES if not self.daemons[place].process.running]

    def loads(self):
        """The origin's log; what has not ended yet ends now."""
        now = time.monotonic()
        return [load(one.number, one.key, one.daemon, one.version, one.began, one.ended or now,
                     one.outcome or "running") for one in self.origin.loads]

    async def stop(self):
        """Ends all; each daemon has to end well, and without children: what was not so, as (daemon, text)."""
        found = []
        for place, started in self.daemons.items():
            left = children(started.pid) if started.process.running else {}
            if left:
                found.append((self.names[place], f"children are left: {left}"))
            try:
                await started.stop()
            except AssertionError as problem:
                found.append((self.names[place], str(problem)))
            await started.process.kill()
        await asyncio.gather(*(proxy.stop() for proxy in self.proxies.values()))
        await self.origin.stop()
        await self.redis.stop()
        return found
