# SPDX-License-Identifier: Apache-2.0
"""Each file of config/patterns that needs no Redis and is about time, as it is: it keeps what its page promises.

Beside each run stands a control: as many clients that read the cache, compute and write it, without protection.
"""

import asyncio
import json
import math
import random
import time

from support.options import scaled
from support.patterns import pattern_scenario, spread

CLIENTS = 40
PAUSE = 0.04       # seconds between a client's reads, on average
LOAD = 0.1         # seconds
EULER = 0.5772


def version(reply):
    return json.loads(reply)["version"]


class across_expiries(pattern_scenario):
    async def across(self, name, seconds=4.0, ttl=1.0, key="product:1", load=LOAD):
        """Clients that read one key steadily: times and replies of herdgate's, then of the control's. The first read is not counted."""
        await self.start_pattern(name, delay=f"{round(load * 1000)}ms")
        clients = await self.connect(self.daemon, CLIENTS)
        path = "/products/" + key.partition(":")[2]
        reads = self.reading("GET", key), self.unprotected(path, ttl)
        for read in reads:
            self.assert_values((await self.at_once(clients[:1], read))[1])
        took, replies = await self.steadily(clients, reads[0], seconds, PAUSE)
        self.loaded = await self.loads()
        control, _ = await self.steadily(clients, reads[1], seconds, PAUSE)
        self.assert_values(replies)
        await self.compare(took, control, reads=len(took), seconds=seconds)
        return took, control, replies

    async def assert_one_load_for_each_expiry(self, life, path="/products/1"):
        """No two loads at once, none within `life` seconds of another's end; each is counted. Returns how many."""
        stats, at = await self.origin.stats(), await self.loads_of(path)
        self.assertEqual(stats["max_in_flight"], 1)
        self.assertEqual(stats["total"], self.loaded)
        for earlier, later in zip(at, at[1:]):
            self.assertGreaterEqual(later - earlier, life)
        return len(at)

    async def assert_nobody_waited(self):
        """But for the first reader."""
        m = await self.daemon.metrics()
        self.assertEqual((m.get("cache_misses_total"), m.get("cache_coalesced_total")), (1, 0))

    async def test_early_refresh_loads_before_the_end_once_and_nobody_waits(self):
        took, control, _ = await self.across("early-refresh")
        loads = await self.assert_one_load_for_each_expiry(0.5 + LOAD)
        await self.assert_nobody_waited()
        self.assertGreaterEqual(loads, 4)
        self.assertLess(max(took), scaled(LOAD / 2))
        self.assertGreaterEqual(max(control), LOAD)

    async def test_xfetch_loads_before_the_end_once_and_nobody_waits(self):
        took, control, _ = await self.across("xfetch")
        loads = await self.assert_one_load_for_each_expiry(LOAD)
        self.assertGreaterEqual(loads, 4)
        self.assertEqual((await self.daemon.metrics()).get("cache_coalesced_total"), 0)
        self.assertLess(max(took), scaled(LOAD / 2))
        self.assertGreaterEqual(max(control), LOAD)

    async def test_stale_while_revalidate_nobody_waits_and_each_expiry_is_one_load(self):
        took, control, _ = await self.across("stale-while-revalidate")
        loads = await self.assert_one_load_for_each_expiry(1.0 + LOAD)
        await self.assert_nobody_waited()
        self.assertIn(loads, (4, 5))
        self.assertLess(max(took), scaled(LOAD / 2))

    async def test_sliding_window_keeps_what_is_read_and_loads_it_anew_at_its_maximum_age(self):
        await self.start_pattern("sliding-window", delay="100ms")
        clients = await self.connect(self.daemon, CLIENTS)
        read, control_read = self.reading("GET", "product:1"), self.unprotected("/products/1", 1.0)
        await self.at_once(clients[:1], read)
        await self.origin.set(version=2)
        took, replies = await self.steadily(clients, read, 4.0, PAUSE)
        control, _ = await self.steadily(clients, control_read, 4.0, PAUSE)
        await self.compare(took, control, reads=len(took), slides=(await self.daemon.metrics()).get("slides_total"))
        at = await self.loads_of("/products/1")
        self.assertEqual(len(at), 2)
        self.assertGreaterEqual(at[1] - at[0], 2.95)
        self.assertEqual({version(r) for r in replies}, {1, 2}, "what is read is loaded anew all the same")
        self.assertLess(max(took), scaled(LOAD / 2))

    async def test_revalidation_renews_without_a_body(self):
        await self.start_pattern("revalidation", size=100_000, etag='"1"')
        clients = await self.connect(self.daemon, CLIENTS)
        read, control_read = self.reading("GET", "product:1"), self.unprotected("/products/1", 1.0)
        await self.at_once(clients[:1], read)
        took, replies = await self.steadily(clients, read, 4.0, 4 * PAUSE)
        await self.loads()
        control, _ = await self.steadily(clients, control_read, 4.0, 4 * PAUSE)
        stats, other = await self.origin.stats(), await self.other_origin.stats()
        await self.compare(took, control, origin_kib=stats["body_bytes"] / 1024, unprotected_origin_kib=other["body_bytes"] / 1024)
        m = await self.daemon.metrics()
        self.assertEqual(m.get("loads_total", outcome="ok"), 1)
        self.assertEqual(m.get("loads_total", outcome="not_modified"), stats["total"] - 1)
        self.assertGreaterEqual(stats["total"], 4)
        self.assertEqual(stats["body_bytes"], 100_000)
        self.assertEqual(len(set(replies)), 1)
        await self.origin.set(etag='"2"', version=2)
        await asyncio.sleep(1.1)
        await self.at_once(clients[:1], read)
        await self.loads()
        self.assertEqual(version(await clients[0].call("GET", "product:1")), 2)

    async def test_proactive_refresh_has_warm_keys_and_loads_them_until_nobody_reads_them(self):
        await self.start_pattern("proactive-refresh", delay="100ms")
        await self.daemon.wait_until(lambda m: m.get("loads_total", outcome="ok") >= 2, "two warm keys")
        clients = await self.connect(self.daemon, CLIENTS)
        took, replies = await self.steadily(clients, self.reading("GET", "product:1"), 3.0, PAUSE)
        control, _ = await self.steadily(clients, self.unprotected("/products/1", 2.0), 3.0, PAUSE)
        self.assert_values(replies)
        calls = await self.origin.calls("1")
        await self.compare(took, control, reads=len(took))
        m = await self.daemon.metrics()
        self.assertEqual((m.get("cache_misses_total"), m.get("cache_coalesced_total")), (0, 0), "nobody waited, not even the first")
        at = await self.loads_of("/products/1")
        for earlier, later in zip(at, at[1:]):
            self.assertGreater(later - earlier, 0.45)
        self.assertGreaterEqual(calls, 5)
        self.assertLess(max(took), scaled(LOAD / 2))
        # Nobody has read for longer than `idle` by now: it is over.
        before = await self.origin.calls("1")
        await asyncio.sleep(0.7)
        self.assertEqual(await self.origin.calls("1"), before)


