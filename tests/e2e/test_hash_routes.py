# SPDX-License-Identifier: Apache-2.0
"""`as: hash`: an origin's JSON object is a hash to clients."""

import asyncio

from support.daemon import http_route
from support.scenario import scenario

ANN = '{"name": "Ann", "age": 42, "left": null, "tags": ["a"]}'


class hash_routes(scenario):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.origin = await self.start_gated_origin()
        self.daemon = await self.start_daemon(
            [{**http_route("user", self.origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"}), "as": "hash"}])

    async def test_readers_of_a_cold_keys_fields_share_one_load(self):
        clients = await self.connect(self.daemon, 20)
        names = ["name", "age"] * 10
        replies = [client.send("HGET", "user:1", name) for client, name in zip(clients, names)]
        call = await self.origin.call(0)
        await self.daemon.wait_for_waiters(20)
        call.release(ANN)
        expected = [b"Ann", b"42"] * 10
        self.assertEqual(await asyncio.wait_for(asyncio.gather(*replies), 10), expected)
        client = clients[0]
        self.assertEqual(await client.call("HGETALL", "user:1"), [b"name", b"Ann", b"age", b"42", b"tags", b'["a"]'])
        self.assertEqual(await client.call("HMGET", "user:1", "left", "name"), [None, b"Ann"])
        self.assertEqual(await client.call("HSCAN", "user:1", 0, "MATCH", "n*"), [b"0", [b"name", b"Ann"]])
        self.assertEqual(await client.call("TYPE", "user:1"), "hash")
        self.assert_error(await client.call("GET", "user:1"), "WRONGTYPE")
        self.assert_error(await client.call("HSET", "user:1", "a", "b"), "'HSET' cannot be used on key of route 'user'")
        self.assertEqual(len(self.origin.calls), 1)

    async def test_an_answer_that_is_no_object_is_a_failed_load(self):
        client = await self.connect(self.daemon)
        reply = client.send("HLEN", "user:1")
        (await self.origin.call(0)).release("[1, 2]")
        self.assert_error(await asyncio.wait_for(reply, 10), "no JSON object")
        m = await self.daemon.wait_idle()
        self.assertEqual(m.get("loads_total", route="user", outcome="error"), 1)
