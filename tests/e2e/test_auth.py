# SPDX-License-Identifier: Apache-2.0
"""Users: nothing is loaded for a stranger. And the commands of a cache-aside application work."""

import hashlib
import time
import unittest

from support import options
from support.daemon import http_route
from support.options import scaled
from support.resp import error
from support.scenario import scenario

USERS = {"users": [{"name": "default", "password": "s3cret"}, {"name": "app", "password": "#" + hashlib.sha256(b"t0ken").hexdigest()}]}


class auth(scenario):
    async def serve(self):
        self.origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", self.origin.port)], auth=USERS)
        return daemon

    async def stranger(self, daemon):
        client = await daemon.connect()
        self.clients.append(client)
        return client

    async def test_before_auth_no_command_reaches_the_origin_or_the_store(self):
        daemon = await self.serve()
        client = await self.stranger(daemon)
        for command in [("GET", "product:1"), ("MGET", "product:1", "product:2"), ("EXISTS", "product:1"), ("STRLEN", "product:1"),
                        ("GETEX", "product:1"), ("SET", "product:1", "x"), ("DEL", "product:1"), ("SET", "x", "y"), ("KEYS", "*"),
                        ("DBSIZE",), ("FLUSHALL",), ("INFO",), ("CLIENT", "LIST"), ("CONFIG", "GET", "*"), ("PING",), ("SELECT", "1")]:
            self.assert_error(await client.call(*command), "NOAUTH Authentication required.")
        self.assert_error(await client.call("HELLO", "3"), "NOAUTH")
        self.assertEqual(await self.origin.calls(), 0)
        m = await daemon.metrics()
        self.assertEqual((m.get("cache_lookups_total"), m.get("loads_started_total"), m.get("cache_entries")), (0, 0, 0))

    async def test_a_wrong_password_is_refused_and_changes_nothing(self):
        daemon = await self.serve()
        client = await self.stranger(daemon)
        for words in [("AUTH", "wrong"), ("AUTH", "app", "s3cret"), ("AUTH", "nobody", "t0ken"), ("AUTH", "s3cre"), ("AUTH", ""),
                      ("HELLO", "3", "AUTH", "app", "wrong")]:
            self.assert_error(await client.call(*words), "WRONGPASS")
            self.assert_error(await client.call("GET", "product:1"), "NOAUTH")
        self.assertEqual(await self.origin.calls(), 0)

    async def test_each_way_to_log_in_opens_the_door(self):
        daemon = await self.serve()
        for words in [("AUTH", "s3cret"), ("AUTH", "default", "s3cret"), ("AUTH", "app", "t0ken"), ("HELLO", "2", "AUTH", "app", "t0ken"),
                      ("HELLO", "3", "AUTH", "default", "s3cret", "SETNAME", "me")]:
            client = await self.stranger(daemon)
            self.assertNotIsInstance(await client.call(*words), error)
            self.assertIn(b'"id":"1"', await client.call("GET", "product:1"))
        await client.call("RESET")
        self.assert_error(await client.call("GET", "product:1"), "NOAUTH")

    async def test_a_stranger_that_pipelines_behind_a_wrong_auth_loads_nothing(self):
        daemon = await self.serve()
        client = await self.stranger(daemon)
        replies = await client.pipeline([("AUTH", "wrong")] + [("GET", f"product:{i}") for i in range(100)])
        self.assertTrue(all(isinstance(r, error) for r in replies))
        self.assertEqual(await self.origin.calls(), 0)

    async def test_an_idle_stranger_is_closed_after_ten_seconds(self):
        if not options.slow:
            raise unittest.SkipTest("takes ten seconds: --slow")
        daemon = await self.serve()
        began = time.monotonic()
        client, member = await self.stranger(daemon), await self.stranger(daemon)
        self.assertEqual(await member.call("AUTH", "s3cret"), "OK")
        await client.wait_closed(12 + scaled(2))
        self.assertGreater(time.monotonic() - began, 9.9)
        self.assertEqual(await member.call("PING"), "PONG")