class jitter(pattern_scenario):
    async def test_jitter_and_hybrid_spreads_keys_that_were_loaded_together(self):
        await self.start_pattern("jitter-and-hybrid", delay="50ms")
        clients = await self.connect(self.daemon, 10)
        keys = range(60)
        commands = [("GET", f"product:{k}") for k in keys]

        async def read(client):
            return await client.pipeline(commands)

        control_reads = [self.unprotected(f"/products/{k}", 2.0) for k in keys]

        async def control_read(client):
            return await asyncio.gather(*(one(client) for one in control_reads))

        await self.at_once(clients[:1], read)
        await self.loads()
        took, _ = await self.steadily(clients, read, 2.5, 0.1)
        await self.loads()
        await self.at_once(clients[:1], control_read)
        control, _ = await self.steadily(clients, control_read, 2.5, 0.1)
        busiest = [self.busiest(await origin.requests()) for origin in (self.origin, self.other_origin)]
        await self.compare(took, control, keys=len(keys), most_calls_within_100_ms=busiest[0],
                           most_calls_within_100_ms_unprotected=busiest[1])
        stats = await self.origin.stats()
        self.assertLessEqual(max(stats["paths"].values()), 3)
        self.assertLess(busiest[0], len(keys) * 0.45)
        self.assertGreaterEqual(busiest[1], len(keys))
        self.assertLess(max(took), scaled(0.05))

    def busiest(self, requests):
        """The most calls of any 100 ms, those of the first second aside: all keys were cold then."""
        at = [r["at"] for r in requests]
        at = [t for t in at if t > at[0] + 1]
        return max((sum(1 for other in at if t <= other < t + 0.1) for t in at), default=0)


class xfetch(pattern_scenario):
    KEYS, RATE, SECONDS = 8, 250.0, 6.0     # reads of a key in a second

    async def test_xfetch_over_many_expiries_each_is_one_load_and_as_early_as_the_paper_says(self):
        await self.start_pattern("xfetch", delay="100ms")
        clients = await self.connect(self.daemon, self.KEYS)
        end = time.monotonic() + self.SECONDS

        async def read(key, client):
            """Reads at random moments, without waiting for replies: a Poisson process."""
            asked, at = [], time.monotonic()
            while at < end:
                asked.append(client.send("GET", f"product:{key}"))
                at += random.expovariate(self.RATE)
                await asyncio.sleep(max(0.0, at - time.monotonic()))
            return await asyncio.gather(*asked)

        replies = await asyncio.gather(*(read(k, c) for k, c in enumerate(clients)))
        loaded, stats = await self.loads(), await self.origin.stats()
        self.assertEqual(stats["total"], loaded)
        early, expiries = [], 0
        for key, seen in enumerate(replies):
            numbers = [json.loads(reply)["load"] for reply in seen]
            self.assertEqual(numbers, sorted(numbers), "values never go back")
            at = await self.loads_of(f"/products/{key}")
            # Each load's value was read: no expiry had two of them. (The last may have ended after the last read.)
            self.assertLessEqual(set(range(1, len(at))), set(numbers))
            expiries += len(at) - 1
            early += [first + LOAD + 1.0 - second for first, second in zip(at, at[1:])]
        found = sum(early) / len(early)
        expected = LOAD * (math.log(self.RATE * LOAD) + EULER)    # of the first of a Poisson process's reads that draws it
        self.figure(expiries=expiries, loads=loaded - self.KEYS, loads_per_expiry=(loaded - self.KEYS) / expiries,
                    early_ms=found * 1000, early_by_the_formula_ms=expected * 1000, **spread(early, "_early"))
        self.assertEqual(loaded - self.KEYS, expiries)
        self.assertLess(abs(found / expected - 1), min(0.9, 0.2 * scaled(1)))
