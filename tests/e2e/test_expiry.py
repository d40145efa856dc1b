# SPDX-License-Identifier: Apache-2.0
"""Under steady load a key is loaded at most once per expiry, and with a stale window nobody waits for that."""

import asyncio
import json
import time

from support.daemon import http_route
from support.options import scaled
from support.resp import gather
from support.scenario import scenario

CLIENTS = 200
SECONDS = 10
TTL = 2
PAUSE = 0.1


class expiry(scenario):
    async def hammer(self, daemon, key, seconds):
        """Every client asks again and again: all latencies in seconds, after the first value was there."""
        clients = await self.connect(daemon, CLIENTS)
        self.assertIn(b'"load":1,', await clients[0].call("GET", key))
        end = time.monotonic() + seconds
        latencies = []

        async def one(client):
            while (asked := time.monotonic()) < end:
                reply = await client.call("GET", key)
                self.assertEqual(json.loads(reply)["id"], "1")
                latencies.append(client.last_received - asked)
                await asyncio.sleep(PAUSE)

        await gather([one(c) for c in clients], seconds + scaled(20))
        return latencies

    async def assert_one_load_per_expiry(self, origin, seconds):
        stats = await origin.stats()
        self.assertLessEqual(stats["total"], 1 + seconds // TTL + 1)
        self.assertGreaterEqual(stats["total"], 2)
        self.assertEqual(stats["max_in_flight"], 1)
        return stats["total"]

    async def test_while_a_key_is_revalidated_no_client_waits_and_each_expiry_is_one_load(self):
        origin = await self.start_origin()
        await origin.set(delay="300ms")
        daemon = await self.start_daemon(
            [http_route("product", origin.port, ttl=f"{TTL}s", stale={"while_revalidate": "1m", "if_error": "1m"})])
        latencies = await self.hammer(daemon, "product:1", SECONDS)
        calls = await self.assert_one_load_per_expiry(origin, SECONDS)
        self.figure(requests=len(latencies), origin_calls=calls, max_latency_ms=max(latencies) * 1000,
                    p99_latency_ms=sorted(latencies)[len(latencies) * 99 // 100] * 1000)
        self.assertLess(max(latencies), scaled(0.15))

    async def test_without_a_stale_window_each_expiry_is_still_one_load(self):
        origin = await self.start_origin()
        await origin.set(delay="300ms")
        daemon = await self.start_daemon(
            [http_route("product", origin.port, ttl=f"{TTL}s", stale={"while_revalidate": 0, "if_error": 0})])
        latencies = await self.hammer(daemon, "product:1", 6)
        calls = await self.assert_one_load_per_expiry(origin, 6)
        self.figure(requests=len(latencies), origin_calls=calls, max_latency_ms=max(latencies) * 1000)
        self.assertLess(max(latencies), 0.3 + scaled(0.3))
