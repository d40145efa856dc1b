# SPDX-License-Identifier: Apache-2.0
"""The figures add up, after a run with everything in it: metrics among themselves, with what clients got, with the origin's count."""

import asyncio
import random
import time
from collections import Counter

from support.daemon import command_route, http_route
from support.options import scaled
from support.resp import error, gather
from support.scenario import scenario

SECONDS = 4
CLIENTS = 50
OUTCOMES = ("cache_hits_total", "cache_negative_hits_total", "cache_misses_total", "cache_coalesced_total", "cache_backoff_total",
            "cache_refused_total")
ENDS = ("ok", "not_found", "error", "timeout", "rejected", "not_modified")


class conservation(scenario):
    def routes(self, origin):
        quick = {"ttl": "150ms", "stale": {"while_revalidate": "200ms", "if_error": "300ms"}, "negative": {"ttl": "200ms"},
                 "backoff": {"first": "100ms", "max": "300ms"}}
        script = 'case $1 in *1) exit 3;; *2) exit 44;; *3) sleep 9;; esac; printf "%s" "$1"'
        # Long enough that a call which times out has reached the origin, also where everything is slow.
        timeout = f"{round(scaled(0.2) * 1000)}ms"
        return [http_route("product", origin.port, http={"timeout": timeout, "max_body": "64KiB"},
                           wait={"timeout": "100ms", "waiters": 8}, **quick),
                http_route("narrow", origin.port, http={"timeout": timeout}, target="/products/n{id}",
                           limit={"concurrency": 2, "queue": 2, "queue_timeout": "50ms"}, wait={"then": "nil", "timeout": "80ms"}, **quick),
                command_route("job", ["/bin/sh", "-c", script, "sh", "{id}"],
                              command={"timeout": "100ms", "absent_exit": 44}, limit={"concurrency": 4, "queue": 4}, **quick)]

    async def client_loop(self, client, rng, end, seen):
        while time.monotonic() < end:
            route, keys = rng.choice([("product", 60), ("product", 60), ("narrow", 30), ("job", 10)])
            keys = [f"{route}:{rng.randrange(keys)}" for _ in range(rng.choice([1, 1, 1, 2, 5]))]
            if rng.random() < 0.02:
                keys = ["product:.."]    # not fit for a URL
            if rng.random() < 0.05:
                await client.call(*rng.choice([("DEL", *keys), ("SET", keys[0], "mine", "PX", "50")]))
                continue
            for key, reply in zip(keys, await client.pipeline([("GET", key) for key in keys])):
                name = key.split(":")[0]
                seen[name, "lookups"] += 1
                seen[name, "errors"] += isinstance(reply, error)
                seen[name, "nil"] += reply is None

    async def misbehave(self, origin, modes, end):
        while time.monotonic() < end:
            for mode in modes:
                await origin.set(mode=mode, delay=random.choice(["0ms", "20ms"]))
                await asyncio.sleep(0.15)

    async def run_mixed(self, modes):
        origin = await self.start_origin()
        await origin.set(size=200)
        daemon = await self.start_daemon(self.routes(origin))
        clients, seen, end = await self.connect(daemon, CLIENTS), Counter(), time.monotonic() + SECONDS
        loops = [self.client_loop(c, random.Random(i), end, seen) for i, c in enumerate(clients)]
        await gather([*loops, self.misbehave(origin, modes, end)], SECONDS + scaled(30))
        m = await daemon.wait_idle()
        await origin.wait_until(lambda s: s["in_flight"] == 0 or "hang" in modes, "no calls in flight")
        return m, seen, await origin.stats()

    def assert_adds_up(self, m, seen):
        for route in ("product", "narrow", "job"):
            with self.subTest(route=route):
                lookups = m.get("cache_lookups_total", route=route)
                parts = {name: m.get(name, route=route) for name in OUTCOMES}
                self.assertEqual(lookups, seen[route, "lookups"], "look-ups are the clients' reads")
                self.assertEqual(lookups, sum(parts.values()), parts)
                ends = {end: m.get("loads_total", route=route, outcome=end) for end in ENDS}
                self.assertEqual(m.get("loads_started_total", route=route), sum(ends.values()), ends)
                self.assertEqual(m.get("load_duration_seconds_count", route=route), sum(ends.values()) - ends["rejected"])
                self.assertEqual(m.get("cache_errors_total", route=route), seen[route, "errors"], "errors are the clients' errors")
        for gauge in ("waiters", "flights", "loads_in_flight", "load_queue_length"):
            self.assertEqual(m.get(gauge), 0, gauge)

    def reached(self, m, route):
        return sum(m.get("loads_total", route=route, outcome=end) for end in ENDS if end != "rejected")

    def assert_origin_agrees(self, m, stats):
        narrow = sum(count for path, count in stats["paths"].items() if path.startswith("/products/n"))
        self.assertEqual(self.reached(m, "narrow"), narrow)
        self.assertEqual(self.reached(m, "product"), stats["total"] - narrow)

    async def check(self, modes):
        m, seen, stats = await self.run_mixed(modes)
        self.figure(lookups=m.get("cache_lookups_total"), loads=m.get("loads_started_total"), origin_calls=stats["total"],
                    loads_at_the_origin=self.reached(m, "product") + self.reached(m, "narrow"),
                    **{end: m.get("loads_total", outcome=end) for end in ENDS})
        self.assert_adds_up(m, seen)
        self.assert_origin_agrees(m, stats)

    async def test_the_figures_add_up_with_a_healthy_origin(self):
        await self.check(["ok"])

    async def test_the_figures_add_up_with_failing_hanging_and_missing_answers(self):
        await self.check(["ok", "500", "hang", "404", "half", "endless", "ok"])

    async def test_the_figures_add_up_with_an_origin_that_closes_connections(self):
        await self.check(["ok", "close"])

    async def test_a_refused_key_is_one_look_up_and_one_error(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port)])
        client = await self.connect(daemon)
        self.assert_error(await client.call("GET", "product:.."), "key refused")
        m = await daemon.metrics()
        self.assertEqual([m.get(f"cache_{what}_total") for what in ("lookups", "refused", "errors")], [1, 1, 1])
        self.assertEqual(await origin.calls(), 0)

    async def test_every_series_is_there_from_the_start_at_zero(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon(self.routes(origin))
        m = await daemon.metrics()
        for route in ("product", "narrow", "job"):
            for name in OUTCOMES + ("cache_lookups_total", "loads_started_total", "cache_errors_total"):
                self.assertEqual(m.get(name, route=route), 0, name)
            for end in ENDS:
                self.assertEqual(m.get("loads_total", route=route, outcome=end), 0)
