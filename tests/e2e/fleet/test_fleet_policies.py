# SPDX-License-Identifier: Apache-2.0
"""Policies where several processes share a Redis: what one process decides, all keep."""

import asyncio
import time

from support.daemon import http_route
from support.fleet import fleet_scenario, product


class fleet_policies(fleet_scenario):
    async def test_reads_everywhere_in_the_last_part_of_a_life_start_one_load(self):
        daemons = await self.start_fleet(3, routes=lambda o, name: [product(o, name, ttl="3s", refresh={"ahead": "2500ms", "probability": "100%"})])
        clients = [await self.connect(d) for d in daemons]
        await clients[0].call("GET", "product:1")
        self.origin.delay = 0.3
        await asyncio.sleep(0.8)
        began = time.monotonic()
        while time.monotonic() - began < 0.25:
            await asyncio.gather(*(c.call("GET", "product:1") for c in clients))
        self.assertEqual(self.origin.count("1"), 2, "the first, and one before its end")
        entry = await self.entry("product:1")
        self.assertEqual(entry.status, "refreshing")

    async def test_a_read_near_the_end_extends_the_life_for_all(self):
        sliding = {"window": "900ms", "extend": "2s", "max_age": "1h"}
        daemons = await self.start_fleet(2, routes=lambda o, name: [product(o, name, ttl="1s", sliding=sliding)])
        one, two = [await self.connect(d) for d in daemons]
        await one.call("GET", "product:1")
        first = (await self.entry("product:1")).meta.fresh_until
        await asyncio.sleep(0.3)
        await two.call("GET", "product:1")
        await two.call("GET", "product:1")
        entry = await self.wait_entry("product:1", lambda e: e.meta.fresh_until > first, "a later end")
        self.assertGreater(entry.meta.fresh_until - first, 800)
        await asyncio.sleep(1.0)
        await one.call("GET", "product:1")
        self.assertEqual(self.origin.count("1"), 1)

    async def test_one_client_of_the_whole_fleet_loads(self):
        route = {"name": "session", "match": "session:{id}", "load": "client", "lease": "5s", "ttl": "1s", "stale": {"while_revalidate": "1h"}}
        daemons = await self.start_fleet(3, routes=lambda o, name: [route])
        clients = [c for d in daemons for c in await self.connect(d, 5)]
        asked = [asyncio.ensure_future(c.call("GET", "session:1")) for c in clients]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        self.assertEqual([t.result() for t in done], [None])
        leader = clients[asked.index(next(iter(done)))]
        self.assertEqual(await leader.call("SET", "session:1", "made"), "OK")
        self.assertEqual(await asyncio.wait_for(asyncio.gather(*waiting), 3), [b"made"] * 14)
        await asyncio.sleep(1.2)
        again = await asyncio.gather(*(c.call("GET", "session:1") for c in clients))
        self.assertEqual((again.count(None), again.count(b"made")), (1, 14), "one is told, the others get the stale value")

    async def test_when_the_loading_client_goes_one_of_another_process_loads(self):
        route = {"name": "session", "match": "session:{id}", "load": "client", "lease": "1h", "wait": {"timeout": "1h"}}
        daemons = await self.start_fleet(2, routes=lambda o, name: [route])
        first, second = [await self.connect(d) for d in daemons]
        self.assertIsNone(await first.call("GET", "session:1"))
        asked = asyncio.ensure_future(second.call("GET", "session:1"))
        await daemons[1].wait_until(lambda m: m.get("waiters") == 1, "one waits")
        first.reset()
        self.assertIsNone(await asyncio.wait_for(asked, 5))

    async def test_a_write_that_passes_through_reaches_redis_and_drops_the_entry(self):
        daemons = await self.start_fleet(2, routes=lambda o, name: [product(o, name, ttl="1h", writes="passthrough")])
        one, two = [await self.connect(d) for d in daemons]
        await one.call("GET", "product:1")
        self.assertEqual(await two.call("SET", "product:1", "raw"), "OK")
        self.assertEqual(await self.redis.call("GET", "product:1"), b"raw")
        self.assertIsNone(await self.entry("product:1"))
        await one.call("GET", "product:1")
        self.assertEqual(self.origin.count("1"), 2)

    async def test_validators_are_the_entrys_whoever_loads(self):
        origin = await self.start_origin()
        daemons = await self.start_fleet(2, routes=lambda o, name: [
            http_route("product", origin.port, http={"revalidate": True, "timeout": "10s"}, ttl="300ms", stale={"while_revalidate": 0, "if_error": "1h"})])
        one, two = [await self.connect(d) for d in daemons]
        await origin.set(etag='"1"')
        first = await one.call("GET", "product:1")
        await asyncio.sleep(0.5)
        self.assertEqual(await two.call("GET", "product:1"), first)
        seen = await origin.requests()
        self.assertEqual([r["headers"].get("if-none-match") for r in seen], [None, '"1"'])

    async def test_tags_are_the_entrys_whoever_loads(self):
        origin = await self.start_origin()
        daemons = await self.start_fleet(2, routes=lambda o, name: [http_route("product", origin.port, http={"timeout": "10s"}, ttl="1h")])
        one, two = [await self.connect(d) for d in daemons]
        await origin.set(headers="Surrogate-Key: cat-7")
        first = await one.call("GET", "product:1")
        self.assertEqual(await two.call("GET", "product:1"), first)
        self.assertEqual(await two.call("HERDGATE", "INVALIDATE", "TAG", "cat-7"), "OK")
        await self.eventually(lambda: one.call("GET", "product:1"), lambda value: value != first, "the other daemon has heard of it")

    async def test_what_may_not_be_stored_is_known_in_the_whole_fleet(self):
        origin = await self.start_origin()
        daemons = await self.start_fleet(2, routes=lambda o, name: [http_route("product", origin.port, http={"cache_control": "honour", "timeout": "10s"})])
        one, two = [await self.connect(d) for d in daemons]
        await origin.set(headers="Cache-Control: no-store")
        await one.call("GET", "product:1")
        self.assertIn(b'"load":2', await two.call("GET", "product:1"))
        entry = await self.entry("product:1")
        self.assertIsNone(entry.data)
        self.assertEqual(entry.meta.lines["uncacheable"], "1")
        self.assertEqual(await origin.calls("1"), 2)
