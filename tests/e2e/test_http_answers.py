# SPDX-License-Identifier: Apache-2.0
"""What an HTTP answer says beside its value, as readers see it: how long it is fresh, what renews it, when to ask again."""

import asyncio
import time

from support.daemon import http_route
from support.scenario import scenario

PATIENT = {"timeout": "5s"}    # a slow build is no fault


class http_answers(scenario):
    async def start(self, http, **settings):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port, http={**PATIENT, **http}, **settings)])
        return origin, daemon, await self.connect(daemon)

    async def test_max_age_is_the_ttl_where_the_route_honours_it(self):
        origin, daemon, client = await self.start({"cache_control": "honour"}, ttl="1h")
        await origin.set(headers="Cache-Control: max-age=500, s-maxage=100\nAge: 40")
        await client.call("GET", "product:1")
        self.assertLessEqual(await client.call("TTL", "product:1"), 60)
        origin, daemon, client = await self.start({}, ttl="1h")
        await origin.set(headers="Cache-Control: max-age=1, no-store")
        await client.call("GET", "product:1")
        await client.call("GET", "product:1")
        self.assertGreater(await client.call("TTL", "product:1"), 60)
        self.assertEqual(await origin.calls("1"), 1)

    async def test_no_store_is_loaded_for_each_reader(self):
        origin, daemon, client = await self.start({"cache_control": "honour"})
        await origin.set(headers="Cache-Control: no-store")
        for i in range(1, 6):
            self.assertIn(f'"load":{i},'.encode(), await client.call("GET", "product:1"))
        self.assertEqual(await origin.calls("1"), 5)

    async def test_an_unchanged_value_is_renewed_without_a_body(self):
        origin, daemon, client = await self.start({"revalidate": True}, ttl="300ms", stale={"while_revalidate": 0, "if_error": "1h"})
        await origin.set(etag='"1"')
        first = await client.call("GET", "product:1")
        for i in range(2, 5):
            await asyncio.sleep(0.4)
            self.assertEqual(await client.call("GET", "product:1"), first, "the value of the first load")
            self.assertEqual(await origin.calls("1"), i)
        seen = await origin.requests()
        self.assertNotIn("if-none-match", seen[0]["headers"])
        self.assertEqual([r["headers"].get("if-none-match") for r in seen[1:]], ['"1"'] * 3)
        m = await daemon.metrics()
        self.assertEqual(m.get("loads_total", route="product", outcome="not_modified"), 3)
        await origin.set(etag='"2"')
        await asyncio.sleep(0.4)
        self.assertIn(b'"load":5', await client.call("GET", "product:1"))

    async def test_retry_after_is_the_least_back_off(self):
        origin, daemon, client = await self.start({}, backoff={"first": "1ms", "max": "10s"})
        await origin.set(status=503, headers="Retry-After: 2")
        self.assert_error(await client.call("GET", "product:1"), "HTTP 503")
        failed = time.monotonic()
        await origin.set(status="", headers="")
        while time.monotonic() - failed < 1.5:
            self.assert_error(await client.call("GET", "product:1"), "next attempt in")
            await asyncio.sleep(0.05)
        self.assertEqual(await origin.calls("1"), 1)
        await asyncio.sleep(max(0, failed + 2.2 - time.monotonic()))
        self.assertIn(b'"load":2', await client.call("GET", "product:1"))
