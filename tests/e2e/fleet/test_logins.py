# SPDX-License-Identifier: Apache-2.0
"""Clients that log in to Redis: as whom their commands run, and what they may read of routed keys."""

import asyncio

from support import options
from support.daemon import http_route
from support.fleet import fleet_scenario

USERS = {"alice": ["on", ">a", "~*", "&*", "+@all"], "bob": ["on", ">b", "~product:1", "~own:*", "+get", "+multi", "+exec", "+discard", "+mget"],
         "eve": ["on", ">e", "~*", "+set", "+get"]}


class logins(fleet_scenario):
    async def start_one(self, auth="upstream", links="shared"):
        self.source = await self.start_origin()
        routes = [http_route("product", self.source.port, http={"timeout": "10s"}, ttl="1h")]
        redis = await self.start_redis()
        for name, rules in USERS.items():
            await redis.call("ACL", "SETUSER", name, *rules)
        settings = {"auth": auth} if auth else {}
        [self.daemon] = await self.start_fleet(1, routes=lambda o, name: routes, redis=redis, upstream={"links": links}, **settings)

    async def login(self, user, *password):
        client = await self.connect(self.daemon)
        self.assertEqual(await client.call("AUTH", user, *password), "OK")
        return client

    async def test_each_client_is_the_user_that_it_says(self):
        for links in ("shared", "dedicated"):
            with self.subTest(links):
                await self.start_one(links=links)
                alice, bob = await self.login("alice", "a"), await self.login("bob", "b")
                self.assertEqual(await alice.call("ACL", "WHOAMI"), b"alice")
                self.assertEqual(await alice.call("SET", "own:1", "x"), "OK")
                self.assertEqual(await bob.call("GET", "own:1"), b"x")
                self.assert_error(await bob.call("SET", "own:1", "y"), "NOPERM")
                self.assert_error(await bob.call("GET", "others"), "NOPERM")
                again = await self.connect(self.daemon)
                self.assertEqual((await again.call("HELLO", "3", "AUTH", "alice", "a"))[b"proto"], 3)
                self.assertEqual(await again.call("ACL", "WHOAMI"), b"alice")

    async def test_a_routed_key_is_served_only_to_who_may_read_it(self):
        await self.start_one()
        alice, bob, eve = await self.login("alice", "a"), await self.login("bob", "b"), await self.login("eve", "e")
        for _ in range(2):
            self.assertIn(b'"id":"2"', await alice.call("GET", "product:2"))
            self.assertIn(b'"id":"1"', await bob.call("GET", "product:1"))
            self.assert_error(await bob.call("GET", "product:2"), "NOPERM")
            self.assert_error(await bob.call("MGET", "product:1", "product:2"), "NOPERM")
            self.assert_error(await bob.call("DEL", "product:1"), "NOPERM")
        self.assertEqual(await self.source.calls("2"), 1)
        # eve may write, but not queue: what Redis cannot be asked without doing it is refused.
        self.assert_error(await eve.call("SET", "product:3", "x"), "NOPERM")
        self.assertIn(b'"id":"3"', await alice.call("GET", "product:3"))
        self.assertEqual(await alice.call("SET", "product:3", "x"), "OK")
        self.assertEqual(await alice.call("GET", "product:3"), b"x")
        self.assertEqual(await self.redis.call("EXISTS", "product:3"), 0)

    async def test_a_transaction_asks_for_what_it_reads(self):
        await self.start_one()
        bob = await self.login("bob", "b")
        replies = await bob.pipeline([("MULTI",), ("GET", "product:1"), ("EXEC",)])
        self.assertIn(b'"id":"1"', replies[2][0])
        replies = await bob.pipeline([("MULTI",), ("GET", "product:2"), ("EXEC",)])
        self.assert_error(replies[1], "NOPERM")
        self.assert_error(replies[2], "EXECABORT")
        self.assertEqual(await self.source.calls("2"), 0)

    async def test_strangers_cause_nothing_upstream(self):
        await self.start_one()
        await self.redis.call("CONFIG", "RESETSTAT")
        stranger = await self.connect(self.daemon)
        for words in (("GET", "product:1"), ("GET", "k"), ("PSUBSCRIBE", "c*"), ("INFO",), ("HELLO", "3"), ("MULTI",)):
            self.assert_error(await stranger.call(*words), "NOAUTH")
        stats = (await self.redis.call("INFO", "commandstats")).decode()
        for command in ("cmdstat_get", "cmdstat_psubscribe", "cmdstat_multi", "cmdstat_auth"):
            self.assertNotIn(command, stats)
        self.assertEqual(await self.source.calls("1"), 0)
        self.assert_error(await stranger.call("AUTH", "alice", "wrong"), "WRONGPASS")
        self.assert_error(await stranger.call("GET", "k"), "NOAUTH")
        self.assertEqual(await stranger.call("AUTH", "alice", "a"), "OK")
        self.assertIsNone(await stranger.call("GET", "k"))

    async def test_a_permission_that_is_taken_away_ends_within_seconds(self):
        await self.start_one()
        bob = await self.login("bob", "b")
        self.assertIn(b'"id":"1"', await bob.call("GET", "product:1"))
        await self.redis.call("ACL", "SETUSER", "bob", "-get")
        await self.eventually(lambda: bob.call("GET", "product:1"), lambda r: "NOPERM" in str(r), "no permission any more")

    async def test_without_auth_a_login_goes_to_redis_and_reset_ends_it(self):
        await self.start_one(auth=None)
        client = await self.connect(self.daemon)
        self.assertEqual(await client.call("ACL", "WHOAMI"), b"default")
        self.assert_error(await client.call("AUTH", "bob", "wrong"), "WRONGPASS")
        self.assertEqual(await client.call("AUTH", "bob", "b"), "OK")
        self.assert_error(await client.call("GET", "product:2"), "NOPERM")
        self.assertEqual(await client.call("RESET"), "RESET")
        self.assertIn(b'"id":"2"', await client.call("GET", "product:2"))

    async def test_a_login_in_a_transaction_stays_with_its_client(self):
        await self.start_one(auth=None)
        for words in (("AUTH", "bob", "b"), ("HELLO", "2", "AUTH", "bob", "b")):
            client = await self.connect(self.daemon)
            await client.pipeline([("MULTI",), words, ("EXEC",)])
            self.assert_error(await client.call("GET", "product:2"), "NOPERM")
            client.close()
            await self.daemon.wait_until(lambda m: m.get("upstream_client_connections", state="lent") == 0, "nobody has a link")
            for _ in range(4):
                other = await self.connect(self.daemon)
                self.assertEqual((await other.pipeline([("MULTI",), ("ACL", "WHOAMI"), ("EXEC",)]))[2], [b"default"])

    async def test_users_of_its_own_act_as_the_configured_user(self):
        await self.start_one(auth={"users": [{"name": "app", "password": "p"}]})
        client = await self.connect(self.daemon)
        self.assert_error(await client.call("MULTI"), "NOAUTH")
        self.assertEqual(await client.call("AUTH", "app", "p"), "OK")
        self.assertEqual((await client.pipeline([("MULTI",), ("GET", "product:1"), ("SET", "k", "1"), ("EXEC",)]))[3][1], "OK")
        self.assertEqual((await client.call("HELLO", "3"))[b"proto"], 3)
        self.assertEqual((await client.pipeline([("MULTI",), ("HGETALL", "h"), ("EXEC",)]))[2], [{}])
        closed = asyncio.wait_for(asyncio.shield(client.closed), options.scaled(5))
        self.assertEqual(await client.call("QUIT"), "OK")
        await closed