class cache_aside(scenario):
    async def test_keys_that_no_route_claims_are_a_cache_like_any_other(self):
        origin = await self.start_origin()
        daemon = await self.start_daemon([http_route("product", origin.port)])
        client = await self.connect(daemon)
        for command, reply in [
            (("GET", "k"), None), (("SET", "k", "1"), "OK"), (("GET", "k"), b"1"), (("SET", "k", "2", "NX"), None),
            (("SET", "k", "2", "XX", "GET"), b"1"), (("GET", "k"), b"2"), (("TTL", "k"), -1), (("EXPIRE", "k", "100"), 1),
            (("TTL", "k"), 100), (("PERSIST", "k"), 1), (("INCR", "n"), 1), (("INCRBY", "n", "41"), 42), (("DECR", "n"), 41),
            (("APPEND", "k", "3"), 2), (("STRLEN", "k"), 2), (("GETRANGE", "k", "0", "0"), b"2"), (("MSET", "a", "x", "b", "y"), "OK"),
            (("MGET", "a", "none", "b"), [b"x", None, b"y"]), (("EXISTS", "a", "b", "none"), 2), (("TYPE", "a"), "string"),
            (("TYPE", "none"), "none"), (("DEL", "a", "b", "none"), 2), (("GET", "a"), None), (("GETDEL", "k"), b"23"),
            (("GET", "k"), None), (("SETEX", "k", "100", "v"), "OK"), (("TTL", "k"), 100), (("DBSIZE",), 2), (("FLUSHALL",), "OK"),
            (("DBSIZE",), 0), (("SELECT", "1"), "OK"), (("SET", "k", "one"), "OK"), (("SELECT", "0"), "OK"), (("GET", "k"), None),
        ]:
            self.assertEqual(await client.call(*command), reply, command)
        self.assertEqual(await origin.calls(), 0)

    async def test_a_key_expires(self):
        origin = await self.start_origin()
        client = await self.connect(await self.start_daemon([http_route("product", origin.port)]))
        await client.call("SET", "k", "v", "PX", "200")
        self.assertEqual(await client.call("GET", "k"), b"v")
        end = time.monotonic() + 0.2 + scaled(0.3)
        while await client.call("GET", "k") is not None:
            self.assertLess(time.monotonic(), end)

    async def test_a_routed_key_can_be_set_read_and_deleted(self):
        origin = await self.start_origin()
        client = await self.connect(await self.start_daemon([http_route("product", origin.port)]))
        self.assertEqual(await client.call("SET", "product:1", "mine"), "OK")
        self.assertEqual(await client.call("GET", "product:1"), b"mine")
        self.assertEqual(await client.call("STRLEN", "product:1"), 4)
        self.assertEqual(await origin.calls(), 0)
        self.assertEqual(await client.call("DEL", "product:1"), 1)
        self.assertEqual(await client.call("DEL", "product:1"), 0)
        self.assertIn(b'"load":1,', await client.call("GET", "product:1"))
        self.assertEqual(await client.call("EXISTS", "product:1", "product:2"), 2)
        self.assertEqual(await origin.calls(), 2)

    async def test_databases_have_keys_of_their_own(self):
        origin = await self.start_origin()
        client = await self.connect(await self.start_daemon([http_route("product", origin.port)]))
        self.assertIn(b'"load":1,', await client.call("GET", "product:1"))
        await client.call("SELECT", "1")
        self.assertIn(b'"load":2,', await client.call("GET", "product:1"))
        await client.call("FLUSHDB")
        await client.call("SELECT", "0")
        self.assertIn(b'"load":1,', await client.call("GET", "product:1"))

    async def test_a_command_that_cannot_work_is_an_error_and_the_connection_goes_on(self):
        origin = await self.start_origin()
        client = await self.connect(await self.start_daemon([http_route("product", origin.port)]))
        for command in [("NOSUCH",), ("GET",), ("LPUSH", "l", "x"), ("INCR", "product:1"), ("SUBSCRIBE", "c")]:
            self.assertIsInstance(await client.call(*command), error, command)
        self.assertEqual(await client.call("PING"), "PONG")
