# SPDX-License-Identifier: Apache-2.0
"""HERDGATE and hash routes with Redis as the store: nothing of them is passed on, and other daemons see what was done."""

from support.daemon import http_route
from support.fleet import fleet_scenario, product


class inspection(fleet_scenario):
    async def start(self):
        daemons = await self.start_fleet(2, routes=lambda o, name: [product(o, name, ttl="100s")])
        readers = await self.one_reader_each(daemons)
        self.one, self.other = readers["a"], readers["b"]

    async def test_refresh_and_invalidate_are_seen_by_the_other_daemon(self):
        await self.start()
        self.assertEqual(await self.version(self.one, "product:1"), 1)
        self.assertEqual(await self.version(self.other, "product:1"), 1)
        self.origin.bump("1")
        self.assertEqual(await self.one.call("HERDGATE", "REFRESH", "product:1"), "OK")
        self.assertEqual(await self.version(self.one, "product:1"), 2)
        await self.eventually(lambda: self.version(self.other, "product:1"), lambda seen: seen == 2, "the new version")
        self.assertEqual(await self.other.call("HERDGATE", "INVALIDATE", "product:1"), 1)
        self.assertEqual(await self.other.call("HERDGATE", "INVALIDATE", "product:1"), 0)
        self.assertIsNone(await self.entry("product:1"))
        self.assertEqual(self.origin.count(), 2)

    async def test_warm_loads_once_for_the_fleet_and_explain_sees_the_entry_in_redis(self):
        await self.start()
        text = (await self.other.call("HERDGATE", "EXPLAIN", "product:1")).decode()
        self.assertIn("absent", text)
        self.assertEqual(await self.one.call("HERDGATE", "WARM", "product:1", "product:2"), 2)
        self.assertEqual(await self.one.call("HERDGATE", "WARM", "product:1", "product:2"), 0)
        text = (await self.other.call("HERDGATE", "EXPLAIN", "product:1")).decode()
        self.assertIn("fresh for", text)
        self.assertEqual(await self.version(self.other, "product:1"), 1)
        self.assertEqual(self.origin.count(), 2)
        self.assert_error(await self.one.call("HERDGATE", "REFRESH", "plain"), "no route claims the key 'plain'")

    async def test_nothing_of_it_reaches_redis(self):
        await self.start()
        monitor = await self.start_monitor(self.redis)
        self.assert_error(await self.one.call("HERDGATE", "NOPE"), "unknown subcommand 'NOPE'. Try HERDGATE HELP.")
        self.assertTrue((await self.one.call("HERDGATE", "HELP"))[0].startswith("HERDGATE <subcommand>"))
        self.assertIn(b"# Herdgate", await self.one.call("INFO", "herdgate"))
        self.assertNotIn(b"# Herdgate", await self.one.call("INFO"))
        self.assertEqual(await self.one.call("HERDGATE", "FLIGHTS"), [])
        await self.one.call("PING")
        await self.one.call("SET", "seen", "1")
        await self.eventually(lambda: self.names(monitor), lambda names: "SET" in names, "the monitor has seen the SET")
        self.assertNotIn("HERDGATE", await self.names(monitor))

    async def names(self, monitor):
        return {command.name for command in monitor.commands()}

    async def test_a_hash_route_among_the_hashes_of_redis(self):
        self.gated = await self.start_gated_origin()
        daemons = await self.start_fleet(
            2, routes=lambda o, name: [{**http_route("user", self.gated.port, http={"timeout": "30s"}), "as": "hash"}])
        readers = await self.one_reader_each(daemons)
        one, other = readers["a"], readers["b"]
        reply = one.send("HGET", "user:1", "name")
        (await self.gated.call(0)).release('{"name": "Ann", "age": 42}')
        self.assertEqual(await reply, b"Ann")
        self.assertEqual(await other.call("HGETALL", "user:1"), [b"name", b"Ann", b"age", b"42"])
        self.assertEqual(await other.call("TYPE", "user:1"), "hash")
        self.assert_error(await other.call("GET", "user:1"), "WRONGTYPE")
        self.assert_error(await other.call("SET", "user:1", "x"), "'SET' cannot be used on key of route 'user'")
        self.assertEqual(await one.call("HSET", "plain", "f", "v"), 1)
        self.assertEqual(await one.call("HGET", "plain", "f"), b"v")
        self.assertEqual(await other.call("DEL", "user:1"), 1)
        self.assertEqual(len(self.gated.calls), 1)
