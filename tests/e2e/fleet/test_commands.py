# SPDX-License-Identifier: Apache-2.0
"""Commands on routed keys with Redis as their store, and all other commands, which are Redis's own business."""

import asyncio
import time

from support.fleet import LEASE, fleet_scenario, product
from support.options import scaled
from support.resp import error

BYTES = bytes(range(256)) + b"\r\n*1\r\n$4\r\nPING\r\n"
PLAIN = [("SET", "s", BYTES), ("GET", "s"), ("GET", "none"), ("APPEND", "s", "x"), ("STRLEN", "s"),
         ("SETRANGE", "s", 2, "ab"), ("INCR", "s"), ("HGET", "s", "f"), ("GET",), ("NOSUCHCOMMAND", "a"),
         ("HSET", "h", "f", b"\x00\r\n\xff", "g", ""), ("HGET", "h", "f"), ("HGETALL", "h"),
         ("HMGET", "h", "f", "none"),
         ("INCR", "n"), ("INCRBYFLOAT", "n", "1.5"), ("RPUSH", "l", "a", "b", BYTES), ("LRANGE", "l", 0, -1),
         ("LPOP", "none"), ("SADD", "t", "a"), ("SMEMBERS", "t"), ("ZADD", "z", "1.5", "a", "2", "b"),
         ("ZRANGE", "z", 0, -1, "WITHSCORES"), ("XADD", "x", "1-1", "f", "v"), ("XRANGE", "x", "-", "+"),
         ("MSET", "m1", "1", "m2", ""), ("MGET", "m1", "m2", "none"), ("EXPIRE", "s", 1000), ("TTL", "s"),
         ("TYPE", "h"), ("OBJECT", "ENCODING", "n"), ("EVAL", "return {1,'a',{2}}", 0), ("DEL", "s", "h"), ("DBSIZE",),
         ("ECHO", BYTES)]


def shape(reply):
    """A reply that can be compared: errors by their text."""
    if isinstance(reply, error):
        return "error", reply.text
    return [shape(item) for item in reply] if isinstance(reply, list) else reply


