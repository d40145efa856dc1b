# SPDX-License-Identifier: Apache-2.0
"""Batches with a Redis: all who deal with a key of such a route agree on which thread it belongs to."""

import json

from support.batch_origin import batch_origin
from support.daemon import http_route
from support.fleet import fleet_scenario


class batched_routes(fleet_scenario):
    async def start(self):
        self.batches = await batch_origin.start()
        self.addAsyncCleanup(self.batches.stop)
        self.version = 1
        self.batches.answer = lambda ids: {one: f"{one} in version {self.version}" for one in ids}

        def routes(origin, name):
            batch = {"url": f"http://127.0.0.1:{self.batches.port}/batch?ids={{ids}}", "window": "100ms"}
            return [http_route("other", origin.port), http_route("item", origin.port, http={"batch": batch, "timeout": "20s"}, wait={"timeout": "30s"})]

        daemons = await self.start_fleet(2, routes=routes, workers=4)
        return [await self.connect(d) for d in daemons]

    def values(self, count):
        return [f"{i} in version {self.version}".encode() for i in range(count)]

    async def test_cold_keys_are_one_call_and_changes_are_heard_of(self):
        first, second = await self.start()
        keys = [f"item:{i}" for i in range(100)]
        self.assertEqual(await first.call("MGET", *keys), self.values(100))
        self.assertEqual([len(call) for call in self.batches.calls], [100])
        self.assertEqual(await second.call("MGET", *keys), self.values(100))
        self.assertEqual(len(self.batches.calls), 1, "the other process found them in Redis")

        self.version = 2
        await self.redis.call("PUBLISH", "cache_invalidation", json.dumps({"keys": keys[:50]}))
        await self.eventually(lambda: first.call("GET", "item:49"), lambda v: v == b"49 in version 2", "a key that was invalidated")
        self.assertEqual(await first.call("MGET", *keys[:50]), self.values(50))
        self.assertEqual(await second.call("MGET", *keys[:50]), self.values(50))
        self.assertEqual(await second.call("GET", "item:50"), b"50 in version 1")

        self.version = 3
        for i in range(50):
            await self.redis.call("DEL", f"cache:item:{i}")
        for client in (first, second):
            await self.eventually(lambda: client.call("GET", "item:7"), lambda v: v == b"7 in version 3", "a key that was deleted")
            await self.eventually(lambda: client.call("MGET", *keys[:50]), lambda v: v == self.values(50), "keys that were deleted")

    async def test_a_write_of_a_client_is_seen_by_all(self):
        first, second = await self.start()
        keys = [f"item:{i}" for i in range(20)]
        self.assertEqual(await second.call("MGET", *keys), self.values(20))
        for i in range(20):
            self.assertEqual(await first.call("SET", f"item:{i}", f"written {i}"), "OK")
        written = [f"written {i}".encode() for i in range(20)]
        self.assertEqual(await first.call("MGET", *keys), written)
        await self.eventually(lambda: second.call("MGET", *keys), lambda v: v == written, "writes")
        self.assertEqual(len(self.batches.calls), 1)
