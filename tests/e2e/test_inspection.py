# SPDX-License-Identifier: Apache-2.0
"""What operators ask of a running daemon: HERDGATE over RESP, /config, /routes and /flights over HTTP."""

import asyncio
import json

from support import http
from support.daemon import http_route
from support.scenario import scenario


class inspection(scenario):
    async def start(self, **settings):
        self.origin = await self.start_gated_origin()
        self.daemon = await self.start_daemon(
            [http_route("product", self.origin.port, http={"timeout": "1m", "headers": {"Authorization": "Bearer s3cret"}},
                        wait={"timeout": "1m"})], **settings)

    async def page(self, target):
        status, body = await http.request(self.daemon.admin_port, target)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    async def test_flights_list_the_loads_in_progress(self):
        await self.start()
        first, second = await self.connect(self.daemon, 2)
        self.assertEqual(await self.page("/flights"), [])
        waiting = [first.send("GET", "product:1"), second.send("GET", "product:1"), first.send("GET", b"product:\xff")]
        call, other = await self.origin.call(0), await self.origin.call(1)
        await self.daemon.wait_for_waiters(3)
        flights = {flight["key"]: flight for flight in await self.page("/flights")}
        self.assertEqual(set(flights), {"product:1", "product:\\xff"})
        self.assertEqual(flights["product:1"]["waiters"], 2)
        self.assertEqual(flights["product:1"]["state"], "loading")
        self.assertEqual(flights["product:1"]["route"], "product")
        self.assertGreaterEqual(flights["product:1"]["load_age_ms"], 0)
        rows = await (await self.connect(self.daemon)).call("HERDGATE", "FLIGHTS")
        self.assertEqual(len(rows), 2)
        call.release("a"), other.release("b")
        await asyncio.wait_for(asyncio.gather(*waiting), 10)
        await self.daemon.wait_idle()
        self.assertEqual(await self.page("/flights"), [])

    async def test_the_configuration_is_told_with_defaults_and_without_secrets(self):
        await self.start(auth={"users": [{"name": "default", "password": "pa55word"}]})
        _, body = await http.request(self.daemon.admin_port, "/config")
        shown = json.loads(body)
        self.assertNotIn(b"s3cret", body)
        self.assertNotIn(b"pa55word", body)
        self.assertEqual(shown["routes"][0]["load"]["http"]["timeout"], "1m")
        self.assertEqual(shown["routes"][0]["ttl"], "1m")
        self.assertEqual(shown["limits"]["clients"], 10000)

    async def test_routes_and_stats_add_up_with_the_metrics(self):
        await self.start()
        client = await self.connect(self.daemon)
        reply = client.send("GET", "product:1")
        (await self.origin.call(0)).release("v")
        await asyncio.wait_for(reply, 10)
        for _ in range(4):
            await client.call("GET", "product:1")
        (route,) = await self.page("/routes")
        self.assertEqual((route["name"], route["match"], route["loader"]), ("product", "product:{id}", "http"))
        self.assertEqual(route["policy"]["ttl_ms"], 60000)
        self.assertEqual((route["counters"]["lookups"], route["counters"]["hits_fresh"], route["counters"]["misses"]), (5, 4, 1))
        self.assertEqual(route["counters"]["loads_started"], 1)
        flat = await client.call("HERDGATE", "STATS")
        stats = dict(zip(flat[::2], flat[1::2]))
        m = await self.daemon.metrics()
        self.assertEqual(stats[b'herdgate_cache_lookups_total{route="product"}'], 5)
        self.assertEqual(m.get("cache_lookups_total", route="product"), 5)
        self.assertEqual(len(await client.call("HERDGATE", "ROUTES")), 1)

    async def test_refresh_invalidate_warm_and_explain(self):
        await self.start()
        client = await self.connect(self.daemon)
        warmed = client.send("HERDGATE", "WARM", "product:1", "product:2")
        for number in (0, 1):
            (await self.origin.call(number)).release("old")
        self.assertEqual(await asyncio.wait_for(warmed, 10), 2)
        self.assertEqual(await client.call("HERDGATE", "WARM", "product:1", "product:2"), 0)
        text = (await client.call("HERDGATE", "EXPLAIN", "product:1")).decode()
        self.assertIn("fresh for", text)
        self.assertNotIn("s3cret", (await client.call("HERDGATE", "ROUTES")).__repr__())
        refreshed = client.send("HERDGATE", "REFRESH", "product:1")
        (await self.origin.call(2)).release("new")
        self.assertEqual(await asyncio.wait_for(refreshed, 10), "OK")
        self.assertEqual(await client.call("GET", "product:1"), b"new")
        self.assertEqual(await client.call("HERDGATE", "INVALIDATE", "product:1"), 1)
        self.assertEqual(await client.call("HERDGATE", "INVALIDATE", "product:1"), 0)
        self.assertIn("absent", (await client.call("HERDGATE", "EXPLAIN", "product:1")).decode())
        self.assertEqual(len(self.origin.calls), 3)