class routed_commands(fleet_scenario):
    async def start(self, count=2, **settings):
        daemons = await self.start_fleet(count, routes=lambda o, name: [product(o, name, ttl="100s", **settings)])
        readers = await self.one_reader_each(daemons)
        self.one, self.other = readers["a"], readers["b"]

    async def seen(self, key, expected):
        async def look():
            return await self.other.call("GET", key)

        await self.eventually(look, lambda reply: reply == expected, f"{key} is {expected!r}", 1)

    async def test_a_set_is_read_by_the_other_daemons(self):
        await self.start()
        for value in (b"plain", b"", BYTES):
            self.assertEqual(await self.one.call("SET", "product:1", value), "OK")
            self.assertEqual(await self.one.call("GET", "product:1"), value)
            await self.seen("product:1", value)
        self.assertEqual((await self.entry("product:1")).data, BYTES)
        self.assertEqual(self.origin.count(), 0)
        await self.assert_all_mortal()

    async def test_setex_and_psetex_set_the_lifetime(self):
        await self.start(stale={"while_revalidate": 0, "if_error": 0})
        self.assertEqual(await self.one.call("SETEX", "product:1", 50, "mine"), "OK")
        self.assertAlmostEqual(await self.other.call("TTL", "product:1"), 50, delta=5)
        self.assertEqual(await self.one.call("PSETEX", "product:2", 300, "mine"), "OK")
        self.assertEqual(await self.one.call("SET", "product:3", "mine", "PX", 300), "OK")
        for key in ("product:2", "product:3"):
            self.assertEqual(await self.other.call("GET", key), b"mine")
        await asyncio.sleep(0.4)
        for key in ("product:2", "product:3"):
            self.assertEqual(await self.version(self.other, key), 1)
        self.assertEqual(self.origin.count(), 2)

    async def test_ttl_expire_and_persist_work_on_an_entrys_freshness(self):
        """By the daemon's estimate of Redis's clock, which may be half a round trip of TIME behind."""
        await self.start()
        await self.version(self.one, "product:1")
        self.assertAlmostEqual(await self.other.call("TTL", "product:1"), 100, delta=5)
        self.assertAlmostEqual(await self.other.call("PTTL", "product:1"), 100_000, delta=5000)
        self.assertEqual(await self.one.call("EXPIRE", "product:1", 10), 1)
        await asyncio.sleep(0.05)
        self.assertAlmostEqual(await self.other.call("TTL", "product:1"), 10, delta=5)
        self.assertIn(await self.one.call("PERSIST", "product:1"), (0, 1))
        await self.assert_all_mortal()
        self.assertEqual(await self.one.call("EXPIRE", "product:1", 0), 1)
        self.assertEqual(await self.version(self.one, "product:1"), 1)
        self.assertEqual(self.origin.count(), 2, "EXPIRE 0 is a deletion")

    async def test_conditional_and_reading_writes_agree_between_daemons(self):
        await self.start()
        self.assertEqual(await self.one.call("SETNX", "product:1", "first"), 1)
        self.assertEqual(await self.other.call("SETNX", "product:1", "second"), 0)
        self.assertIsNone(await self.other.call("SET", "product:1", "third", "NX"))
        self.assertEqual(await self.other.call("GETSET", "product:1", "fourth"), b"first")
        await asyncio.sleep(0.05)
        self.assertEqual(await self.one.call("GETDEL", "product:1"), b"fourth")
        await asyncio.sleep(0.05)
        self.assertEqual(await self.version(self.other, "product:1"), 1)
        self.assertEqual(self.origin.count(), 1)

    async def test_mset_and_mget_mix_routed_and_other_keys(self):
        await self.start()
        self.assertEqual(await self.one.call("MSET", "product:1", "one", "plain", "two", "product:2", "three"), "OK")
        await asyncio.sleep(0.05)
        replies = await self.other.call("MGET", "plain", "product:2", "none", "product:3", "product:1")
        self.assertEqual([replies[i] for i in (0, 1, 2, 4)], [b"two", b"three", None, b"one"])
        self.assertEqual(replies[3][:4], b"3|1|")
        self.assertEqual(await self.redis.call("GET", "plain"), b"two")
        self.assertEqual(self.origin.count(), 1)

    async def test_what_a_key_is_agrees_between_daemons(self):
        await self.start()
        await self.one.call("SET", "product:1", "0123456789")
        for client in (self.one, self.other):
            self.assertEqual(await client.call("EXISTS", "product:1", "product:1", "none"), 2)
            self.assertEqual(await client.call("TYPE", "product:1"), "string")
            self.assertEqual(await client.call("STRLEN", "product:1"), 10)
            self.assertEqual(await client.call("GETRANGE", "product:1", 2, -3), b"234567")
        self.assertEqual(await self.other.call("DEL", "product:1", "none"), 1)
        self.assertIsNone(await self.entry("product:1"))
        self.assertEqual(self.origin.count(), 0)

    async def test_absence_is_shared_by_the_fleet(self):
        await self.start()
        self.origin.status["1"] = 404
        self.assertIsNone(await self.one.call("GET", "product:1"))
        self.assertIsNone(await self.other.call("GET", "product:1"))
        self.assertEqual(self.origin.count(), 1)
        entry = await self.entry("product:1")
        self.assertEqual((entry.status, entry.data), ("absent", None))
        await self.assert_all_mortal()

    async def test_a_client_waits_for_a_load_no_longer_than_the_route_says(self):
        await self.start(wait={"timeout": "300ms"})
        self.origin.held = True
        waiting = self.one.send("GET", "product:1")
        await self.origin.wait_for(1)
        asked = time.monotonic()
        self.assert_error(await self.other.call("GET", "product:1"))
        took = time.monotonic() - asked
        self.assert_error(await asyncio.wait_for(waiting, scaled(5)))
        self.figure(wait_ms=300, answered_after_ms=self.ms(took))
        self.assertTrue(0.25 <= took <= 0.3 + scaled(0.25), took)
        self.assertLess(took, LEASE)
        self.origin.release()
        await self.wait_entry("product:1", lambda e: e and e.data, "stored although nobody waits any more")


class pass_through(fleet_scenario):
    async def test_other_commands_are_answered_as_redis_itself_answers(self):
        daemons = await self.start_fleet(1)
        client, twin = await self.connect(daemons[0]), await self.start_redis()
        direct = await twin.connect()
        self.addCleanup(direct.close)
        for command in PLAIN:
            with self.subTest(command=command[:2]):
                self.assertEqual(shape(await client.call(*command)), shape(await direct.call(*command)))
        await client.call("FLUSHALL")
        await direct.call("FLUSHALL")
        self.assertEqual(list(map(shape, await client.pipeline(PLAIN))), list(map(shape, await direct.pipeline(PLAIN))))

    async def test_many_clients_share_links_and_each_has_its_own_replies(self):
        daemons = await self.start_fleet(1)
        clients = await self.connect(daemons[0], 100)

        async def one(number, client):
            for turn in range(10):
                own = f"{number}/{turn}".encode()
                replies = await client.pipeline([("SET", f"k{number}", own), ("ECHO", own), ("GET", f"product:{turn}"),
                                                 ("GET", f"k{number}"), ("PING", own)])
                self.assertEqual([replies[i] for i in (0, 1, 3, 4)], ["OK", own, own, own])
                self.assertEqual(replies[2].split(b"|")[0], b"%d" % turn)

        await asyncio.wait_for(asyncio.gather(*(one(*pair) for pair in enumerate(clients))), scaled(30))
        connected = int((await self.redis.section("clients"))["connected_clients"])
        self.figure(clients=len(clients), connections_at_redis=connected)
        self.assertLess(connected, 30)
        self.assertEqual(self.origin.count(), 10)
